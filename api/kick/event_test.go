package kick

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/shard/tenant"
)

var types = []string{chatMessage, followed, subscribed, renewed, gifted, kicksGifted, liveOrNot, "moderation.banned", ""}

// Whatever is signed, it gives no more points than there can be, and takes none.
func FuzzEvents(f *testing.F) {
	for _, body := range []string{
		`{"sender":{"username":"zoe"},"content":"!points"}`, `{"follower":{"username":"zoe"}}`,
		`{"subscriber":{"username":"zoe"},"duration":3}`, `{"gifter":null,"giftees":[{},{}]}`, `{"gifter":{"username":"zoe"},"gift_count":5}`,
		`{"sender":{"username":"zoe"},"gift":{"amount":1000000000}}`, `{"is_live":true}`, `{"amount":-1}`, `null`,
	} {
		f.Add([]byte(body), "1000000000000")
	}
	f.Fuzz(func(t *testing.T, body []byte, each string) {
		r := rules{"points_kick": each, "points_gift": each, "points_chat": each, "points_chat_interval_seconds": each}
		for _, what := range types {
			d := Delivery{ID: "01J", Type: what}
			_ = json.Unmarshal(body, &d.fields)
			_, _ = d.Broadcaster()
			e, err := d.event()
			if err != nil || e.what == "" {
				continue
			}
			m := r.message(d, e)
			require.True(t, 0 <= m.Award.Amount && m.Award.Amount <= tenant.MaxPoints, m.Award.Amount)
			require.True(t, m.Award.Username != "" || m.Award.Amount == 0, "nobody gets nothing")
			require.True(t, 0 <= m.By && m.By <= tenant.MaxPoints, m.By)
			require.True(t, m.Event == nil || json.Valid(m.Event), "%s", m.Event)
		}
	})
}

// A body is of one type, and only under that type it does something.
func TestABodyIsOfOneType(t *testing.T) {
	t.Parallel()
	bodies := map[string]string{
		chatMessage: `{"sender":{"username":"zoe"},"content":"gift"}`, followed: `{"follower":{"username":"zoe"}}`,
		subscribed: `{"subscriber":{"username":"zoe"},"duration":1}`, renewed: `{"subscriber":{"username":"zoe"},"duration":2}`,
		gifted: `{"gifter":{"username":"zoe"},"giftees":[{}]}`, kicksGifted: `{"sender":{"username":"zoe"},"gift":{"amount":1}}`,
		liveOrNot: `{"is_live":false}`,
	}
	for is, body := range bodies {
		for said := range bodies {
			d := Delivery{Type: said}
			require.NoError(t, json.Unmarshal([]byte(body), &d.fields))
			_, err := d.event()
			var invalid *tenant.InvalidError
			require.Equal(t, is == said, err == nil, "%s as %s: %v", is, said, err)
			if err != nil {
				require.ErrorAs(t, err, &invalid)
			}
		}
	}
}
