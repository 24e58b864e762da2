package api

import (
	"encoding/base64"
	"encoding/json"

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
	Limit  *int   `query:"limit"`
	Cursor string `query:"cursor"`
}

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
	text, err := base64.RawURLEncoding.DecodeString(p.Cursor)
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
	next := base64.RawURLEncoding.EncodeToString(text)
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
