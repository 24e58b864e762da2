package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/shard/tenant"
)

// types lets a viewer of alice's write something, some seconds after what was before, and
// returns what was said to it.
func (s *stand) types(who, content string) string {
	s.Helper()
	s.now = s.now.Add(20 * time.Second)
	s.said.lines = nil
	body, err := json.Marshal(map[string]any{"sender": map[string]any{"username": who, "user_id": 5}, "content": content})
	require.NoError(s, err)
	s.deliver(s.delivery(fmt.Sprint(who, s.now.UnixNano()), "chat.message.sent", string(body))).ok(200, nil)
	return strings.Join(s.said.lines, "\n")
}

// rich is a stand whose viewers get nothing for writing, and have some.
func rich(t *testing.T) *stand {
	s := newStand(t)
	s.set("points_chat", "0")
	for name, amount := range map[string]int64{"Ann": 1000, "Bob": 500} {
		s.give(s.alice, name, amount)
	}
	_, err := s.store.Tenant(s.alice.ID).RecordDrop(t.Context(), "Bob", tenant.Drop{Score: 700, Perfect: true})
	require.NoError(t, err)
	return s
}

func TestCommandsThatShow(t *testing.T) {
	t.Parallel()
	s := rich(t)
	s.set("link_discord", "https://chat.example/alice")
	s.set("link_twitter", "https://x.example/alice")
	for _, c := range [][2]string{
		{"!points", "alice: @Ann you have 1000 points (1000 to spend)."},
		{"!BAL", "alice: @Ann you have 1000 points (1000 to spend)."},
		{"!leaderboard", "alice: @Ann 1. Bob 1200 | 2. Ann 1000"},
		{"!top", "alice: @Ann 1. Bob 1200 | 2. Ann 1000"},
		{"!stats", "alice: @Ann Ann: 1000 points, 0 of them from 0 drops."},
		{"!stats @bob", "alice: @Ann Bob: 1200 points, 700 of them from 1 drop."},
		{"!stats nobody", "alice: @Ann nobody: 0 points, 0 of them from 0 drops."},
		{"!dropstats", "alice: @Ann Ann has not dropped yet."},
		{"!dropstats bob", "alice: @Ann Bob: 1 drop, 700 points in total, best 700, perfect 1."},
		{"!droptop", "alice: @Ann 1. Bob 700"},
		{"!discord", "alice: @Ann https://chat.example/alice"},
		{"!x", "alice: @Ann https://x.example/alice"},
		{"!socials", "alice: @Ann discord: https://chat.example/alice | twitter: https://x.example/alice"},
		{"!youtube", ""}, {"!nothing", ""}, {"points", ""}, {"!", ""}, {"!drop", ""}, {"!drop rose", ""},
		{"!roll", "alice: @Ann you rolled 1."},
	} {
		require.Equal(t, c[1], s.types("Ann", c[0]), c[0])
		s.now = s.now.Add(time.Minute)
	}
	require.Contains(t, s.types("Ann", "!help"), "!discord !twitter")
	require.Contains(t, s.types("Ann", "!goals"), "Followers 0/")
	require.Equal(t, "alice: @zoe you have 0 points (0 to spend).", s.types("zoe", "!points"))
}

func TestCommandsRest(t *testing.T) {
	t.Parallel()
	s := rich(t)
	require.NotEmpty(t, s.types("Ann", "!leaderboard"))
	s.now = s.now.Add(-15 * time.Second)
	require.Empty(t, s.types("Ann", "!top"), "the same command by its other name")
	s.now = s.now.Add(-19 * time.Second)
	require.NotEmpty(t, s.types("Bob", "!top"))
	require.NotEmpty(t, s.types("Ann", "!top"))
}

