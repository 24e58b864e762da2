package pool_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/shard/pool"
)

func TestLookingOpensAndCountsNothing(t *testing.T) {
	t.Parallel()
	f := &fleet{}
	p := pool.New(f.open, pool.Options[int]{Size: 2})
	_, ok := p.AcquireOpen(1)
	require.False(t, ok)
	require.Empty(t, p.OpenHandles())
	first, err := p.Acquire(t.Context(), 1)
	require.NoError(t, err)
	before := p.Stats()
	second, ok := p.AcquireOpen(1)
	require.True(t, ok)
	require.Same(t, first.Handle(), second.Handle())
	require.Equal(t, before.Hits, p.Stats().Hits)
	all := p.OpenHandles()
	require.Len(t, all, 1)
	require.Equal(t, 2, all[0].Leases)
	first.Release()
	p.Retire(1)
	_, ok = p.AcquireOpen(1)
	require.False(t, ok, "what is on its way out is not lent")
	require.Len(t, p.OpenHandles(), 1)
	second.Release()
	require.NoError(t, p.Close(t.Context()))
	require.Empty(t, p.OpenHandles())
}
