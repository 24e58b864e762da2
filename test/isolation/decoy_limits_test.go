package isolation

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/shard"
	"streamvault/shard/tenant"
)

// limits are of what a streamer may have only so many: how many he has, how to make one, and
// whether one whose name another streamer's row has is no new one.
var limits = map[string]struct {
	most int
	have func(context.Context, shard.TenantStore) (int, error)
	add  func(ctx context.Context, s shard.TenantStore, name string) error
}{
	"Powerups": {tenant.MaxPowerups, func(ctx context.Context, s shard.TenantStore) (int, error) {
		all, err := s.Powerups(ctx, true)
		return len(all), err
	}, func(ctx context.Context, s shard.TenantStore, name string) error {
		return s.SetPowerup(ctx, tenant.Powerup{ID: tenant.PowerupID(name), Name: "own"})
	}},
	"Goals": {tenant.MaxGoals, func(ctx context.Context, s shard.TenantStore) (int, error) {
		all, err := s.Goals(ctx, true)
		return len(all), err
	}, func(ctx context.Context, s shard.TenantStore, name string) error {
		_, err := s.SetGoal(ctx, tenant.Goal{ID: tenant.GoalID(name), Label: "own"})
		return err
	}},
	"Settings": {tenant.MaxSettings, func(ctx context.Context, s shard.TenantStore) (int, error) {
		all, err := s.Settings(ctx)
		all = slices.DeleteFunc(all, func(x tenant.Setting) bool { return x.Key == "overlay_layout_config" || x.Key == "theme_config" })
		return len(all), err // what stands for a layout or the theme is none
	}, func(ctx context.Context, s shard.TenantStore, name string) error {
		return s.SetSetting(ctx, name, "own")
	}},
	"Layouts": {tenant.MaxLayouts, func(ctx context.Context, s shard.TenantStore) (int, error) {
		all, err := s.Layouts(ctx)
		return len(all), err
	}, func(ctx context.Context, s shard.TenantStore, name string) error {
		_, err := s.CreateLayout(ctx, tenant.NewLayout{Name: name, JSON: emptyObject})
		return err
	}},
	"Tips": {tenant.MaxTips, func(ctx context.Context, s shard.TenantStore) (int, error) {
		all, err := s.Tips(ctx, true)
		return len(all), err
	}, func(ctx context.Context, s shard.TenantStore, name string) error {
		_, err := s.CreateTip(ctx, name, true)
		return err
	}},
}

// Another streamer's rows do not count against a limit, and do not open it.
func TestPlantedRowsDoNotCount(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir)
	createStreamer(t, s, "victim")
	alice := createStreamer(t, s, "alice")
	path := s.ShardPath(alice)
	closeStore(t, s)
	planted := plant(t, path)
	s = openStore(t, dir)
	a := s.Tenant(alice.ID)
	for name, l := range limits {
		t.Run(name, func(t *testing.T) {
			have, err := l.have(t.Context(), a)
			require.NoError(t, err)
			for i := have; i < l.most; i++ {
				require.NoError(t, l.add(t.Context(), a, fmt.Sprint("own-", i)), "the planted row was counted")
			}
			var full *tenant.InvalidError
			require.ErrorAs(t, l.add(t.Context(), a, canary), &full, "the planted row passed for one that is there")
			have, err = l.have(t.Context(), a)
			require.NoError(t, err)
			require.Equal(t, l.most, have)
		})
	}
	closeStore(t, s)
	require.Equal(t, planted, foreignRows(t, path))
}
