package datastoretest_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/migrations"
	"streamvault/shard"
	"streamvault/test/datastoretest"
)

// TestSQLite runs the suite at every schema version that this program serves.
func TestSQLite(t *testing.T) {
	t.Parallel()
	for version := migrations.Tenant().Required; version <= migrations.Tenant().Newest(); version++ {
		t.Run(fmt.Sprintf("Version%d", version), func(t *testing.T) {
			t.Parallel()
			datastoretest.Test(t, func(t testing.TB, now func() time.Time) shard.DataStore {
				s, err := shard.Open(t.Context(), filepath.Join(t.TempDir(), "data"),
					shard.Options{Now: now, MaxOpen: 2, FleetVersion: version})
				require.NoError(t, err)
				t.Cleanup(func() {
					ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
					defer cancel()
					require.NoError(t, s.Close(ctx))
				})
				return s
			})
		})
	}
}
