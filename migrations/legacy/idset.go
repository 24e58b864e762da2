package legacy

// idSet is a set of row or page numbers. Numbers that lie close together, as those of
// rows do, cost about a bit each.
type idSet struct{ chunks map[int64]*[64]uint64 }

func (s *idSet) add(n int64) {
	if s.chunks == nil {
		s.chunks = map[int64]*[64]uint64{}
	}
	c := s.chunks[n>>12]
	if c == nil {
		c = new([64]uint64)
		s.chunks[n>>12] = c
	}
	c[n>>6&63] |= 1 << (n & 63)
}

func (s *idSet) has(n int64) bool {
	c := s.chunks[n>>12]
	return c != nil && c[n>>6&63]&(1<<(n&63)) != 0
}
