package tally

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEveryValueFallsIntoItsBucket(t *testing.T) {
	t.Parallel()
	h := New(1, 10, 100)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for _, v := range []int64{0, 1, 2, 10, 11, 1000} {
				h.Observe(v)
			}
		})
	}
	all.Wait()
	b := h.Buckets()
	require.Equal(t, []uint64{8, 8, 4, 4}, b.Counts)
	require.EqualValues(t, 24, b.Count())
	require.EqualValues(t, 4*1024, b.Sum)
}

func BenchmarkObserve(b *testing.B) {
	h := New(1, 10, 100, 1000, 10_000, 100_000)
	for b.Loop() {
		h.Observe(5000)
	}
}
