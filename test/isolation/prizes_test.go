package isolation

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/shard"
	"streamvault/shard/tenant"
)

// prize is something of bob's that alice is after. A new entity is one more row.
type prize struct {
	// hide makes it and returns its id, as it stands in a path.
	hide func(ctx context.Context, s shard.TenantStore) (id string, err error)
	// never is an id of the same kind that nobody has or had.
	never string
	// reach are calls that she could make on her own data with his id.
	reach map[string]reach
	// proof is a call that works with bob's id on his own data, where no listing shows it.
	proof reach
	// ask are requests that she could send: method, path with %s for the id, body.
	ask []string
}

type reach = func(ctx context.Context, s shard.TenantStore, id string) (any, error)

var (
	never   = strconv.FormatInt(2<<32+4711, 10) // alice's, if it were
	noPoint = int64(0)
)

func userID(id string) tenant.UserID { return tenant.UserID(number(id)) }

func number(id string) int64 {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

var prizes = joined(viewerPrizes, shownPrizes, secretPrizes)

var viewerPrizes = map[string]prize{
	"User": {
		hide: func(ctx context.Context, s shard.TenantStore) (string, error) {
			u, err := s.CreateUser(ctx, tenant.NewUser{Username: "bobs own", Country: new("bobs land")})
			return fmt.Sprint(u.ID), err
		},
		never: never,
		reach: map[string]reach{
			"Get": func(ctx context.Context, s shard.TenantStore, id string) (any, error) { return s.User(ctx, userID(id)) },
			"Update": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return s.UpdateUser(ctx, userID(id), tenant.UserChange{Channel: &noPoint, Username: new("alices")})
			},
			"Delete": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return only(s.DeleteUser(ctx, userID(id)))
			},
			"Export": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return s.ExportUser(ctx, userID(id))
			},
			"Erase": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return only(s.EraseUser(ctx, userID(id)))
			},
		},
		ask: []string{"GET users/%s", `PATCH users/%s {"channelPoints":1}`, "DELETE users/%s", "GET users/%s/export", "POST users/%s/erase",
			`PUT admin/users/%s {"channel_points":1}`, "DELETE admin/users/%s"},
	},
	"Possessions": {
		hide: func(ctx context.Context, s shard.TenantStore) (string, error) {
			_, err := s.AddPoints(ctx, "bobs rich", tenant.Award{Amount: 999, Source: "tip", Description: "bobs"})
			if err == nil {
				_, err = s.BuyPowerup(ctx, "bobs rich", tenant.Order{Powerup: "tnt"})
			}
			if err == nil {
				_, err = s.RecordDrop(ctx, "bobs rich", tenant.Drop{Score: 77})
			}
			if err == nil {
				_, err = s.UseCommand(ctx, "bobs rich", "bobs", time.Hour)
			}
			if err == nil {
				_, _, err = s.StartSession(ctx, "bobs rich")
			}
			if err == nil {
				_, err = s.SaveUpload(ctx, "bobs rich", "image/png", []byte("bobs picture"), nil)
			}
			u, _ := s.UserByName(ctx, "bobs rich")
			return fmt.Sprint(u.ID), err
		},
		never: never,
		reach: map[string]reach{
			"Ledger": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return s.Ledger(ctx, userID(id), tenant.ChannelPoints, tenant.Place{}, 100)
			},
			"Sums": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return s.LedgerSummary(ctx, userID(id), tenant.ChannelPoints)
			},
			"Inventory": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return s.Inventory(ctx, userID(id))
			},
			"Purchases": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return s.Purchases(ctx, userID(id), tenant.Place{}, 100)
			},
			"Drops": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return s.UserDrops(ctx, userID(id), tenant.Place{}, 100)
			},
			"DropStats": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return s.DropStats(ctx, userID(id))
			},
			"Cooldowns": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return s.Cooldowns(ctx, userID(id))
			},
			"Uploads": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return s.UserUploads(ctx, userID(id))
			},
			"SignOut": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return s.EndSessions(ctx, userID(id))
			},
		},
	},
	"Name": {
		hide: func(ctx context.Context, s shard.TenantStore) (string, error) {
			_, err := s.AddPoints(ctx, "bobsfan", tenant.Award{Amount: 50, Source: "sub", Description: "bobs"})
			if err == nil {
				_, err = s.GivePowerup(ctx, "bobsfan", "tnt", 3)
			}
			return "bobsfan", err
		},
		never: "nobodys",
		reach: map[string]reach{
			"Get": func(ctx context.Context, s shard.TenantStore, id string) (any, error) { return s.UserByName(ctx, id) },
			"Use": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return s.UsePowerup(ctx, id, "tnt")
			},
		},
		ask: []string{"GET points/%s/summary", "GET points/%s/transactions", "GET powerups/%s", "GET powerups/%s/purchases",
			`POST powerups/%s/use {"powerupId":"tnt"}`, "GET drops?username=%s"},
	},
}

