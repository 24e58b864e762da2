package legacy

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/test/fixtures"
)

func realDatabases(t *testing.T) []string {
	return append(fixtures.Names(t, "legacy/*.db"), "contract/start.db")
}

// Every real database comes over with all of its rows, and its balances.
func TestRealDatabases(t *testing.T) {
	t.Parallel()
	for _, name := range realDatabases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			truth := fixtures.TruthOf(t, name)
			from := fixtures.Copy(t, name)
			before := listing(t, from)
			r := imported(t, from)
			require.Equal(t, before, listing(t, from), "the source and its directory are as they were")

			require.Len(t, r.Tables, len(truth.Tables))
			for table, want := range truth.Tables {
				c := r.Tables[table]
				require.Equal(t, want.Rows, c.Source, table)
				require.Equal(t, want.Rows, c.Carried+c.Repaired+c.Skipped+c.Rejected, table)
			}
			for _, table := range []string{"users", "user_points", "point_transactions"} {
				require.Zero(t, r.Tables[table].Rejected, table)
				require.Zero(t, r.Tables[table].Skipped, table)
			}
			users, err := r.Int(`SELECT count(*) FROM users u JOIN user_points p ON p.user_id = u.id`)
			require.NoError(t, err)
			require.Equal(t, truth.Tables["users"].Rows, users)
			require.Equal(t, truth.Anomalies.WithoutPoints, r.note("points-row-created").Count)
			kept, err := r.Int(`SELECT count(*) FROM legacy_rejects`)
			require.NoError(t, err)
			var set int64
			for _, c := range r.Tables {
				set += c.Repaired + c.Rejected
			}
			require.Equal(t, set, kept)
			if !strings.Contains(name, "nasty") {
				for table, c := range r.Tables {
					require.Zero(t, c.Rejected, table)
				}
			}
		})
	}
}

// The sums and what was parked with odd rows make up the sums of the whole table.
func TestSumsOfRealDatabases(t *testing.T) {
	t.Parallel()
	for _, name := range realDatabases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			truth := fixtures.TruthOf(t, name)
			r := imported(t, fixtures.Copy(t, name))
			for column, got := range map[string]Sum{"channel_points": r.Sums.ChannelPoints,
				"drop_points": r.Sums.DropPoints, "total_drops": r.Sums.TotalDrops} {
				want := truth.Sum(t, "user_points", column) - r.parked(t, "user_points", column)
				require.Equal(t, Sum{want, want}, got, column)
			}
			want := truth.Sum(t, "point_transactions", "amount") - r.parked(t, "point_transactions", "amount")
			require.Equal(t, Sum{want, want}, r.Sums.Ledger)
		})
	}
}

func TestGenerationsOfRealDatabases(t *testing.T) {
	t.Parallel()
	for _, name := range realDatabases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := "G3"
			for _, g := range []string{"G1", "G2"} {
				if strings.HasPrefix(name, "legacy/"+strings.ToLower(g)) {
					want = g
				}
			}
			require.Equal(t, Generation(want), imported(t, fixtures.Copy(t, name)).Generation)
		})
	}
}

// A killed app leaves its newest viewers in the log.
func TestTheCrashedDatabaseWithItsLog(t *testing.T) {
	t.Parallel()
	whole := imported(t, fixtures.Copy(t, "legacy/g3-71b66b2-crashed-wal.db"))
	require.EqualValues(t, 274, whole.Tables["users"].Carried+whole.Tables["users"].Repaired)
	require.Zero(t, whole.note("no-wal").Count)
	half := imported(t, fixtures.Copy(t, "legacy/g3-71b66b2-crashed-WITHOUT-its-wal.db"))
	require.EqualValues(t, 267, half.Tables["users"].Source)
	require.EqualValues(t, 1, half.note("no-wal").Count)
}

// A log that lies beside another database than its own.
func TestTheLogOfAnotherRealDatabase(t *testing.T) {
	t.Parallel()
	log := fixtures.Copy(t, "legacy/g3-71b66b2-crashed-wal.db") + "-wal"
	for _, name := range realDatabases(t) {
		if strings.Contains(name, "crashed") || strings.Contains(name, "fresh") && strings.Contains(name, "g3") {
			continue // its own: the killed app had been started on the fresh one
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from := fixtures.Copy(t, name)
			copyFile(t, log, from+"-wal")
			before := listing(t, from)
			_, err := tryImport(t, from)
			require.ErrorIs(t, err, ErrRefused)
			require.Equal(t, before, listing(t, from))
		})
	}
}
