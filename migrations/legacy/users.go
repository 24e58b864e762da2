package legacy

import (
	"database/sql/driver"
	"fmt"
)

const (
	userID = iota
	userName
	userVoice
	userImage
	userCountry
	userCreated
	userUpdated
)

func usersTable() table {
	return table{
		name:    "users",
		columns: []string{"id", "username", "voice_id", "drop_image", "country", "created_at", "updated_at"},
		open:    newUsers,
	}
}

// users carries viewers. Later tables ask it which viewer a row belongs to.
//
// A viewer whose id or name has to change waits until all others are in: nobody's own id
// or spelling is given to somebody else.
type users struct {
	b      *build
	ids    *ids
	names  *names
	known  idSet           // old ids that are carried as base + id
	kept   idSet           // rows that wait, but keep their id
	minted map[int64]int64 // other old ids → new ids
}

func newUsers(b *build) (loader, error) {
	highest, err := b.src.highest("users")
	if err != nil {
		return nil, err
	}
	u := &users{b: b, ids: newIDs(b.streamer<<32, highest), minted: map[int64]int64{}}
	if u.names, err = newNames(b); err != nil {
		return nil, err
	}
	b.users = u
	return u, nil
}

func (u *users) load(r *row) (verdict, error) {
	v := viewer{name: u.name(r)}
	nameFits := len(r.faults) == 0
	ok, err := u.number(r, &v)
	if err != nil {
		return 0, err
	}
	if !r.again && !(ok && nameFits) {
		return u.wait(r, ok)
	}
	v.voice, v.image, v.country = r.optional(userVoice), r.optional(userImage), r.optional(userCountry)
	v.created = r.time(userCreated, u.b.src.newest)
	v.updated = r.time(userUpdated, v.created)
	r.newID = v.id
	added, err := u.names.insert(r, v)
	if err == nil && !added {
		return u.wait(r, ok)
	}
	return carried, err
}

// wait puts a row off. An id that it may keep stays its own.
func (u *users) wait(r *row, keepsID bool) (verdict, error) {
	if keepsID {
		u.kept.add(r.id)
	}
	return deferred, nil
}

// name is what a viewer is called; one without a name is called after his id.
func (u *users) name(r *row) string {
	if r.values[userName] == nil {
		r.fault("no-value", userName)
		return fmt.Sprintf("unnamed-%v", r.values[userID])
	}
	return r.text(userName)
}

// number gives the viewer his id. The first time it only tries to keep the old one.
func (u *users) number(r *row, v *viewer) (kept bool, err error) {
	old, isInt := r.values[userID].(int64)
	switch {
	case !r.again:
		if v.id, kept = u.ids.keep(r.values[userID]); kept {
			u.known.add(old)
		}
		return kept, nil
	case u.kept.has(r.id):
		v.id = u.ids.base + old
		return true, nil
	}
	r.fault("new-id", userID)
	v.id, err = u.ids.mint()
	if _, known := u.minted[old]; isInt && !known && !u.known.has(old) {
		u.minted[old] = v.id
	}
	return false, err
}

// owner finds the viewer whom a row belongs to by his old id.
func (u *users) owner(old driver.Value) (id int64, ok bool) {
	n, isInt := old.(int64)
	if !isInt {
		return 0, false
	}
	if u.known.has(n) {
		return u.ids.base + n, true
	}
	id, ok = u.minted[n]
	return id, ok
}

func (u *users) finish() error {
	u.names.note()
	return nil
}
