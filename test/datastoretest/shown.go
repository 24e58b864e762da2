package datastoretest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// shownTests are of what is shown on stream and what viewers win and buy.
var shownTests = map[string]test{
	"Seeds":         seeds,
	"Settings":      settings,
	"SettingsUnder": settingsUnder,
	"DropGame":      dropGame,
	"Theme":         theme,
	"Layouts":       layouts,
	"LayoutLimits":  layoutLimits,
	"Tips":          tips,
	"Goals":         goals,
	"GoalLimits":    goalLimits,
	"Powerups":      powerups,
	"Inventory":     inventory,
	"Buying":        buying,
	"BuyingOnce":    buyingOnce,
	"BuyingAtOnce":  buyingAtOnce,
	"Drops":         drops,
	"Activity":      activity,
	"DropLimits":    dropLimits,
	"PastPages":     pastPages,
}

func invalid(t *testing.T, field string, err error) {
	t.Helper()
	var e *tenant.InvalidError
	require.ErrorAs(t, err, &e)
	require.Equal(t, field, e.Field)
}

// seeds: a new streamer has something to show, and nothing of it comes back once it is gone.
func seeds(t *testing.T, h *house) {
	tips, err := h.a.Tips(h.ctx, false)
	require.NoError(t, err)
	require.NotEmpty(t, tips)
	all, err := h.a.Powerups(h.ctx, false)
	require.NoError(t, err)
	require.Len(t, all, 6)
	require.EqualValues(t, "boost", all[0].ID, "the cheapest first")
	goals, err := h.a.Goals(h.ctx, false)
	require.NoError(t, err)
	require.Len(t, goals, 2)
	settings, err := h.a.Settings(h.ctx)
	require.NoError(t, err)
	require.NotEmpty(t, settings)
	for _, tip := range tips {
		require.EqualValues(t, h.alice.ID, tip.ID>>32)
		require.Equal(t, Clock, tip.CreatedAt)
		require.NoError(t, h.a.DeleteTip(h.ctx, tip.ID))
	}
	tips, err = h.a.Tips(h.ctx, true)
	require.NoError(t, err)
	require.Empty(t, tips)
}

func settings(t *testing.T, h *house) {
	before, err := h.a.Settings(h.ctx)
	require.NoError(t, err)
	require.NoError(t, h.a.SetSetting(h.ctx, "aaa first", "one"))
	require.NoError(t, h.a.SetSetting(h.ctx, "aaa first", "two"))
	all, err := h.a.Settings(h.ctx)
	require.NoError(t, err)
	require.Len(t, all, len(before)+1)
	require.Equal(t, tenant.Setting{Key: "aaa first", Value: "two", UpdatedAt: Clock}, all[0])
	require.NoError(t, h.a.DeleteSetting(h.ctx, "aaa first"))
	require.ErrorIs(t, h.a.DeleteSetting(h.ctx, "aaa first"), scope.ErrNotFound)
	after, err := h.a.Settings(h.ctx)
	require.NoError(t, err)
	require.Equal(t, before, after)
	invalid(t, "key", h.a.SetSetting(h.ctx, "", "x"))
	invalid(t, "key", h.a.SetSetting(h.ctx, strings.Repeat("k", 101), "x"))
	invalid(t, "value", h.a.SetSetting(h.ctx, "k", strings.Repeat("v", 64<<10+1)))
	for i := len(before); i < tenant.MaxSettings; i++ {
		require.NoError(t, h.a.SetSetting(h.ctx, fmt.Sprint("more-", i), ""))
	}
	invalid(t, "settings", h.a.SetSetting(h.ctx, "one too many", ""))
	require.NoError(t, h.a.SetSetting(h.ctx, "more-150", "changed"), "what is there may change")
}

func settingsUnder(t *testing.T, h *house) {
	for _, key := range []string{"link_", "link_a", "link_\U0010FFFF", "links", "linj"} {
		require.NoError(t, h.a.SetSetting(h.ctx, key, key))
	}
	under, err := h.a.SettingsUnder(h.ctx, "link_")
	require.NoError(t, err)
	require.Len(t, under, 3)
	require.Equal(t, tenant.Setting{Key: "link_a", Value: "link_a", UpdatedAt: Clock}, under[1])
	under, err = h.b.SettingsUnder(h.ctx, "link_")
	require.NoError(t, err)
	require.Empty(t, under)
}

