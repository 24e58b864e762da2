package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Whoever was cut off and says the same again is done: nothing that was halted waits for him.
func TestTheSameAgainAfterAKillIsAllThereIsToDo(t *testing.T) {
	t.Parallel()
	h, _ := fleetHome(t, 24)
	up := int64(0)
	for _, args := range [][]string{
		{"migrate", "plan"}, {"migrate", "up", "--workers", "1"}, {"migrate", "rollback"}, {"migrate", "up"},
		{"backup", "create", "--all", "--workers", "1"}, {"backup", "drill", "--sample", "24"},
	} {
		if args[1] == "rollback" {
			args = append(args, fmt.Sprint(up), "--workers", "1")
		}
		halted := false
		last := h.lastJob().ID
		for wait := 40 * time.Millisecond; wait < 2*time.Second && h.lastJob().ID == last; wait = wait * 5 / 4 {
			h.killCommandAfter(wait, args...)
			halted = h.lastJob().State == "halted"
		}
		o := h.Run(args...)
		require.Zero(t, o.Code, "%v: %s", args, o.Stderr)
		if j := h.lastJob(); args[1] == "up" {
			up = j.ID
		}
		o = h.Run("doctor", "--deep")
		require.Zero(t, o.Code, "%v, cut off: %v: %s", args, halted, o.Stdout)
		t.Logf("%v: cut off: %v", args[:2], halted)
	}
}

// lastJob is the newest job of any kind.
func (h home) lastJob() (j fleetJob) {
	h.Helper()
	var all struct{ Items []fleetJob }
	h.JSON(&all, "job", "list")
	if len(all.Items) > 0 {
		j = all.Items[0]
	}
	return j
}
