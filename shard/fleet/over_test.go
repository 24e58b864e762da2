package fleet_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
	"streamvault/shard/fleet"
)

func TestWhatAJobThatIsDoneLeavesToDo(t *testing.T) {
	t.Parallel()
	of := func(kind string, o fleet.Orders) registry.Job {
		body, err := json.Marshal(o)
		require.NoError(t, err)
		return registry.Job{Kind: kind, Detail: body}
	}
	all, alice, bob := of(fleet.KindMigrate, fleet.Orders{To: 2}), of(fleet.KindMigrate, fleet.Orders{To: 2, Only: "alice"}), of(fleet.KindMigrate, fleet.Orders{Only: "bob"})
	back, other := of(fleet.KindRollBack, fleet.Orders{Of: 3}), of(fleet.KindRollBack, fleet.Orders{Of: 4})
	plan, planBack := of(fleet.KindPlan, fleet.Orders{To: 2}), of(fleet.KindPlan, fleet.Orders{Of: 3})
	backup := of("backup", fleet.Orders{})
	for _, c := range []struct {
		done, earlier registry.Job
		over          bool
	}{
		{all, all, true}, {all, alice, true}, {alice, alice, true}, {alice, all, false}, {alice, bob, false},
		{all, back, true}, {alice, back, false}, {back, back, true}, {back, other, false}, {back, all, false},
		{plan, planBack, true}, {planBack, plan, true}, {plan, all, false}, {all, plan, false}, {all, backup, false}, {backup, backup, false},
		{all, registry.Job{Kind: fleet.KindMigrate}, false},
	} {
		require.Equal(t, c.over, fleet.Over(c.done, c.earlier), "%+v", c)
	}
}
