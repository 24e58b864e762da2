package main

import (
	"context"
	"errors"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// inlinePool is the pool one would write first and get right: one lock, a list of idle files,
// and whoever misses closes the oldest and opens his own before the next one comes.
// Opening outside of the lock alone, still closing inline, makes up most of the difference
// where the processors are the limit and not the disk.
type inlinePool struct {
	h     *house
	mu    sync.Mutex
	freed *sync.Cond
	free  int
	idle  *lru.Cache[scope.StreamerID, *inlineFile]
	used  map[scope.StreamerID]*inlineFile
}

type inlineFile struct {
	*scope.File
	pool  *inlinePool
	id    scope.StreamerID
	users int
}

func newInlinePool(h *house, slots int) *inlinePool {
	idle, err := lru.New[scope.StreamerID, *inlineFile](slots + 1)
	if err != nil {
		panic(err)
	}
	p := &inlinePool{h: h, free: slots, idle: idle, used: map[scope.StreamerID]*inlineFile{}}
	p.freed = sync.NewCond(&p.mu)
	return p
}

func (p *inlinePool) tenant(id scope.StreamerID) *tenant.Store {
	return tenant.New(scope.Bind(p, id), time.Now, nil)
}

// Borrow is what an executor calls.
func (p *inlinePool) Borrow(ctx context.Context, id scope.StreamerID) (scope.Loan, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		f, ok := p.used[id]
		if !ok {
			f, ok = p.idle.Peek(id)
			p.idle.Remove(id)
		}
		if !ok && p.room() {
			var err error
			if f, err = p.open(ctx, id); err != nil {
				p.free++
				return nil, err
			}
			ok = true
		}
		if ok {
			p.used[id] = f
			f.users++
			return f, nil
		}
		p.freed.Wait()
	}
}

// room takes a free slot, or that of the oldest idle file.
func (p *inlinePool) room() bool {
	if p.free > 0 {
		p.free--
		return true
	}
	_, oldest, ok := p.idle.RemoveOldest()
	return ok && oldest.Close() == nil
}

func (p *inlinePool) open(ctx context.Context, id scope.StreamerID) (*inlineFile, error) {
	s, err := p.h.Streamer(ctx, id)
	if err != nil {
		return nil, err
	}
	file, err := scope.Open(ctx, p.h.ShardPath(s), p.h.Identity(s), scope.Options{})
	return &inlineFile{File: file, pool: p, id: id}, err
}

func (f *inlineFile) Handle() *scope.File { return f.File }

func (f *inlineFile) Release() {
	p := f.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if f.users--; f.users == 0 {
		delete(p.used, f.id)
		p.idle.Add(f.id, f)
		p.freed.Signal()
	}
}

func (p *inlinePool) closeAll() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, f := range p.idle.Values() {
		errs = append(errs, f.Close())
		p.free++
	}
	p.idle.Purge()
	return errors.Join(errs...)
}