var shownPrizes = map[string]prize{
	"Tip": {
		hide: func(ctx context.Context, s shard.TenantStore) (string, error) {
			tip, err := s.CreateTip(ctx, "bobs tip", true)
			return fmt.Sprint(tip.ID), err
		},
		never: never,
		reach: map[string]reach{
			"Update": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return s.UpdateTip(ctx, tenant.TipID(number(id)), tenant.TipChange{Content: new("alices")})
			},
			"Order": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return only(s.OrderTips(ctx, []tenant.TipID{tenant.TipID(number(id))}))
			},
			"Delete": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return only(s.DeleteTip(ctx, tenant.TipID(number(id))))
			},
		},
		ask: []string{`PUT admin/tips/%s {"content":"x"}`, `PUT admin/tips {"ids":[%s]}`, "DELETE admin/tips/%s"},
	},
	"Goal": {
		hide: func(ctx context.Context, s shard.TenantStore) (string, error) {
			_, err := s.SetGoal(ctx, tenant.Goal{ID: "bobs", Label: "bobs goal", Target: 9, Enabled: true})
			return "bobs", err
		},
		never: "nobodys",
		reach: map[string]reach{
			"Add": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return s.AddToGoal(ctx, tenant.GoalID(id), 1)
			},
			"Delete": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return only(s.DeleteGoal(ctx, tenant.GoalID(id)))
			},
		},
		ask: []string{`POST admin/goals/%s/progress {"by":1}`, "DELETE admin/goals/%s"},
	},
	"Powerup": {
		hide: func(ctx context.Context, s shard.TenantStore) (string, error) {
			return "bobs", s.SetPowerup(ctx, tenant.Powerup{ID: "bobs", Name: "bobs powerup", Enabled: true})
		},
		never: "nobodys",
		reach: map[string]reach{
			"Disable": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return only(s.DisablePowerup(ctx, tenant.PowerupID(id)))
			},
			"Give": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return s.GivePowerup(ctx, "ann", tenant.PowerupID(id), 1)
			},
		},
		ask: []string{"DELETE admin/powerups/%s", `POST powerups/ann/give {"powerupId":"%s","quantity":1}`},
	},
	"Setting": {
		hide: func(ctx context.Context, s shard.TenantStore) (string, error) {
			return "bobs", s.SetSetting(ctx, "bobs", "bobs value")
		},
		never: "nobodys",
		reach: map[string]reach{
			"Delete": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return only(s.DeleteSetting(ctx, id))
			},
		},
		ask: []string{"DELETE admin/settings/%s"},
	},
	"Layout": {
		hide: func(ctx context.Context, s shard.TenantStore) (string, error) {
			l, err := s.CreateLayout(ctx, tenant.NewLayout{Name: "bobs", JSON: json.RawMessage(`{"bobs":1}`), Default: true})
			return fmt.Sprint(l.ID), err
		},
		never: never,
		reach: map[string]reach{
			"Get": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return s.Layout(ctx, tenant.LayoutID(number(id)))
			},
			"Update": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return s.UpdateLayout(ctx, tenant.LayoutID(number(id)), tenant.LayoutChange{MakeDefault: true})
			},
			"Delete": func(ctx context.Context, s shard.TenantStore, id string) (any, error) {
				return only(s.DeleteLayout(ctx, tenant.LayoutID(number(id))))
			},
		},
		ask: []string{"GET overlay/layouts/%s", `PATCH overlay/layouts/%s {"name":"x"}`, "DELETE overlay/layouts/%s"},
	},
	// What there is one of has no id to steal: alice keeps hers.
	"Theme": {hide: func(ctx context.Context, s shard.TenantStore) (string, error) {
		return "", s.SetTheme(ctx, json.RawMessage(`{"bobs":"theme"}`))
	}},
	"DropGame": {hide: func(ctx context.Context, s shard.TenantStore) (string, error) {
		return "", s.SetDropGame(ctx, json.RawMessage(`{"bobs":"game"}`))
	}},
	"Status": {hide: func(ctx context.Context, s shard.TenantStore) (string, error) {
		return "", s.SetLastEvent(ctx, json.RawMessage(`{"bobs":"event"}`))
	}},
}

// everything is all that a streamer has, by what lists it.
func everything(t *testing.T, s shard.TenantStore) map[string]any {
	t.Helper()
	all := map[string]any{}
	for name, look := range looks {
		found, err := look(t.Context(), s)
		require.NoError(t, err)
		all[name] = found
	}
	users, err := s.Users(t.Context(), 0, tenant.MaxPage)
	require.NoError(t, err)
	for _, u := range users {
		for name, look := range viewerLooks {
			found, err := look(t.Context(), s, u.ID)
			require.NoError(t, err)
			all[fmt.Sprint(name, u.ID)] = found
		}
	}
	return all
}
