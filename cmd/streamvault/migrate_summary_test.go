package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAJobOfTheFleetSaysHowItEnded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		job  job
		says string
	}{
		"Budget": {job{ID: 2, Kind: "migrate", State: "halted", Total: 4, Failed: 2, Detail: json.RawMessage(`{"maxFailures":0,"reason":"1 failed"}`)},
			"Job 2 is halted: 0 of 4 shards moved, 2 failed, 2 not begun. It halted by itself: --max-failures allows 0 to fail. What waits is as it was."},
		"Reason": {job{ID: 2, Kind: "migrate", State: "halted", Total: 4, Detail: json.RawMessage(`{"maxFailures":9,"reason":"disk full"}`)},
			"Job 2 is halted: 0 of 4 shards moved, 0 failed, 4 not begun. It halted by itself: disk full. What waits is as it was. To go on: streamvault migrate resume 2"},
		"Command": {job{ID: 2, Kind: "migrate", State: "halted", Total: 4, Detail: json.RawMessage(`{"maxFailures":9}`)},
			"Job 2 is halted: 0 of 4 shards moved, 0 failed, 4 not begun. To go on: streamvault migrate resume 2"},
		"DryRun": {job{ID: 6, Kind: "plan", State: "done", Total: 1, Done: 1, Detail: json.RawMessage(`{"of":2,"moved":1,"lost":3}`)},
			"Dry run (job 6): 1 shard would be rolled back, 0 would fail, and 3 commits made since would be lost. Nothing was changed."},
		"DryRunLosesNothing": {job{ID: 6, Kind: "plan", State: "done", Total: 2, Done: 2, Detail: json.RawMessage(`{"of":2,"moved":2}`)},
			"Dry run (job 6): 2 shards would be rolled back, 0 would fail, nothing that was written since would be lost. Nothing was changed."},
		"Done": {job{ID: 2, Kind: "migrate", State: "done", Total: 4, Done: 4}, "Job 2 is done: 4 of 4 shards moved, 0 failed."},
		"One":  {job{ID: 2, Kind: "migrate", State: "done", Total: 1, Done: 1}, "Job 2 is done: 1 of 1 shard moved, 0 failed."},
		"OneBack": {job{ID: 6, Kind: "rollback", State: "done", Total: 2, Done: 2, Detail: json.RawMessage(`{"of":2,"moved":1,"lost":1}`)},
			"Job 6 is done: 1 shard moved, 0 failed, 1 commit lost."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.says, c.job.summary("moved"))
		})
	}
}
