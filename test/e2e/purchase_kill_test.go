package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	purse = 1_000_000_000 // points that each buyer has
	price = 250           // of a boost
)

// A server is killed in the middle of purchases, again and again. Whatever was cut off,
// each buyer's money, ledger, goods and list of purchases agree afterwards; what was
// acknowledged is there, and what is repeated with its key counts once.
func TestKillsDuringPurchasesKeepMoneyAndGoods(t *testing.T) {
	t.Parallel()
	const buyers = 4
	h := newHome(t)
	key := h.Create("alice").OwnerKey
	p := h.serve()
	for b := range buyers {
		require.Equal(t, 200, p.Must("POST", fmt.Sprintf("/alice/api/points/Buyer%d", b), key, fmt.Sprintf(`{"amount":%d,"source":"admin"}`, purse)).Status)
	}
	p.Kill()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	var acked [buyers]atomic.Int64
	var serial [buyers]int // of the purchase that each buyer is making
	for range kills() / 2 {
		p := h.serve()
		var wg sync.WaitGroup
		for b := range buyers {
			wg.Go(func() {
				for {
					// A purchase without an answer is repeated with its key, by the next server.
					r, err := p.HTTP("POST", fmt.Sprintf("/alice/api/powerups/Buyer%d/buy", b), key, `{"powerupId":"boost"}`,
						"Idempotency-Key", fmt.Sprintf("buy-%d-%d", b, serial[b]))
					if err != nil || r.Status != 200 {
						return
					}
					acked[b].Add(1)
					serial[b]++
				}
			})
		}
		time.Sleep(time.Duration(r.Int64N(int64(120 * time.Millisecond))))
		p.Kill()
		wg.Wait()
	}
	p = h.serve()
	for b := range buyers {
		n := h.boughtBy(p, key, fmt.Sprintf("Buyer%d", b))
		require.GreaterOrEqual(t, n, acked[b].Load(), "what was acknowledged is there")
		require.LessOrEqual(t, n, acked[b].Load()+1, "each key counts once")
	}
	require.Zero(t, p.Term(), p.Stderr)
	t.Logf("%d, %d, %d and %d purchases were acknowledged", acked[0].Load(), acked[1].Load(), acked[2].Load(), acked[3].Load())
}

// boughtBy holds a viewer's balance, ledger, goods and purchases against each other and
// returns how many boosts there are.
func (h home) boughtBy(p *process, key, viewer string) int64 {
	h.Helper()
	read := func(path string, out any) {
		r := p.Must("GET", "/alice/api/"+path, key, "")
		require.Equal(h, 200, r.Status, r.Body)
		require.NoError(h, json.Unmarshal([]byte(r.Body), out), r.Body)
	}
	var stats struct{ ChannelPoints int64 }
	read("stats/"+viewer, &stats)
	var goods struct{ Boost int64 }
	read("powerups/"+viewer, &goods)
	var ledger struct{ Spend, Admin int64 }
	read("points/"+viewer+"/summary", &ledger)
	bought := int64(0)
	for cursor := ""; ; {
		var page struct {
			Items []json.RawMessage
			Next  *string
		}
		read("powerups/"+viewer+"/purchases?limit=200&cursor="+cursor, &page)
		bought += int64(len(page.Items))
		if page.Next == nil {
			break
		}
		cursor = *page.Next
	}
	require.Equal(h, goods.Boost, bought, "goods and purchases")
	require.Equal(h, -price*bought, ledger.Spend, "ledger and purchases")
	require.Equal(h, stats.ChannelPoints, ledger.Admin+ledger.Spend, "balance and ledger")
	return bought
}