// A theme, a layout and the drop game are settings too, as they were in the old app.
func dropGame(t *testing.T, h *house) {
	c, err := h.a.DropGame(h.ctx)
	require.NoError(t, err)
	require.Contains(t, string(c.JSON), "gravity")
	standard := c.JSON
	require.NoError(t, h.a.SetDropGame(h.ctx, json.RawMessage(`{ "game": {} }`)))
	c, err = h.a.DropGame(h.ctx)
	require.NoError(t, err)
	require.Equal(t, `{"game":{}}`, string(c.JSON))
	require.NoError(t, h.a.DeleteSetting(h.ctx, "dropgame_config"))
	c, err = h.a.DropGame(h.ctx)
	require.NoError(t, err)
	require.Equal(t, string(standard), string(c.JSON))
	for _, key := range []string{"dropgame_config", "theme_config", "overlay_layout_config"} {
		var e *tenant.InvalidError
		require.ErrorAs(t, h.a.SetSetting(h.ctx, key, "{broken"), &e, key)
		require.NoError(t, h.a.SetSetting(h.ctx, key, `{"by":"setting"}`))
	}
	all, err := h.a.Settings(h.ctx)
	require.NoError(t, err)
	found := 0
	for _, s := range all {
		if s.Value == `{"by":"setting"}` {
			found++
		}
	}
	require.Equal(t, 3, found)
	for _, read := range []func() (tenant.Config, error){
		func() (tenant.Config, error) { return h.a.Theme(h.ctx) },
		func() (tenant.Config, error) { return h.a.DefaultLayout(h.ctx) },
		func() (tenant.Config, error) { return h.a.DropGame(h.ctx) },
	} {
		c, err := read()
		require.NoError(t, err)
		require.Equal(t, `{"by":"setting"}`, string(c.JSON))
	}
}

func theme(t *testing.T, h *house) {
	c, err := h.a.Theme(h.ctx)
	require.NoError(t, err)
	require.Contains(t, string(c.JSON), "brandColor", "there is a default")
	require.True(t, c.UpdatedAt.IsZero())
	require.NoError(t, h.a.SetTheme(h.ctx, json.RawMessage(`{"siteName":"A"}`)))
	c, err = h.a.Theme(h.ctx)
	require.NoError(t, err)
	require.Equal(t, tenant.Config{JSON: json.RawMessage(`{"siteName":"A"}`), UpdatedAt: Clock}, c)
	for name, bad := range map[string]string{
		"Empty": ``, "Text": `"x"`, "List": `[]`, "Null": `null`, "Broken": `{"a":`, "Two": `{}{}`, "NotUTF8": "{\"a\":\"\xff\"}",
		"Large": `{"a":"` + strings.Repeat("x", 64<<10) + `"}`,
	} {
		t.Run(name, func(t *testing.T) { invalid(t, "theme", h.a.SetTheme(h.ctx, json.RawMessage(bad))) })
	}
	again, err := h.a.Theme(h.ctx)
	require.NoError(t, err)
	require.Equal(t, c, again)
}

func tips(t *testing.T, h *house) {
	for _, old := range must(h.a.Tips(h.ctx, true))(t) {
		require.NoError(t, h.a.DeleteTip(h.ctx, old.ID))
	}
	var ids []tenant.TipID
	for _, text := range []string{"one", "two", "three"} {
		ids = append(ids, must(h.a.CreateTip(h.ctx, text, text != "two"))(t).ID)
	}
	contents := func(disabledToo bool) (all []string) {
		for _, tip := range must(h.a.Tips(h.ctx, disabledToo))(t) {
			all = append(all, tip.Content)
		}
		return all
	}
	require.Equal(t, []string{"one", "three"}, contents(false))
	require.NoError(t, h.a.OrderTips(h.ctx, []tenant.TipID{ids[2], ids[0]}))
	require.Equal(t, []string{"three", "one", "two"}, contents(true))
	require.ErrorIs(t, h.a.OrderTips(h.ctx, []tenant.TipID{ids[1], 7}), scope.ErrNotFound)
	require.Equal(t, []string{"three", "one", "two"}, contents(true), "nothing has changed")
	on, first := true, int64(-1)
	tip := must(h.a.UpdateTip(h.ctx, ids[1], tenant.TipChange{Content: text("TWO"), Enabled: &on, Order: &first}))(t)
	require.Equal(t, tenant.Tip{ID: ids[1], Content: "TWO", Enabled: true, Order: -1, CreatedAt: Clock, UpdatedAt: Clock}, tip)
	require.Equal(t, []string{"TWO", "three", "one"}, contents(false))
	_, err := h.a.UpdateTip(h.ctx, 7, tenant.TipChange{})
	require.ErrorIs(t, err, scope.ErrNotFound)
	_, err = h.a.UpdateTip(h.ctx, ids[0], tenant.TipChange{Content: text("")})
	invalid(t, "content", err)
	_, err = h.a.UpdateTip(h.ctx, ids[0], tenant.TipChange{Order: number(1 << 60)})
	invalid(t, "order", err)
	_, err = h.a.CreateTip(h.ctx, strings.Repeat("x", 501), true)
	invalid(t, "content", err)
	require.NoError(t, h.a.DeleteTip(h.ctx, ids[0]))
	require.ErrorIs(t, h.a.DeleteTip(h.ctx, ids[0]), scope.ErrNotFound)
	_, err = h.b.UpdateTip(h.ctx, ids[1], tenant.TipChange{Content: text("stolen")})
	require.ErrorIs(t, err, scope.ErrNotFound)
}

