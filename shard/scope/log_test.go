package scope

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A file that is written to without pause keeps its log short, and is whole afterwards.
func TestTheLogStaysShort(t *testing.T) {
	t.Parallel()
	f, path := newFile(t, 3, Options{})
	db := Bind(fixed{f}, 3)
	text := strings.Repeat("x", 100<<10)
	most := int64(0)
	for i := range 600 { // 60 MB
		require.NoError(t, insert(db, fmt.Sprint(i, text)))
		info, err := os.Stat(path + "-wal")
		require.NoError(t, err)
		most = max(most, info.Size())
	}
	t.Logf("60 MB were written, the log had at most %d MB", most>>20)
	require.Less(t, most, int64(maxFrames+20*copyFrames)<<10)
	require.Len(t, contents(t, db), 600)
	require.NoError(t, f.Close())
	rest, err := os.Stat(path + "-wal")
	require.NoError(t, err)
	require.Zero(t, rest.Size())
}

// A file that nobody uses gives back its log and all connections but one.
func TestAFileAtRest(t *testing.T) {
	t.Parallel()
	f, path := newFile(t, 3, Options{})
	db := Bind(fixed{f}, 3)
	require.NoError(t, insert(db, "one"))
	w := <-f.turn // so that reading opens a reader
	require.Len(t, contents(t, db), 1)
	f.giveTurn(w)
	require.EqualValues(t, 1, f.readers.Load())
	require.Eventually(t, func() bool {
		info, err := os.Stat(path + "-wal")
		return err == nil && info.Size() == 0 && f.readers.Load() == 0 && f.log.asleep.Load()
	}, 20*time.Second, 50*time.Millisecond)
	require.NoError(t, insert(db, "two"), "the next use wakes it")
	require.False(t, f.log.asleep.Load())
	require.Equal(t, []string{"one", "two"}, contents(t, db))
	require.NoError(t, f.Close())
}
