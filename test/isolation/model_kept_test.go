package isolation

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

func (m *model) SaveUpload(_ context.Context, name, contentType string, body []byte, address func(tenant.UploadID) string) (tenant.Upload, error) {
	if len(body) == 0 {
		return tenant.Upload{}, invalid("body")
	}
	u, err := m.meet(name)
	if err != nil {
		return tenant.Upload{}, err
	}
	m.keep(u)
	made := tenant.Upload{ID: tenant.UploadID(m.next("uploads")), User: u.ID, ContentType: contentType,
		SHA256: sha256.Sum256(body), Size: int64(len(body)), Body: body, CreatedAt: m.now()}
	u.uploads = append([]tenant.Upload{made}, u.uploads...)
	u.uploads = u.uploads[:min(len(u.uploads), 3)]
	if address != nil {
		u.DropImage, u.UpdatedAt = new(address(made.ID)), m.now()
	}
	return made, nil
}

func (m *model) Upload(_ context.Context, id tenant.UploadID) (tenant.Upload, error) {
	for _, u := range m.users {
		for _, up := range u.uploads {
			if up.ID == id {
				return up, nil
			}
		}
	}
	return tenant.Upload{}, scope.ErrNotFound
}

func (m *model) UserUploads(_ context.Context, id tenant.UserID) ([]tenant.Upload, error) {
	all := []tenant.Upload{}
	for _, up := range m.of(id).uploads {
		up.Body = nil
		all = append(all, up)
	}
	return all, nil
}

func (m *model) DeleteUpload(ctx context.Context, id tenant.UploadID) error {
	up, err := m.Upload(ctx, id)
	if err == nil {
		u := m.users[up.User]
		u.uploads = slices.DeleteFunc(u.uploads, func(other tenant.Upload) bool { return other.ID == id })
	}
	return err
}

// each turns rows into the form that an export has.
func each[A, B any](rows []A, as func(A) B) []B {
	all := make([]B, 0, len(rows))
	for _, r := range rows {
		all = append(all, as(r))
	}
	return all
}

func (m *model) ExportUser(ctx context.Context, id tenant.UserID) (tenant.UserExport, error) {
	u, ok := m.users[id]
	if !ok {
		return tenant.UserExport{}, scope.ErrNotFound
	}
	x := tenant.UserExport{ID: u.ID, Username: u.Username, VoiceID: u.VoiceID, DropImage: u.DropImage, Country: u.Country,
		ChannelPoints: u.Points.Channel, DropPoints: u.Points.Drop, TotalDrops: u.Points.Drops,
		CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt,
		ChannelLedger: m.exportedLedger(ctx, id, tenant.ChannelPoints), DropLedger: m.exportedLedger(ctx, id, tenant.DropPoints),
		Cooldowns: m.cooldownsOf(id, always)}
	x.Inventory, _ = m.Inventory(ctx, id)
	bought, _ := m.Purchases(ctx, id, tenant.Place{}, tenant.MaxPage)
	x.Purchases = each(bought, func(p tenant.Purchase) tenant.ExportedPurchase {
		return tenant.ExportedPurchase(p)
	})
	drops, _ := m.UserDrops(ctx, id, tenant.Place{}, tenant.MaxPage)
	x.Drops = each(drops, func(d tenant.PastDrop) tenant.ExportedDrop {
		return tenant.ExportedDrop{ID: d.ID, Score: d.Score, Perfect: d.Perfect, Powerup: d.Powerup, CreatedAt: d.CreatedAt}
	})
	x.Uploads = each(u.uploads, func(up tenant.Upload) tenant.ExportedUpload {
		return tenant.ExportedUpload{ID: up.ID, ContentType: up.ContentType, Size: up.Size,
			SHA256: hex.EncodeToString(up.SHA256[:]), CreatedAt: up.CreatedAt}
	})
	x.Sessions = each(picked(u.sessions, always, func(a, b tenant.ViewerSession) int { return cmp.Compare(a.ID, b.ID) }),
		func(s tenant.ViewerSession) tenant.ExportedSession {
			return tenant.ExportedSession{ID: s.ID, CreatedAt: s.CreatedAt, ExpiresAt: s.ExpiresAt}
		})
	return x, nil
}

func (m *model) exportedLedger(ctx context.Context, id tenant.UserID, kind tenant.Kind) []tenant.ExportedChange {
	rows, _ := m.Ledger(ctx, id, kind, tenant.Place{}, tenant.MaxPage)
	return each(rows, func(r tenant.LedgerRow) tenant.ExportedChange {
		return tenant.ExportedChange{ID: r.ID, Amount: r.Amount, Source: r.Source, Description: r.Description, CreatedAt: r.CreatedAt}
	})
}

// EraseUser takes a code and an event about the viewer along.
func (m *model) EraseUser(ctx context.Context, id tenant.UserID) error {
	u, ok := m.users[id]
	if !ok {
		return scope.ErrNotFound
	}
	delete(m.codes, folded(u.Username))
	var event struct{ Who string }
	if m.status.LastEvent != nil && json.Unmarshal(m.status.LastEvent, &event) == nil && folded(event.Who) == folded(u.Username) {
		m.status.LastEvent, m.status.UpdatedAt = nil, m.now()
	}
	return m.DeleteUser(ctx, id)
}
