package pool_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"streamvault/shard/pool"
)

type none struct{}

func (none) Close() error { return nil }

func benchPool(b *testing.B, size int) *pool.Pool[int, none] {
	p := pool.New(func(context.Context, int) (none, error) { return none{}, nil }, pool.Options[int]{Size: size})
	b.Cleanup(func() { _ = p.Close(context.Background()) })
	b.ReportAllocs()
	return p
}

func use(b *testing.B, p *pool.Pool[int, none], id int) {
	l, err := p.Acquire(b.Context(), id)
	if err != nil {
		b.Error(err)
		return
	}
	l.Release()
}

// A hit of an idle handle: out of the LRU and back.
func BenchmarkHit(b *testing.B) {
	p := benchPool(b, 1)
	for b.Loop() {
		use(b, p, 1)
	}
}

// A hit of a handle that somebody else uses too.
func BenchmarkHitShared(b *testing.B) {
	p := benchPool(b, 1)
	held, _ := p.Acquire(b.Context(), 1)
	defer held.Release()
	for b.Loop() {
		use(b, p, 1)
	}
}

func BenchmarkHitParallel(b *testing.B) {
	p := benchPool(b, 64)
	b.RunParallel(func(pb *testing.PB) {
		for i := rand.IntN(64); pb.Next(); i++ {
			use(b, p, i%64)
		}
	})
}

// 10,000 keys on 256 slots, skewed as channels are; opening and closing cost nothing here.
func BenchmarkChurnZipf(b *testing.B) {
	p := benchPool(b, 256)
	b.RunParallel(func(pb *testing.PB) {
		zipf := rand.NewZipf(rand.New(rand.NewPCG(rand.Uint64(), 1)), 1.1, 1, 9999)
		for pb.Next() {
			use(b, p, int(zipf.Uint64()))
		}
	})
	s := p.Stats()
	b.ReportMetric(100*float64(s.Hits)/float64(s.Hits+s.Misses), "%hits")
}

func BenchmarkMiss(b *testing.B) {
	p := benchPool(b, 1)
	for i := 0; b.Loop(); i++ {
		use(b, p, i)
	}
}
