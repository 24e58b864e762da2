package registry

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAChangeIsSeenAtOnce(t *testing.T) {
	t.Parallel()
	r := opened(t)
	s := create(t, r, "alice")
	for range 2 { // the second answer comes from memory
		found, err := r.StreamerByName(t.Context(), "Alice")
		require.NoError(t, err)
		require.Equal(t, s.ID, found.ID)
	}
	_, err := r.UpdateStreamer(t.Context(), s.ID, Change{Username: text2("Anna"), KickUserID: text2("7")}, "test")
	require.NoError(t, err)
	_, err = r.StreamerByName(t.Context(), "alice")
	require.ErrorIs(t, err, ErrNotFound)
	found, err := r.StreamerByName(t.Context(), "anna")
	require.NoError(t, err)
	require.Equal(t, s.ID, found.ID)
	found, err = r.StreamerByKickID(t.Context(), "7")
	require.NoError(t, err)
	require.Equal(t, "anna", found.Username)
	require.Equal(t, s.ShardUUID, found.ShardUUID, "the file is not touched")

	_, err = r.SetState(t.Context(), s.ID, []State{Active}, Suspended, "why", "test")
	require.NoError(t, err)
	found, err = r.Streamer(t.Context(), s.ID)
	require.NoError(t, err)
	require.Equal(t, Suspended, found.State)
	require.Equal(t, "why", found.StateReason)
	_, err = r.SetState(t.Context(), s.ID, []State{Active}, Trashed, "", "test")
	require.ErrorIs(t, err, ErrWrongState)
}

// Readers hammer a streamer whose state changes: once a change has returned, nobody who
// asks afterwards may see the old one.
func TestNoStaleAnswerAfterAChange(t *testing.T) {
	t.Parallel()
	r := opened(t)
	s := create(t, r, "alice")
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					_, _ = r.StreamerByName(t.Context(), "alice")
				}
			}
		})
	}
	from, to := Active, Suspended
	for range 60 {
		_, err := r.SetState(t.Context(), s.ID, []State{from}, to, "", "test")
		require.NoError(t, err)
		for range 20 {
			found, err := r.StreamerByName(t.Context(), "alice")
			require.NoError(t, err)
			require.Equal(t, to, found.State)
		}
		from, to = to, from
	}
	close(stop)
	wg.Wait()
}

// An answer that was read before a change and arrives after it is not remembered.
func TestALateAnswerIsNotRemembered(t *testing.T) {
	t.Parallel()
	c := newCache()
	epoch := c.begin()
	c.empty()
	c.put(epoch, cacheKey{name: "alice"}, &Streamer{})
	_, ok := c.get(cacheKey{name: "alice"})
	require.False(t, ok)
}

func TestNamesAndKickIdsAreTakenOnce(t *testing.T) {
	t.Parallel()
	r := opened(t)
	s := create(t, r, "alice")
	_, err := r.UpdateStreamer(t.Context(), s.ID, Change{KickUserID: text2("7")}, "test")
	require.NoError(t, err)
	for what, n := range map[string]NewStreamer{
		"channel": {Username: "ALICE"}, "Kick id": {Username: "bob", KickUserID: text2("7")},
	} {
		var taken *TakenError
		_, _, err := r.CreateStreamer(t.Context(), n)
		require.ErrorAs(t, err, &taken)
		require.Equal(t, what, taken.What)
	}
	other := create(t, r, "carol")
	_, err = r.UpdateStreamer(t.Context(), other.ID, Change{Username: text2("alice")}, "test")
	require.ErrorIs(t, err, ErrTaken)
	for name, n := range map[string]NewStreamer{
		"LongDisplay": {Username: "x", DisplayName: strings.Repeat("x", 201)},
		"LongKick":    {Username: "x", KickUserID: text2(strings.Repeat("1", 65))},
		"EmptyKick":   {Username: "x", KickUserID: text2("")},
		"NotUTF8":     {Username: "x", DisplayName: "\xff"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := r.CreateStreamer(t.Context(), n)
			require.ErrorIs(t, err, ErrInvalid)
		})
	}
}

func TestPathsHoldNoNames(t *testing.T) {
	t.Parallel()
	require.Equal(t, "shards/01/0000000257.3.db", shardName(257, 3))
	r := opened(t)
	s := create(t, r, "alice")
	require.NotContains(t, r.ShardPath(s), "alice")
	require.FileExists(t, r.ShardPath(s))
}

func FuzzChannel(f *testing.F) {
	for _, seed := range []string{"alice", "ALICE", "\u212aing", "İ", "a\x00", "api", "..", "a/b", "", strings.Repeat("a", 33), "a%2fb"} {
		f.Add(seed)
	}
	good := regexp.MustCompile(`^[a-z0-9_-]{1,32}$`)
	f.Fuzz(func(t *testing.T, name string) {
		got, err := Channel(name)
		if err != nil {
			require.ErrorIs(t, err, ErrInvalidName)
			return
		}
		require.Regexp(t, good, got)
		require.Equal(t, len(name), len(got), "nothing outside ASCII was folded in")
		again, err := Channel(got)
		require.NoError(t, err)
		require.Equal(t, got, again, "one canonical spelling")
	})
}

func BenchmarkStreamerByName(b *testing.B) {
	r := opened(b)
	for i := range 100 {
		create(b, r, fmt.Sprintf("streamer%d", i))
	}
	for b.Loop() {
		_, err := r.StreamerByName(b.Context(), "streamer42")
		require.NoError(b, err)
	}
}

func BenchmarkAuthenticate(b *testing.B) {
	r := opened(b)
	for b.Loop() {
		_, err := r.Authenticate(b.Context(), r.FirstAdminKey())
		require.NoError(b, err)
	}
}

func BenchmarkCreateStreamer(b *testing.B) {
	r := opened(b)
	for i := 0; b.Loop(); i++ {
		create(b, r, fmt.Sprintf("streamer%d", i))
	}
}
