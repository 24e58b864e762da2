package api

import (
	"encoding/hex"
	"encoding/json"
	"time"

	"streamvault/shard/tenant"
)

const (
	defaultPage = 50
	maxPage     = 200
)

// Page is a part of a list.
type Page[T any] struct {
	Items []T     `json:"items"`
	Next  *string `json:"next"` // the cursor of the next page; null on the last
}

// paging are the parameters of a list. A larger limit than the cap means the cap.
type paging struct {
	Limit  *int   `query:"limit" is:"1.."`      // of items, 50 when it is not sent; more than 200 is 200
	Cursor string `query:"cursor" is:"afterID"` // next of the page before
}

// timePaging are those of a list that goes from the newest to the oldest.
type timePaging struct {
	Limit  *int   `query:"limit" is:"1.."`        // of items, 50 when it is not sent; more than 200 is 200
	Cursor string `query:"cursor" is:"afterTime"` // next of the page before
}

// begin reads the cursor, which is a moment in milliseconds and an id.
func (p timePaging) begin() (after tenant.Place, size int, err error) {
	var at [2]int64
	size, err = paging(p).begin(&at)
	if p.Cursor != "" {
		after = tenant.Place{At: time.UnixMilli(at[0]), ID: at[1]}
	}
	return after, size, err
}

// afterTime is where a page begins behind a row.
func afterTime(at time.Time, id int64) any { return [2]int64{at.UnixMilli(), id} }

func (p paging) size() (int, error) {
	if p.Limit == nil {
		return defaultPage, nil
	}
	if *p.Limit < 1 {
		return 0, &tenant.InvalidError{Field: "limit", Problem: "must be 1 or more"}
	}
	return min(*p.Limit, maxPage), nil
}

// begin reads the cursor into at, which keeps its value on the first page, and returns the
// page's size.
func (p paging) begin(at any) (int, error) {
	size, err := p.size()
	if err != nil || p.Cursor == "" {
		return size, err
	}
	text, err := hex.DecodeString(p.Cursor)
	if err == nil {
		err = json.Unmarshal(text, at)
	}
	if err != nil {
		return 0, &tenant.InvalidError{Field: "cursor", Problem: "is none that this list has given out"}
	}
	return size, nil
}

// paged cuts a page of size out of found, which holds one more if there is a next page;
// place is where that page begins after an item.
func paged[From, To any](found []From, size int, show func(From) To, place func(From) any) (Page[To], error) {
	page := Page[To]{Items: make([]To, 0, min(len(found), size))}
	for _, f := range found[:min(len(found), size)] {
		page.Items = append(page.Items, show(f))
	}
	if len(found) <= size {
		return page, nil
	}
	text, err := json.Marshal(place(found[size-1]))
	if err != nil {
		return page, err
	}
	next := hex.EncodeToString(text)
	page.Next = &next
	return page, nil
}

// whole is a list that is bounded and comes in one page.
func whole[From, To any](all []From, err error, show func(From) To) (Page[To], error) {
	page := Page[To]{Items: make([]To, 0, len(all))}
	if err != nil {
		return page, err
	}
	for _, a := range all {
		page.Items = append(page.Items, show(a))
	}
	return page, nil
}
