package doctor

import (
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
)

func TestAHaltedJobsAdviceIsOfItsKind(t *testing.T) {
	t.Parallel()
	for kind, says := range map[string]string{
		"migrate":  "migrate resume 7 or migrate rollback 7",
		"plan":     "migrate jobs, then streamvault migrate resume 7.",
		"rollback": "migrate jobs, then streamvault migrate resume 7.",
		"backup":   "job list, then streamvault job resume 7 or job cancel 7",
		"drill":    "job list, then streamvault job resume 7 or job cancel 7",
	} {
		require.Contains(t, jobAdvice(registry.Job{ID: 7, Kind: kind}), says, kind)
	}
}
