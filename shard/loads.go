package shard

import (
	"cmp"
	"context"
	"os"
	"slices"
	"sync"
	"time"

	"streamvault/shard/pool"
	"streamvault/shard/scope"
)

const (
	// loadEvery is how often the calls of each open file are counted up.
	loadEvery = 10 * time.Second
	// loadSpan is how many of these counts are kept: five minutes.
	loadSpan = 30
)

// load is what an open file was asked lately. loads.mu guards it.
type load struct {
	last  scope.Load // when it was counted last
	spans [loadSpan]scope.Load
	at    int
}

func (l *load) count(now scope.Load) {
	l.spans[l.at] = scope.Load{Reads: max(now.Reads-l.last.Reads, 0), Writes: max(now.Writes-l.last.Writes, 0)}
	l.last, l.at = now, (l.at+1)%loadSpan
}

// lately is the sum over the time that is kept.
func (l *load) lately(now scope.Load) scope.Load {
	sum := scope.Load{Reads: max(now.Reads-l.last.Reads, 0), Writes: max(now.Writes-l.last.Writes, 0)}
	for _, s := range l.spans {
		sum.Reads += s.Reads
		sum.Writes += s.Writes
	}
	return sum
}

// loads counts up what the open files are asked. A file that closes takes its counts along:
// files in use stay open.
type loads struct {
	mu   sync.Mutex
	pool *pool.Pool[scope.StreamerID, *openShard]
	stop chan struct{}
	done chan struct{}
}

func newLoads(p *pool.Pool[scope.StreamerID, *openShard]) *loads {
	l := &loads{pool: p, stop: make(chan struct{}), done: make(chan struct{})}
	go l.run()
	return l
}

func (l *loads) run() {
	defer close(l.done)
	tick := time.NewTicker(loadEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			l.count()
		case <-l.stop:
			return
		}
	}
}

func (l *loads) count() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, o := range l.pool.OpenHandles() {
		o.Handle.load.count(o.Handle.Load())
	}
}

func (l *loads) close() {
	close(l.stop)
	<-l.done
}

// Busy is one open file and how busy it is.
type Busy struct {
	Streamer string
	// Reads and Writes are calls of the last five minutes, or since the file was opened.
	Reads, Writes int64
	WALBytes      int64 // of its log
	Bytes         int64 // of its rows
	Leases        int   // calls under way
}

// Busiest lists the open files that were asked most lately, n at most.
func (s *Store) Busiest(ctx context.Context, n int) []Busy {
	type busy struct {
		*openShard
		lately scope.Load
		leases int
	}
	s.loads.mu.Lock()
	var all []busy
	for _, o := range s.pool.OpenHandles() {
		all = append(all, busy{o.Handle, o.Handle.load.lately(o.Handle.Load()), o.Leases})
	}
	s.loads.mu.Unlock()
	slices.SortFunc(all, func(a, b busy) int {
		return cmp.Or(cmp.Compare(b.lately.Reads+b.lately.Writes, a.lately.Reads+a.lately.Writes), cmp.Compare(a.id, b.id))
	})
	top := []Busy{}
	for _, b := range all[:min(n, len(all))] {
		who, err := s.Streamer(ctx, b.id)
		if err != nil {
			continue // gone since
		}
		top = append(top, Busy{who.Username, b.lately.Reads, b.lately.Writes, logBytes(b.WALPath()), b.Used(), b.leases})
	}
	return top
}

// logBytes is how long a log is. It looks at the directory's entry only.
func logBytes(path string) int64 {
	info, err := os.Lstat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
