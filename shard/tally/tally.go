// Package tally counts what happens on hot paths: in atomics, without locks and without
// allocations, so that counting costs nanoseconds. What is counted is read at the edge.
package tally

import "sync/atomic"

// Histogram counts values by size. Make one with New.
type Histogram struct {
	bounds []int64 // upper, ascending
	counts []atomic.Uint64
	sum    atomic.Int64
}

// New makes a histogram whose buckets end at these bounds, the last one at none.
func New(bounds ...int64) *Histogram {
	return &Histogram{bounds: bounds, counts: make([]atomic.Uint64, len(bounds)+1)}
}

// Observe counts one value.
func (h *Histogram) Observe(v int64) {
	i := 0
	for i < len(h.bounds) && v > h.bounds[i] {
		i++
	}
	h.counts[i].Add(1)
	h.sum.Add(v)
}

// Buckets are a histogram as it was at one moment, or nearly so.
type Buckets struct {
	Bounds []int64  // upper, ascending; shared, do not change
	Counts []uint64 // one more than bounds
	Sum    int64
}

// Buckets reads the histogram.
func (h *Histogram) Buckets() Buckets {
	b := Buckets{Bounds: h.bounds, Counts: make([]uint64, len(h.counts)), Sum: h.sum.Load()}
	for i := range h.counts {
		b.Counts[i] = h.counts[i].Load()
	}
	return b
}

// Count is how many values were counted.
func (b Buckets) Count() (n uint64) {
	for _, c := range b.Counts {
		n += c
	}
	return n
}