func TestACommandIsRepeatedByNobody(t *testing.T) {
	t.Parallel()
	s := rich(t)
	d := s.delivery("01J", "chat.message.sent", `{"sender":{"username":"Ann"},"content":"!coinflip 100"}`)
	s.deliver(d).ok(200, nil)
	s.now = s.now.Add(time.Minute)
	s.deliver(d).ok(200, nil)
	require.EqualValues(t, 1100, s.points("Ann"))
	require.Len(t, s.said.lines, 1)
}

// What the server says comes back as a message of its account's, and earns nothing.
func TestAnAnswerIsNobodysMessage(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.types("Ann", "!points")
	require.Len(t, s.said.lines, 1)
	_, answer, _ := strings.Cut(s.said.lines[0], ": ")
	body, err := json.Marshal(map[string]any{"sender": map[string]any{"username": "TheBot"}, "content": answer})
	require.NoError(t, err)
	s.deliver(s.delivery("echo", "chat.message.sent", string(body))).ok(200, nil)
	require.Zero(t, s.points("TheBot"))
	s.types("Ben", answer+" indeed")
	require.EqualValues(t, 25, s.points("Ben"))
}

func TestGambling(t *testing.T) {
	t.Parallel()
	s := rich(t)
	for _, c := range []struct {
		typed  string
		luck   int64
		says   string
		points int64
	}{
		{"!coinflip 50", 0, "Coinflip won! Called heads, got heads. You have 1050 points to spend.", 1050},
		{"!coinflip 50 Tails", 0, "Coinflip lost! Called tails, got heads. You have 1000 points to spend.", 1000},
		{"!flip half tails", 1, "Coinflip won! Called tails, got tails. You have 1500 points to spend.", 1500},
		{"!roll 500", 50, "Lost! Rolled 51, bet 500. You have 1000 points to spend.", 1000},
		{"!roll all", 49, "Won! Rolled 50, bet 1000, won 2000. You have 2000 points to spend.", 2000},
		{"!coinflip 2001", 0, "that takes 2001 points, and you have 2000.", 2000},
		{"!coinflip 2001", 1, "that takes 2001 points, and you have 2000.", 2000},
		{"!coinflip -5", 0, "bet a number of points that you have, all or half.", 2000},
		{"!coinflip 0", 0, "bet a number of points that you have, all or half.", 2000},
		{"!coinflip 9223372036854775808", 0, "bet a number of points that you have, all or half.", 2000},
		{"!coinflip much", 0, "bet a number of points that you have, all or half.", 2000},
		{"!coinflip", 0, "type !coinflip and how many points, all or half, then heads or tails.", 2000},
		{"!coinflip 5 edge", 0, "type !coinflip and how many points, all or half, then heads or tails.", 2000},
		{"!roll all", 99, "Lost! Rolled 100, bet 2000. You have 0 points to spend.", 0},
		{"!roll all", 0, "bet a number of points that you have, all or half.", 0},
	} {
		s.luck = c.luck
		require.Equal(t, "alice: @Ann "+c.says, s.types("Ann", c.typed), c.typed)
		require.Equal(t, c.points, s.points("Ann"), c.typed)
	}
	u, err := s.store.Tenant(s.alice.ID).UserByName(t.Context(), "Ann")
	require.NoError(t, err)
	sums, err := s.store.Tenant(s.alice.ID).LedgerSummary(t.Context(), u.ID, tenant.ChannelPoints)
	require.NoError(t, err)
	require.Equal(t, map[string]int64{"chat": 1000, "gamble": -1000}, sums)
}

