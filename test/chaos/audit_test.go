package chaos

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// kept is everything that the program has of one viewer.
type kept struct {
	ChannelPoints int64
	ChannelLedger []struct {
		ID, Amount          int64
		Source, Description string
	}
	Inventory []struct{ Quantity int64 }
	Purchases []struct{ Cost int64 }
}

// verdict says what became of what was answered.
type verdict struct {
	acked, lost int
	wrong       []string
}

func (v *verdict) add(o verdict) {
	v.acked, v.lost, v.wrong = v.acked+o.acked, v.lost+o.lost, append(v.wrong, o.wrong...)
}

func (v *verdict) mistake(format string, args ...any) {
	v.wrong = append(v.wrong, fmt.Sprintf(format, args...))
}

func (v verdict) holds(t testing.TB) {
	t.Helper()
	require.Empty(t, v.wrong)
	require.Zero(t, v.lost, "of %d acknowledged writes", v.acked)
}

// audit holds what is kept against what the client remembers.
func (c *client) audit(k kept) (v verdict) {
	for _, refusal := range c.refused {
		v.mistake("%s: %s", c.viewer, refusal)
	}
	var sum int64
	var bought int
	rows := map[string][]int64{}
	for _, row := range k.ChannelLedger {
		sum += row.Amount
		if row.Source == "spend" {
			bought++
		} else {
			rows[row.Description] = append(rows[row.Description], row.ID)
		}
	}
	if sum != k.ChannelPoints {
		v.mistake("%s has %d points and a ledger of %d", c.viewer, k.ChannelPoints, sum)
	}
	v.add(c.auditAwards(rows))
	v.add(c.auditPurchases(bought, k))
	return v
}

func (c *client) auditAwards(rows map[string][]int64) (v verdict) {
	for id, r := range c.sent {
		if r.buys {
			continue
		}
		found := rows[id]
		delete(rows, id)
		if len(found) > 1 {
			v.mistake("%s is in the ledger %d times", id, len(found))
		}
		if !r.acked {
			continue
		}
		v.acked++
		if len(found) == 0 {
			v.lost++
		} else if found[0] != r.row {
			v.mistake("%s was answered with row %d and is row %d", id, r.row, found[0])
		}
	}
	for id := range rows {
		v.mistake("nobody asked for %q of %s", id, c.viewer)
	}
	return v
}

func (c *client) auditPurchases(bought int, k kept) (v verdict) {
	inDoubt := 0
	for _, r := range c.sent {
		if r.buys && r.acked {
			v.acked++
		} else if r.buys {
			inDoubt++
		}
	}
	var goods int64
	for _, item := range k.Inventory {
		goods += item.Quantity
	}
	if len(k.Purchases) != bought || goods != int64(bought) {
		v.mistake("%s paid %d times for %d goods in %d purchases", c.viewer, bought, goods, len(k.Purchases))
	}
	if bought > v.acked+inDoubt {
		v.mistake("%s bought %d times, asked %d times", c.viewer, bought, v.acked+inDoubt)
	}
	v.lost = max(0, v.acked-bought)
	return v
}

func decode(t testing.TB, body string, out any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(body), out), body)
}
