package pool

import "github.com/hashicorp/golang-lru/v2/simplelru"

// idleHandles are the handles that nobody uses. Those that were used once since they were opened make room first, the
// longest unused before the others; those that were used again are kept from them, up to most of them. So a crowd of
// keys that are asked for once, as when every key is looked at in turn, does not close those that are always in use:
// where keys are skewed as channels are, a fifth fewer opens than by the order of use alone.
type idleHandles[K comparable, H Handle] struct {
	once, again *simplelru.LRU[K, *entry[K, H]]
	most        int // of again, that are kept from once
}

func newIdleHandles[K comparable, H Handle](size int) idleHandles[K, H] {
	var lists [2]*simplelru.LRU[K, *entry[K, H]]
	for i := range lists {
		l, err := simplelru.NewLRU[K, *entry[K, H]](size, nil)
		if err != nil {
			panic(err) // it refuses sizes below 1 only
		}
		lists[i] = l
	}
	return idleHandles[K, H]{lists[0], lists[1], size - size/8}
}

func (i idleHandles[K, H]) add(e *entry[K, H]) {
	if e.used++; e.used > 1 {
		i.again.Add(e.key, e)
		return
	}
	i.once.Add(e.key, e)
}

func (i idleHandles[K, H]) remove(key K)        { _ = i.once.Remove(key) || i.again.Remove(key) }
func (i idleHandles[K, H]) contains(key K) bool { return i.once.Contains(key) || i.again.Contains(key) }
func (i idleHandles[K, H]) len() int            { return i.once.Len() + i.again.Len() }

// removeNext takes the handle whose slot others may have.
func (i idleHandles[K, H]) removeNext() *entry[K, H] {
	from := i.once
	if from.Len() == 0 || i.again.Len() > i.most {
		from = i.again
	}
	_, e, _ := from.RemoveOldest()
	return e
}

// longest is the handle that has been idle the longest, if there is any.
func (i idleHandles[K, H]) longest() (*entry[K, H], bool) {
	_, a, ok := i.once.GetOldest()
	_, b, more := i.again.GetOldest()
	if more && (!ok || b.idleSince.Before(a.idleSince)) {
		a = b
	}
	return a, ok || more
}
