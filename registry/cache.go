package registry

import (
	"sync"

	lru "github.com/hashicorp/golang-lru/v2/simplelru"

	"streamvault/shard/scope"
)

// cacheSize is how many lookups are remembered, at some 400 bytes each.
const cacheSize = 50_000

// cacheKey is one way to ask; exactly one field is set.
type cacheKey struct {
	id   scope.StreamerID
	name string
	kick string
	hash [32]byte
}

// cache remembers answers. Changes are rare and empty all of it, which nobody can get
// wrong; the epoch keeps out an answer that was read before a change and arrives after it.
type cache struct {
	mu    sync.Mutex
	epoch uint64
	known *lru.LRU[cacheKey, any]
}

func newCache() *cache {
	known, err := lru.NewLRU[cacheKey, any](cacheSize, nil)
	if err != nil {
		panic(err) // only a size below 1 is refused
	}
	return &cache{known: known}
}

func (c *cache) get(key cacheKey) (any, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.known.Get(key)
}

// begin is taken before a lookup reads.
func (c *cache) begin() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.epoch
}

// put keeps an answer unless something has changed since begin.
func (c *cache) put(epoch uint64, key cacheKey, answer any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if epoch == c.epoch {
		c.known.Add(key, answer)
	}
}

// empty forgets everything. A change calls it after its commit, before it returns.
func (c *cache) empty() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	c.known.Purge()
}