func goals(t *testing.T, h *house) {
	for _, old := range must(h.a.Goals(h.ctx, true))(t) {
		require.NoError(t, h.a.DeleteGoal(h.ctx, old.ID))
	}
	g := tenant.Goal{ID: "subs", Label: "Subscribers", Current: 3, Target: 50, Enabled: true, Order: 2}
	set := must(h.a.SetGoal(h.ctx, g))(t)
	g.UpdatedAt = Clock
	require.Equal(t, g, set)
	_ = must(h.a.SetGoal(h.ctx, tenant.Goal{ID: "hidden", Label: "Hidden", Target: 1}))(t)
	require.Equal(t, []tenant.Goal{g}, must(h.a.Goals(h.ctx, false))(t))
	require.Len(t, must(h.a.Goals(h.ctx, true))(t), 2)
	require.EqualValues(t, 5, must(h.a.AddToGoal(h.ctx, "subs", 2))(t).Current)
	_, err := h.a.AddToGoal(h.ctx, "subs", -6)
	require.ErrorIs(t, err, scope.ErrOutOfRange, "never below 0")
	_, err = h.a.AddToGoal(h.ctx, "subs", tenant.MaxPoints)
	require.ErrorIs(t, err, scope.ErrOutOfRange, "nor above the most")
	_, err = h.a.AddToGoal(h.ctx, "subs", tenant.MaxPoints+1)
	invalid(t, "by", err)
	require.EqualValues(t, 0, must(h.a.AddToGoal(h.ctx, "subs", -5))(t).Current)
	_, err = h.a.AddToGoal(h.ctx, "none", 1)
	require.ErrorIs(t, err, scope.ErrNotFound)
	g.Label = "Subs"
	require.Equal(t, "Subs", must(h.a.SetGoal(h.ctx, g))(t).Label)
	require.NoError(t, h.a.DeleteGoal(h.ctx, "subs"))
	require.ErrorIs(t, h.a.DeleteGoal(h.ctx, "subs"), scope.ErrNotFound)
}

func goalLimits(t *testing.T, h *house) {
	for field, g := range map[string]tenant.Goal{
		"id":      {ID: "No Spaces", Label: "x"},
		"label":   {ID: "x"},
		"current": {ID: "x", Label: "x", Current: -1},
		"target":  {ID: "x", Label: "x", Target: tenant.MaxPoints + 1},
		"order":   {ID: "x", Label: "x", Order: 1 << 50},
	} {
		t.Run(field, func(t *testing.T) {
			_, err := h.a.SetGoal(h.ctx, g)
			invalid(t, field, err)
		})
	}
	for i := len(must(h.a.Goals(h.ctx, true))(t)); i < tenant.MaxGoals; i++ {
		_ = must(h.a.SetGoal(h.ctx, tenant.Goal{ID: tenant.GoalID(fmt.Sprint("g", i)), Label: "x"}))(t)
	}
	_, err := h.a.SetGoal(h.ctx, tenant.Goal{ID: "more", Label: "x"})
	invalid(t, "goals", err)
}

// must is a result without its error.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		require.NoError(t, err)
		return v
	}
}
