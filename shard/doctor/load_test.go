package doctor_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/doctor"
	"streamvault/shard/tenant"
)

// TestAHealthyHouseUnderLoadIsWell: more streamers than slots, everybody writes, reads and is
// made, files open and close all the time, and every report says that all is well while no call
// is refused.
func TestAHealthyHouseUnderLoadIsWell(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	all := []*registry.Streamer{h.alice, h.bob}
	for i := range 10 {
		all = append(all, h.create(fmt.Sprint("s", i)))
	}
	ctx, stop := context.WithCancel(t.Context())
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			for ctx.Err() == nil {
				s := h.store.Tenant(all[rand.IntN(len(all))].ID)
				_, err := s.AddPoints(context.Background(), "viewer", tenant.Award{Amount: 1, Source: "chat"})
				assert.NoError(t, err)
				_, err = s.UserByName(context.Background(), "viewer")
				assert.NoError(t, err)
			}
		})
	}
	work.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			_, _, err := h.store.CreateStreamer(context.Background(), registry.NewStreamer{Username: fmt.Sprint("new", i), Actor: "test"})
			assert.NoError(t, err)
		}
	})
	for i := range 6 {
		r := h.examine(doctor.Order{Deep: i%2 == 1, Fix: i%5 == 4, Actor: "test"})
		require.Empty(t, r.Problems)
		require.Empty(t, r.Fixed)
		require.GreaterOrEqual(t, r.Shards, len(all))
	}
	stop()
	work.Wait()
}

// TestFlippedBits: whatever single bit of a file turns over, looking at it neither fails nor
// concerns anybody else, and most of them are found.
func TestFlippedBits(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i := range 40 {
		_, err := h.store.Tenant(h.alice.ID).AddPoints(t.Context(), fmt.Sprint("viewer", i), tenant.Award{Amount: 7, Source: "chat", Description: "Hello"})
		require.NoError(t, err)
	}
	_, err := h.store.CreateBackup(t.Context(), shard.BackupRequest{Streamer: h.alice.ID, Actor: "test"})
	require.NoError(t, err)
	h.close()
	good, err := os.ReadFile(h.path(aliceFile))
	require.NoError(t, err)
	random, found, flips := rand.New(rand.NewPCG(1, 2)), 0, 30
	for range flips {
		bad := append([]byte{}, good...)
		bad[random.IntN(len(bad))] ^= 1 << random.IntN(8)
		require.NoError(t, os.WriteFile(h.path(aliceFile), bad, 0o600))
		h.open()
		r := h.examine(deeply)
		for _, p := range r.Problems {
			require.NotNil(t, p.Streamer, "%+v", p)
			require.Equal(t, "alice", *p.Streamer)
		}
		if !r.OK {
			found++
		}
		h.close()
	}
	t.Logf("%d of %d flipped bits were found", found, flips)
	require.Greater(t, found, flips/4)
	require.NoError(t, os.WriteFile(h.path(aliceFile), good, 0o600))
	h.open()
	require.True(t, h.examine(deeply).OK)
}

// TestAnExaminationThatIsGivenUp ends soon and says so.
func TestAnExaminationThatIsGivenUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := h.store.Examine(ctx, doctor.Order{Deep: true}, func(doctor.Progress) { cancel() })
	require.True(t, errors.Is(err, context.Canceled), "%v", err)
	require.True(t, h.examine(doctor.Order{}).OK)
}
