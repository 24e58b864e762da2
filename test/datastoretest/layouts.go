package datastoretest

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

var (
	wide = json.RawMessage(`{"width":1920}`)
	tall = json.RawMessage(`{"width":1080}`)
)

// layouts: where there are any, exactly one is the default, whatever is done.
func layouts(t *testing.T, h *house) {
	for _, l := range must(h.a.Layouts(h.ctx))(t) {
		require.NoError(t, h.a.DeleteLayout(h.ctx, l.ID))
	}
	require.Contains(t, string(must(h.a.DefaultLayout(h.ctx))(t).JSON), "grid", "there is one built in")
	one := must(h.a.CreateLayout(h.ctx, tenant.NewLayout{Name: "one", JSON: wide}))(t)
	require.True(t, one.Default, "the first is the default whatever it says")
	require.Equal(t, one, must(h.a.Layout(h.ctx, one.ID))(t))
	two := must(h.a.CreateLayout(h.ctx, tenant.NewLayout{Name: "two", JSON: tall}))(t)
	three := must(h.a.CreateLayout(h.ctx, tenant.NewLayout{Name: "three", JSON: tall, Default: true}))(t)
	h.onlyDefault(t, three.ID)
	_ = must(h.a.UpdateLayout(h.ctx, two.ID, tenant.LayoutChange{MakeDefault: true}))(t)
	h.onlyDefault(t, two.ID)
	_ = must(h.a.UpdateLayout(h.ctx, two.ID, tenant.LayoutChange{Name: text("deux")}))(t)
	h.onlyDefault(t, two.ID)
	require.NoError(t, h.a.SetDefaultLayout(h.ctx, wide))
	two = must(h.a.Layout(h.ctx, two.ID))(t)
	require.Equal(t, "deux", two.Name)
	require.Equal(t, string(wide), string(two.JSON))
	require.NoError(t, h.a.DeleteLayout(h.ctx, three.ID))
	h.onlyDefault(t, two.ID)
	require.NoError(t, h.a.DeleteLayout(h.ctx, two.ID))
	h.onlyDefault(t, one.ID)
	require.NoError(t, h.a.DeleteLayout(h.ctx, one.ID))
	require.NoError(t, h.a.SetDefaultLayout(h.ctx, tall), "where there is none, it is made")
	require.Equal(t, string(tall), string(must(h.a.DefaultLayout(h.ctx))(t).JSON))
}

func (h *house) onlyDefault(t *testing.T, id tenant.LayoutID) {
	t.Helper()
	var defaults []tenant.LayoutID
	for _, l := range must(h.a.Layouts(h.ctx))(t) {
		if l.Default {
			defaults = append(defaults, l.ID)
		}
	}
	require.Equal(t, []tenant.LayoutID{id}, defaults)
}

func layoutLimits(t *testing.T, h *house) {
	have := len(must(h.a.Layouts(h.ctx))(t))
	one := must(h.a.CreateLayout(h.ctx, tenant.NewLayout{Name: "one", JSON: wide}))(t)
	_, err := h.a.CreateLayout(h.ctx, tenant.NewLayout{Name: "one", JSON: wide})
	require.ErrorIs(t, err, scope.ErrConflict)
	_, err = h.a.CreateLayout(h.ctx, tenant.NewLayout{JSON: wide})
	invalid(t, "name", err)
	_, err = h.a.CreateLayout(h.ctx, tenant.NewLayout{Name: "x", JSON: json.RawMessage(`7`)})
	invalid(t, "layout", err)
	_, err = h.a.UpdateLayout(h.ctx, one.ID, tenant.LayoutChange{JSON: json.RawMessage(`7`)})
	invalid(t, "layout", err)
	_, err = h.a.UpdateLayout(h.ctx, 7, tenant.LayoutChange{})
	require.ErrorIs(t, err, scope.ErrNotFound)
	require.ErrorIs(t, h.a.DeleteLayout(h.ctx, 7), scope.ErrNotFound)
	_, err = h.b.Layout(h.ctx, one.ID)
	require.ErrorIs(t, err, scope.ErrNotFound, "an id of one streamer never resolves in another's file")
	for i := have + 1; i < tenant.MaxLayouts; i++ {
		_ = must(h.a.CreateLayout(h.ctx, tenant.NewLayout{Name: fmt.Sprint("more ", i), JSON: wide}))(t)
	}
	_, err = h.a.CreateLayout(h.ctx, tenant.NewLayout{Name: "one too many", JSON: wide})
	invalid(t, "layouts", err)
}
