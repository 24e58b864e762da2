package api

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/shard/tenant"
	"streamvault/test/fixtures"
)

// recorded is what the old app was sent, and what it wrote.
type recorded struct {
	Steps []struct {
		Request struct {
			Path    string
			Headers map[string]string
			Body    json.RawMessage
		}
		Response struct {
			JSON json.RawMessage `json:"json"`
		}
	}
	Changes struct {
		Ledger struct{ Added []paid } `json:"point_transactions"`
	} `json:"db_changes"`
}

// paid is a row of a ledger.
type paid struct {
	Amount      int64
	Source      string
	Description *string
}

func paidRow(source, description string, amount int64) paid {
	return paid{amount, source, &description}
}

// otherwise is what is paid now where the old app was wrong, and why.
var otherwise = map[string]struct {
	why  string
	paid []paid
}{
	"webhook-anonymous-gift":             {"nobody's points went to a viewer named Someone", nil},
	"webhook-bad-signature":              {"it was believed", nil},
	"webhook-channel-subscription-gifts": {"three gifts counted as one", []paid{paidRow("gift", "Gifted 3 subs", 4500)}},
	"webhook-kicks-gifted":               {"500 kicks counted as one", []paid{paidRow("tip", "Tipped 500 Kicks", 50_000)}},
	"webhook-kicks-nan":                  {"it made the balance NULL", nil},
	"webhook-kicks-negative":             {"it made the balance negative", nil},
	"webhook-replay":                     {"it was paid twice", []paid{paidRow("tip", "Tipped 7 Kicks", 700)}},
	"webhook-commands":                   {"one award a minute, and what is bet or drawn differs", []paid{paidRow("chat", "Chat message", 25), paidRow("gamble", "Lost! Rolled 100, bet 25", -25)}},
	"webhook-malformed":                  {"refused now", nil},
}

func TestRecordedMessages(t *testing.T) {
	t.Parallel()
	cases := fixtures.Names(t, "contract/cases/webhook-*.json")
	require.NotEmpty(t, cases)
	for _, name := range cases {
		id := strings.TrimSuffix(path.Base(name), ".json")
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			var c recorded
			fixtures.JSON(t, name, &c)
			s := newStand(t)
			s.luck = 99 // what is bet is lost
			s.replay(c)
			want := c.Changes.Ledger.Added
			if other, known := otherwise[id]; known {
				want = other.paid
			}
			require.Equal(t, readable(want), readable(s.allPaid()))
		})
	}
}

// replay sends what the old app was sent, signed, and compares the last event with what it
// showed.
func (s *stand) replay(c recorded) {
	s.Helper()
	for i, step := range c.Steps {
		r := step.Request
		switch {
		case r.Path == "/webhook" && strings.HasPrefix(string(r.Body), "{"):
			id := r.Headers["Kick-Event-Message-Id"]
			if id == "01JABC" {
				id = fmt.Sprint(id, i) // the recorder's own, for every message
			}
			d := s.delivery(id, r.Headers["Kick-Event-Type"], string(r.Body))
			if signature, sent := r.Headers["Kick-Event-Signature"]; sent {
				d.signature = &signature
			}
			got := s.deliver(d)
			require.Less(s, got.status, 500, "%s %s", r.Body, got.body)
		case r.Path == "/api/events/last" && string(step.Response.JSON) != "null":
			var old, now map[string]any
			require.NoError(s, json.Unmarshal(step.Response.JSON, &old))
			require.NoError(s, json.Unmarshal([]byte(s.lastEvent()), &now))
			for _, event := range []map[string]any{old, now} {
				delete(event, "timestamp")
			}
			if old["type"] == "gift" || old["type"] == "tip" { // counted as one
				delete(old, "details")
				delete(now, "details")
			}
			require.Equal(s, old, now)
		}
	}
}

// allPaid is the ledger of everybody.
func (s *stand) allPaid() []paid {
	s.Helper()
	store := s.store.Tenant(s.alice.ID)
	users, err := store.Users(s.Context(), 0, 100)
	require.NoError(s, err)
	var all []paid
	for _, u := range users {
		rows, err := store.Ledger(s.Context(), u.ID, tenant.ChannelPoints, tenant.Place{}, 100)
		require.NoError(s, err)
		for _, r := range rows {
			all = append(all, paid{r.Amount, r.Source, r.Description})
		}
	}
	return all
}

func readable(all []paid) []string {
	lines := []string{}
	for _, p := range all {
		lines = append(lines, fmt.Sprint(p.Amount, " ", p.Source, " ", *p.Description))
	}
	return lines
}
