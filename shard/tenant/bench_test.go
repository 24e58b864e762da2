package tenant_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/migrations"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// one lends the same open file to everyone.
type one struct{ *scope.File }

func (o one) Borrow(context.Context, scope.StreamerID) (scope.Loan, error) { return o, nil }
func (o one) Handle() *scope.File                                          { return o.File }
func (o one) Release()                                                     {}

// channel is a streamer with many viewers, each with points of both kinds.
func channel(b *testing.B, viewers int) *tenant.Store {
	b.Helper()
	id := migrations.Identity{Streamer: 1, UUID: "00000000-0000-4000-8000-000000000001", Generation: 1}
	image, err := migrations.Tenant().Image(&id, 0, time.UnixMilli(1), nil)
	require.NoError(b, err)
	path := filepath.Join(b.TempDir(), "shard.db")
	require.NoError(b, os.WriteFile(path, image, 0o600))
	fill(b, path, id, viewers)
	f, err := scope.Open(b.Context(), path, id, scope.Options{})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, f.Close()) })
	return tenant.New(scope.Bind(one{f}, 1), time.Now, nil)
}

func fill(b *testing.B, path string, id migrations.Identity, viewers int) {
	b.Helper()
	file, err := migrations.Open(b.Context(), path, migrations.Tenant(), &id, migrations.Options{})
	require.NoError(b, err)
	c := file.Writer()
	require.NoError(b, c.Run(fmt.Sprintf(`BEGIN;
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		INSERT INTO users (streamer_id, username, username_key, created_at, updated_at)
		SELECT 1, 'Viewer_' || i, 'viewer_' || i, 1, 1 FROM n;
		INSERT INTO user_points (streamer_id, user_id, channel_points, drop_points, updated_at)
		SELECT 1, id, id * 7919 %% 100003, id * 31 %% 997, 1 FROM users;
		COMMIT; PRAGMA wal_checkpoint(TRUNCATE)`, viewers)))
	require.NoError(b, c.Close())
}

// BenchmarkLeaderboard compares a channel of 200,000 viewers with one of 200, in turns.
func BenchmarkLeaderboard(b *testing.B) {
	small, large := channel(b, 200), channel(b, 200_000)
	took := map[*tenant.Store]time.Duration{}
	for b.Loop() {
		for _, s := range []*tenant.Store{small, large} {
			start := time.Now()
			ranks, err := s.Leaderboard(b.Context(), 50)
			took[s] += time.Since(start)
			require.NoError(b, err)
			require.Len(b, ranks, 50)
		}
	}
	b.ReportMetric(float64(took[small])/float64(took[large]), "rate-200k/200")
}

// BenchmarkUserByName is a viewer read through everything but the pool.
func BenchmarkUserByName(b *testing.B) {
	s := channel(b, 20_000)
	for i := 0; b.Loop(); i++ {
		_, err := s.UserByName(b.Context(), fmt.Sprintf("viewer_%d", 1+i*7919%20_000))
		require.NoError(b, err)
	}
}

// BenchmarkAddPoints is one durable commit an operation, alone.
func BenchmarkAddPoints(b *testing.B) {
	s := channel(b, 200)
	for i := 0; b.Loop(); i++ {
		_, err := s.AddPoints(b.Context(), fmt.Sprintf("viewer_%d", 1+i%200), tenant.Award{Amount: 25, Source: "chat"})
		require.NoError(b, err)
	}
}
