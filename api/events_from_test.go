package api

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A browser that comes back asks for the address of its first try: the header is newer.
func TestWhereAFollowerHadComeTo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		since  *int64
		header string
		want   int64
	}{
		"Neither": {nil, "", 0}, "Address": {new(int64(7)), "", 7}, "Header": {nil, "9", 9},
		"Both": {new(int64(7)), "9", 9}, "NoNumber": {new(int64(7)), "x", 7}, "TooLarge": {nil, "99999999999999999999", 0},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, eventsFrom{c.since}.from(c.header))
		})
	}
}
