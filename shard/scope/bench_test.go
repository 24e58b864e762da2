package scope

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"streamvault/migrations"
)

// many runs b.N operations from n goroutines and reports the slowest percent.
func many(b *testing.B, n int, op func() error) {
	b.Helper()
	var mu sync.Mutex
	took := make([]time.Duration, 0, b.N)
	var wg sync.WaitGroup
	each := b.N/n + 1
	b.ResetTimer()
	for range n {
		wg.Go(func() {
			mine := make([]time.Duration, 0, each)
			for range each {
				at := time.Now()
				if err := op(); err != nil {
					b.Error(err)
					return
				}
				mine = append(mine, time.Since(at))
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, mine...)
		})
	}
	wg.Wait()
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

// BenchmarkWrites compares 64 writers who share commits with 64 who take turns.
func BenchmarkWrites(b *testing.B) {
	for _, v := range []struct {
		name   string
		sync   migrations.Synchronous
		shared bool
	}{{"Shared", migrations.Full, true}, {"Turns", migrations.Full, false}, {"TurnsNormal", migrations.Normal, false}} {
		b.Run(v.name, func(b *testing.B) {
			f, _ := newFile(b, 3, Options{Options: migrations.Options{Synchronous: v.sync}})
			defer f.Close()
			db := Bind(fixed{f}, 3)
			ctx := context.Background()
			id, err := One(ctx, db, addTip, firstInt, "tip", 1)
			if err != nil {
				b.Fatal(err)
			}
			var turn sync.Mutex
			many(b, 64, func() error {
				if !v.shared {
					turn.Lock()
					defer turn.Unlock()
				}
				_, err := db.Exec(ctx, renameTip, id, "text")
				return err
			})
		})
	}
}
