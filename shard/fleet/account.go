package fleet

import (
	"encoding/json"

	"streamvault/registry"
)

// Account is what became of one file, kept in the detail of its item.
type Account struct {
	From        int      `json:"from"` // version before; 0 while nobody has looked
	To          int      `json:"to"`   // version after
	Fingerprint string   `json:"fingerprint,omitempty"`
	Drift       []string `json:"drift,omitempty"` // from the expected schema, as a diff
	Ms          float64  `json:"ms"`
	Error       string   `json:"error,omitempty"`
	// Snapshot is the copy from before, below the data directory, and Commits how many
	// commits it has.
	Snapshot string `json:"snapshot,omitempty"`
	Commits  int64  `json:"commits,omitempty"`
	// Lost is how many commits going back to the snapshot has lost, or would lose.
	Lost int64 `json:"lost,omitempty"`
}

// AccountOf is the account of an item of this package's jobs.
func AccountOf(i registry.JobItem) (a Account) {
	_ = json.Unmarshal(i.Detail, &a) // it is ours, and empty before anything happened
	return a
}

// moved says that the file may be elsewhere than before its job: it is, or a crash came
// before anybody could tell.
func moved(i registry.JobItem) bool {
	a := AccountOf(i)
	switch i.State {
	case registry.ItemDone, registry.ItemFailed:
		return a.From != 0 && a.To != 0 && a.From != a.To
	case registry.ItemWaiting, registry.ItemRunning:
		return a.From != 0
	}
	return false
}
