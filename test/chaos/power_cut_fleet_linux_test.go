package chaos

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// The power goes while the fleet moves up, or back, beside load. Every file is whole at one version
// or the other with all that was acknowledged, and what was cut off is resumed to its end.
func TestPowerCutsDuringAMigrationLeaveWholeFiles(t *testing.T) {
	t.Parallel()
	p := newPoweredAt(t, 1)
	for i := range 40 {
		require.NoError(t, p.found(p.home.Control(), fmt.Sprintf("quiet%d", i)))
	}
	key, cutOff := p.home.AdminKey(), 0
	for range times(8, 40) {
		if p.move(key) == "resume" {
			cutOff++
		}
		p.cut(func() {}).holds(t)
	}
	id := p.newestJob(key).ID
	if p.newestJob(key).State != "done" {
		p.move(key)
	}
	r := p.server.Must("GET", fmt.Sprintf("/api/migrations/%d", id), key, "") // until its end
	require.Contains(t, r.Body, `"state":"done"`)
	require.Zero(t, p.server.Term(), p.server.Stderr.Warnings())
	o := p.home.Run("doctor", "--deep")
	require.Zero(t, o.Code, o.Stdout)
	t.Logf("%d moves were cut off", cutOff)
}

// fleetJob is a migration of the fleet or its way back.
type fleetJob struct {
	ID          int64
	Kind, State string
}

func (p *powered) newestJob(key string) (j fleetJob) {
	p.Helper()
	r := p.server.Must("GET", "/api/jobs?limit=1", key, "")
	require.Equal(p, 200, r.Status, r.Body)
	var page struct{ Items []fleetJob }
	decode(p, r.Body, &page)
	if len(page.Items) > 0 {
		j = page.Items[0]
	}
	return j
}

// move resumes what was cut off; otherwise the fleet moves up, or back when it is up.
func (p *powered) move(key string) string {
	p.Helper()
	last := p.newestJob(key)
	path, body, what := "/api/migrations", `{"action":"up","canary":1}`, "up"
	switch {
	case last.State == "halted" || last.State == "failed":
		path, body, what = fmt.Sprintf("/api/migrations/%d/resume", last.ID), "", "resume"
	case last.Kind == "migrate":
		path, body, what = fmt.Sprintf("/api/migrations/%d/rollback", last.ID), `{}`, "rollback"
	}
	r := p.server.Must("POST", path, key, body)
	require.Equal(p, 202, r.Status, "%s: %s", what, r.Body)
	return what
}
