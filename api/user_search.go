package api

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"streamvault/shard/tenant"
)

// namePlace is where a page of a search begins: after a name, without the viewers of that
// name who were shown. Names of an old database may differ by case only, and the store
// starts after the first of them.
type namePlace struct {
	After string          `json:"a"`
	Shown []tenant.UserID `json:"s"`
}

// UnmarshalJSON takes a cursor of the list of all viewers too: it is of no name, and so the
// search begins anew.
func (from *namePlace) UnmarshalJSON(text []byte) error {
	if digits(string(text)) {
		return nil
	}
	type plain namePlace
	return json.Unmarshal(text, (*plain)(from))
}

func searchUsers(ctx context.Context, s tenant.UserStore, in *userListing) (Page[user], error) {
	var from namePlace
	size, err := in.begin(&from)
	if err != nil {
		return Page[user]{}, err
	}
	found, err := s.SearchUsers(ctx, in.Prefix, from.After, size+1+len(from.Shown))
	if err != nil {
		return Page[user]{}, err
	}
	found = slices.DeleteFunc(found, func(u tenant.User) bool { return slices.Contains(from.Shown, u.ID) })
	return paged(found, size, showUser, func(last tenant.User) any { return from.next(found[:size], last) })
}

// next is the place after a page that ends with last.
func (from namePlace) next(page []tenant.User, last tenant.User) namePlace {
	to := namePlace{After: last.Username}
	if sameName(from.After, last.Username) {
		to.Shown = from.Shown
	}
	for _, u := range page {
		if sameName(u.Username, last.Username) {
			to.Shown = append(to.Shown, u.ID)
		}
	}
	return to
}

// sameName compares names as the store does: whatever the case of A to Z.
func sameName(a, b string) bool { return lowered(a) == lowered(b) }

func lowered(name string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, name)
}
