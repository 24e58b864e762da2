package api

import (
	"strconv"
	"strings"

	"streamvault/registry"
)

// A viewer's picture is kept with the address that it had when it was uploaded. The channel may
// be called otherwise by now, and a renamed streamer's file is not touched: so what is shown
// says where the picture is today.

// pictured is an answer that holds addresses of pictures.
type pictured interface{ moveTo(s *registry.Streamer) }

func (u *user) moveTo(s *registry.Streamer) { u.DropImage = pictureAt(u.DropImage, s) }

func (p *profile) moveTo(s *registry.Streamer) { p.DropImage = orNone(pictureAt(&p.DropImage, s)) }

// oldUsers is a list as the old app answered it.
type oldUsers []oldUser

func (all *oldUsers) moveTo(s *registry.Streamer) {
	for i := range *all {
		u := &(*all)[i]
		u.DropImage = pictureAt(u.DropImage, s)
	}
}

func (p *Page[T]) moveTo(s *registry.Streamer) {
	if _, holds := any(new(T)).(pictured); !holds {
		return
	}
	for i := range p.Items {
		any(&p.Items[i]).(pictured).moveTo(s)
	}
}

// pictureAt is an address of one of the streamer's uploads on the channel that he has now. Any
// other stays as it is.
func pictureAt(address *string, s *registry.Streamer) *string {
	if address == nil || !strings.HasPrefix(*address, "/") {
		return address
	}
	channel, id, found := strings.Cut((*address)[1:], "/api/uploads/")
	if !found || channel == s.Username || !isSlug(channel) {
		return address
	}
	if n, err := strconv.ParseInt(id, 10, 64); err != nil || n>>32 != int64(s.ID) {
		return address
	}
	moved := "/" + s.Username + "/api/uploads/" + id
	return &moved
}