func TestDuels(t *testing.T) {
	t.Parallel()
	s := rich(t)
	require.Contains(t, s.types("Bob", "!accept"), "nobody has challenged you")
	require.Contains(t, s.types("Ann", "!duel @bob 100"), "challenges @bob for 100 points")
	require.EqualValues(t, 1000, s.points("Ann"), "nothing moves yet")
	require.Contains(t, s.types("Zoe", "!accept"), "nobody has challenged you")
	require.Equal(t, "alice: @Bob the duel is over: @Ann wins 100 points from @bob.", s.types("Bob", "!accept"))
	require.EqualValues(t, 1100, s.points("Ann"))
	require.EqualValues(t, 400, s.points("Bob"))
	require.Contains(t, s.types("Bob", "!accept"), "nobody has challenged you", "once")

	s.luck = 1
	s.types("Ann", "!duel Bob 400")
	require.Contains(t, s.types("Bob", "!accept"), "@Bob wins 400 points")
	require.EqualValues(t, 700, s.points("Ann"))
	require.EqualValues(t, 800, s.points("Bob"))

	s.types("Ann", "!duel Bob 50")
	require.Contains(t, s.types("Ann", "!duel Bob 50"), "has a duel waiting already")
	require.Contains(t, s.types("Bob", "!decline"), "declines the duel with @Ann")
	require.Contains(t, s.types("Bob", "!decline"), "nobody has challenged you")
	s.types("Ann", "!duel Bob 50")
	require.Contains(t, s.types("Ann", "!cancel"), "takes back the duel with @Bob")
	require.Contains(t, s.types("Ann", "!cancel"), "you have challenged nobody")
	s.types("Ann", "!duel Bob 50")
	s.now = s.now.Add(41 * time.Second)
	require.Contains(t, s.types("Bob", "!accept"), "nobody has challenged you", "it is over after a minute")

	require.Contains(t, s.types("Ann", "!duel Bob 801"), "Ann does not have 801 points")
	require.Contains(t, s.types("Bob", "!duel Ann 701"), "Ann does not have 701 points")
	require.Contains(t, s.types("Ann", "!duel ann 5"), "challenge somebody else")
	require.Contains(t, s.types("Ann", "!duel Bob -5"), "challenge somebody else")
	require.Contains(t, s.types("Ann", "!duel Bob"), "type !duel")
	s.types("Ann", "!duel Bob 700")
	s.give(s.alice, "Bob", -800)
	require.Contains(t, s.types("Bob", "!accept"), "one of you does not have the points any more")
	require.EqualValues(t, 700, s.points("Ann"), "both or none")
	require.Contains(t, s.types("Bob", "!accept"), "nobody has challenged you")
}

// What the ledger says of a duel has room for 500 letters, and names may be longer.
func TestADuelOfLongNames(t *testing.T) {
	t.Parallel()
	s := rich(t)
	long := strings.Repeat("x", 1000)
	s.give(s.alice, long, 100)
	s.types("Ann", "!duel @"+long+" 100")
	s.deliver(s.delivery("accept", "chat.message.sent", `{"sender":{"username":"`+long+`"},"content":"!accept"}`)).ok(200, nil)
	require.EqualValues(t, 1100, s.points("Ann"))
	require.EqualValues(t, 0, s.points(long))
}

// The same names on another channel are other viewers, and fight their own duels.
func TestDuelsStayOnTheirChannel(t *testing.T) {
	t.Parallel()
	s := rich(t)
	s.types("Ann", "!duel Bob 100")
	d := s.delivery("elsewhere", "chat.message.sent", `{"broadcaster":{"user_id":`+kickBob+`},"sender":{"username":"Bob"},"content":"!accept"}`)
	s.said.lines = nil
	s.deliver(d).ok(200, nil)
	require.Equal(t, []string{"bob: @Bob nobody has challenged you."}, s.said.lines)
	require.EqualValues(t, 1000, s.points("Ann"))
}

// A delivery that comes again does not use up a duel that began meanwhile.
func TestARepeatedAcceptTakesNothing(t *testing.T) {
	t.Parallel()
	s := rich(t)
	s.types("Ann", "!duel Bob 100")
	d := s.delivery("accept", "chat.message.sent", `{"sender":{"username":"Bob"},"content":"!accept"}`)
	s.deliver(d).ok(200, nil)
	s.types("Ann", "!duel Bob 100")
	s.deliver(d).ok(200, nil)
	require.EqualValues(t, 1100, s.points("Ann"))
	require.Contains(t, s.types("Bob", "!accept"), "the duel is over")
}

