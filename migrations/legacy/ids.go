package legacy

import (
	"database/sql/driver"
	"errors"
)

// maxOldID is the largest id that is carried: an id is its base, whose lower 32 bits are
// free, plus the old id.
const maxOldID = 1<<32 - 1

// ids gives the rows of one table their new ids.
type ids struct {
	base int64
	used idSet
	next int64 // the next to mint, above all old ones
	gap  int64 // where to look for a free one when there are none above
}

// newIDs begins above the highest old id that is carried.
func newIDs(base, highest int64) *ids { return &ids{base: base, next: highest + 1, gap: 1} }

// keep carries an old id over, unless it is out of range or taken.
func (m *ids) keep(old driver.Value) (id int64, ok bool) {
	n, isInt := old.(int64)
	if !isInt || n < 1 || n > maxOldID || m.used.has(n) {
		return 0, false
	}
	m.used.add(n)
	return m.base + n, true
}

// mint makes a new id. Only when there is none above the highest does it take one that is
// free below, so call it after every old id has been kept.
func (m *ids) mint() (int64, error) {
	n := m.next
	if n > maxOldID {
		for n = m.gap; m.used.has(n); n++ {
		}
		if n > maxOldID {
			return 0, errors.New("no id is free")
		}
		m.gap = n + 1
	} else {
		m.next++
	}
	m.used.add(n)
	return m.base + n, nil
}

// highest is the largest id of some tables of the source that is carried.
func (s *Source) highest(tables ...string) (int64, error) {
	top := int64(0)
	for _, t := range tables {
		if !s.hasColumn(t, "id") {
			continue
		}
		n, err := s.db.Int(`SELECT coalesce(max(id), 0) FROM `+quote(t)+`
			WHERE typeof(id) = 'integer' AND id BETWEEN 1 AND ?1`, int64(maxOldID))
		if err != nil {
			return 0, err
		}
		top = max(top, n)
	}
	return top, nil
}
