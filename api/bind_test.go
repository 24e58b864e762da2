package api

import "testing"

// What is one of a list is not nothing: who leaves a choice open leaves the parameter away.
func TestAnEmptyChoiceIsNone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, path := range []string{"/api/streamers?state=", "/api/audit?order=", "/api/doctor?deep=", "/api/streamers/alice/export?format=", "/alice/api/admin/export?format="} {
		h.ask("GET", path, h.adminKey, "").problem(400, "invalid_request")
	}
	h.ask("POST", "/alice/api/restore?dryRun=", h.aliceKey, `{"backup":1}`).problem(400, "invalid_request")
}
