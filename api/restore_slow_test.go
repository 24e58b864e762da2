package api

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Who sends a byte now and then does not keep others from restoring the streamer for long.
func TestAnUploadThatTricklesEnds(t *testing.T) {
	t.Parallel()
	begun := time.Unix(1000, 0)
	u := &upload{begun: begun, read: 15}
	require.Equal(t, begun.Add(lineTimeout), u.deadline(begun.Add(29*time.Second)))
	u.read = slowestUpload * 100
	require.Equal(t, begun.Add(lineTimeout+50*time.Second), u.deadline(begun.Add(50*time.Second)))
	require.Equal(t, begun.Add(lineTimeout+100*time.Second), u.deadline(begun.Add(120*time.Second)))
}
