package chaos

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"

	"streamvault/test/program"
)

// purse is what each viewer has to spend.
const purse = 1_000_000_000

// client moves one viewer's points and remembers what it asked for and was answered.
type client struct {
	channel, key, viewer string
	random               *rand.Rand
	sent                 map[string]*request // by id
	serial               int
	again                *request // has a key and no answer yet
	last                 *request // the last with a key that was answered
	refused              []string
}

// request is an award, whose ledger row has the request's id as its description, or a
// purchase.
type request struct {
	id      string
	buys    bool
	keyed   bool
	amount  int64
	acked   bool
	row     int64 // of the ledger, as it was answered
	balance int64
}

// next is a request without an answer, now and then one that has its answer, else a new one.
func (c *client) next() *request {
	if c.again != nil {
		return c.again
	}
	if c.last != nil && c.random.IntN(8) == 0 {
		return c.last
	}
	c.serial++
	r := &request{id: fmt.Sprintf("%s-%d", c.viewer, c.serial), amount: 1 + c.random.Int64N(9),
		keyed: c.random.IntN(2) == 0, buys: c.random.IntN(4) == 0}
	if c.serial == 1 {
		r.amount, r.keyed, r.buys = purse, true, false
	}
	c.sent[r.id] = r
	return r
}

// work sends requests until one is not answered as it should be.
func (c *client) work(to program.Client) {
	for c.step(to) {
	}
}

// step sends one request and says whether it was answered.
func (c *client) step(to program.Client) bool {
	r := c.next()
	if r.keyed {
		c.again = r
	}
	reply, err := c.send(to, r)
	if err != nil {
		return false
	}
	if reply.Status == 503 && strings.Contains(reply.Body, `"busy"`) {
		return true // nothing was done; with a key it is asked for again
	}
	if reply.Status != 200 {
		c.refused = append(c.refused, fmt.Sprintf("%d %s", reply.Status, reply.Body))
		return false
	}
	c.note(r, reply.Body)
	return true
}

func (c *client) send(to program.Client, r *request) (program.Reply, error) {
	path := fmt.Sprintf("/%s/api/points/%s", c.channel, c.viewer)
	body := fmt.Sprintf(`{"amount":%d,"source":"chat","description":"%s"}`, r.amount, r.id)
	if r.buys {
		path, body = fmt.Sprintf("/%s/api/powerups/%s/buy", c.channel, c.viewer), `{"powerupId":"boost"}`
	}
	if r.keyed {
		return to.HTTP("POST", path, c.key, body, "Idempotency-Key", r.id)
	}
	return to.HTTP("POST", path, c.key, body)
}

// note remembers an answer. A repeated request has to be answered as it was at first.
func (c *client) note(r *request, body string) {
	var answer struct{ TransactionID, ChannelPoints, Balance int64 }
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		c.refused = append(c.refused, err.Error()+": "+body)
		return
	}
	answer.Balance += answer.ChannelPoints
	if r.acked && (answer.TransactionID != r.row || answer.Balance != r.balance) {
		c.refused = append(c.refused, fmt.Sprintf("%s was answered with row %d and balance %d, then %s", r.id, r.row, r.balance, body))
	}
	r.acked, r.row, r.balance = true, answer.TransactionID, answer.Balance
	if r.keyed {
		c.again, c.last = nil, r
	}
}