func TestPowerupsInChat(t *testing.T) {
	t.Parallel()
	s := rich(t)
	store := s.store.Tenant(s.alice.ID)
	all, err := store.Powerups(t.Context(), true)
	require.NoError(t, err)
	for _, p := range all {
		require.NoError(t, store.DisablePowerup(t.Context(), p.ID))
	}
	require.Contains(t, s.types("Ann", "!drop -powerups"), "nothing is on sale")
	require.NoError(t, store.SetPowerup(t.Context(), tenant.Powerup{ID: "tnt", Name: "Big TNT", Cost: 100, Enabled: true}))
	require.Equal(t, "alice: @Ann !drop -buy NAME: Big TNT 100", s.types("Ann", "!drop -powerups"))
	require.Contains(t, s.types("Ann", "!drop -mine"), "you have no power-ups")
	require.Contains(t, s.types("Ann", "!drop -buy TNT"), "you have 1× Big TNT now, and 900 points left")
	require.Contains(t, s.types("Ann", "!drop -buy big tnt 3"), "you have 4× Big TNT now, and 600 points left")
	require.Contains(t, s.types("Ann", "!drop -buy tnt 7"), "7× Big TNT takes 700 points, and you do not have as many")
	require.EqualValues(t, 600, s.points("Ann"), "all or none")
	for _, typed := range []string{"!drop -buy", "!drop -buy tnt 0", "!drop -buy tnt 101"} {
		require.Contains(t, s.types("Ann", typed), "type !drop -buy NAME")
	}
	require.Contains(t, s.types("Ann", "!drop -buy boost"), "no power-up of that name is on sale")
	require.NoError(t, store.DisablePowerup(t.Context(), "tnt"))
	require.Contains(t, s.types("Ann", "!drop -mine"), "you have 4× Big TNT.", "one that is not on sale harms nobody")
}

func TestVerifyInChat(t *testing.T) {
	t.Parallel()
	s := rich(t)
	store := s.store.Tenant(s.alice.ID)
	code, err := store.NewCode(t.Context(), "ann")
	require.NoError(t, err)
	require.Contains(t, s.types("Ann", "!verify"), "type !verify and the code")
	require.Contains(t, s.types("Ann", "!verify WRONG1"), "wrong or too old")
	require.Contains(t, s.types("Bob", "!verify "+code.Code), "wrong or too old", "another's")
	require.Contains(t, s.types("Ann", "!verify "+strings.ToLower(code.Code)), "it is you")
	checked, err := store.CheckCode(t.Context(), "ann", code.Code)
	require.NoError(t, err)
	require.True(t, checked.Verified)
}

func TestSay(t *testing.T) {
	t.Parallel()
	s := rich(t)
	require.Empty(t, s.types("Ann", "!say  hello <b>world</b>"))
	require.EqualValues(t, 500, s.points("Ann"))
	require.JSONEq(t, `{"type":"tts","username":"Ann","timestamp":"2026-11-24T12:00:20Z","details":"hello <b>world</b>"}`, s.lastEvent())
	s.set("say_cost", "100")
	s.types("Ann", "!say id=deep good night")
	require.Contains(t, s.lastEvent(), `"details":"good night","voiceId":"deep"`)
	require.EqualValues(t, 400, s.points("Ann"))
	require.Contains(t, s.types("Ann", "!say"), "type !say and a message")
	require.Contains(t, s.types("Ann", "!say "+strings.Repeat("x", 501)), "type !say and a message")
	s.set("say_cost", "401")
	before := s.lastEvent()
	require.Contains(t, s.types("Ann", "!say too dear"), "that takes 401 points, and you have 400")
	require.Equal(t, before, s.lastEvent())
	s.set("say_cost", "0")
	s.types("Zoe", "!say free")
	require.Contains(t, s.lastEvent(), `"details":"free"`)
	s.set("tts_enabled", "false")
	require.Contains(t, s.types("Zoe", "!say off"), "speech is switched off")
}
