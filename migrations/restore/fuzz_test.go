package restore

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever bytes there are: a refusal, or a file of which another is built with the same
// content.
func FuzzCheck(f *testing.F) {
	good, err := os.ReadFile(tenantFile(f, someone(3), 0, 2))
	require.NoError(f, err)
	f.Add(good)
	f.Add(good[:1024])
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, body []byte) {
		dir := t.TempDir()
		path := filepath.Join(dir, "in.db")
		require.NoError(t, os.WriteFile(path, body, 0o600))
		facts, err := Check(t.Context(), path, Expected{})
		if err != nil {
			require.ErrorIs(t, err, ErrRefused)
			var refused *RefusedError
			require.True(t, errors.As(err, &refused))
			require.NotEmpty(t, refused.Why)
			return
		}
		built, err := Build(t.Context(), Work{From: path, Path: filepath.Join(dir, "out.db"), Identity: someone(9), Channel: "x", Now: day}, facts)
		require.NoError(t, err)
		require.Equal(t, facts.Content.Digest(), built.Content.Digest())
	})
}
