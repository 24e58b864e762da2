package hostile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/migrations/restore"
	"streamvault/shard"
	"streamvault/shard/backup"
)

// mutated changes a file a little, or a lot, and nearly always where it matters.
func mutated(r *rand.Rand, good []byte) []byte {
	bad, size := bytes.Clone(good), int(pageSize(good))
	somePage := func() []byte { n := r.IntN(len(bad) / size); return bad[n*size : (n+1)*size] }
	for range 1 + r.IntN(4) {
		switch r.IntN(8) {
		case 0: // a bit anywhere
			bad[r.IntN(len(bad))] ^= 1 << r.IntN(8)
		case 1: // the header
			bad[r.IntN(100)] = byte(r.Uint32())
		case 2: // the head of a page, its cell pointers
			somePage()[r.IntN(40)] = byte(r.Uint32())
		case 3: // a page for another
			copy(somePage(), somePage())
		case 4: // a number of a page
			copy(somePage()[r.IntN(size-4):], word(uint32(r.IntN(len(bad)/size+2))))
		case 5: // a run of bytes
			p := somePage()
			at := r.IntN(size - 16)
			copy(p[at:at+1+r.IntN(15)], random(16))
		case 6: // a large number
			copy(somePage()[r.IntN(size-8):], bytes.Repeat([]byte{0xff}, 1+r.IntN(8)))
		case 7: // the schema's own words
			bad[100+r.IntN(4*size)] = byte(32 + r.IntN(90))
		}
	}
	if r.IntN(20) == 0 {
		bad = bad[:r.IntN(len(bad))]
	}
	return bad
}

// A changed file is refused, or holds just what it held before. Its manifest says that of one
// that has one, even where somebody has set the sum of its bytes right; of any other the gate
// at least makes a sound file, and nothing crashes.
func TestMutations(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	seed := uint64(os.Getpid())
	if text := os.Getenv("STREAMVAULT_SEED"); text != "" {
		_, err := fmt.Sscan(text, &seed)
		require.NoError(t, err)
	}
	t.Logf("STREAMVAULT_SEED=%d", seed)
	n := 60
	if *long {
		n = 3000
	}
	r := rand.New(rand.NewPCG(seed, 0))
	rows, err := s.Backups(t.Context(), s.alice.ID, 0, 1)
	require.NoError(t, err)
	m, err := backup.DecodeManifest(rows[0].Manifest)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "bad.db")
	taken, vouched := 0, 0
	for i := range n {
		bad := mutated(r, s.good)
		done, err := s.offer(t, bad, true)
		require.True(t, err == nil || refused(err), "mutation %d: %v", i, err)
		if err != nil {
			continue
		}
		taken++
		require.Equal(t, done.From.Content.Digest(restore.SignedIn...), done.Becomes.Digest(), "mutation %d", i)
		if s.vouchedFor(t, m, path, bad) {
			vouched++
			require.Equal(t, s.digest, done.Becomes.Digest(), "mutation %d", i)
		}
	}
	t.Logf("%d of %d were taken, %d of them for what they were", taken, n, vouched)
	digest, _ := s.now(t)
	require.Equal(t, s.digest, digest)
	s.memory(t)
	s.nothingLeft(t)
}

// vouchedFor verifies a changed file with the manifest of what it was.
func (s *stand) vouchedFor(t *testing.T, m backup.Manifest, path string, bad []byte) bool {
	t.Helper()
	sum := sha256.Sum256(bad)
	m.SHA256, m.Bytes, m.PlainBytes = hex.EncodeToString(sum[:]), int64(len(bad)), int64(len(bad))
	manifest, err := m.Encode()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, bad, 0o600))
	require.NoError(t, os.WriteFile(path+".json", manifest, 0o600))
	_, err = s.VerifyBackup(t.Context(), shard.Source{File: path}, "test")
	require.True(t, err == nil || refused(err), "%v", err)
	return err == nil
}

// One bit, anywhere in a backup on record, is found.
func TestEveryFlippedBitOfABackupIsFound(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	made, err := s.CreateBackup(t.Context(), shard.BackupRequest{Streamer: s.alice.ID, Compress: true, Encrypt: true})
	require.NoError(t, err)
	good, err := os.ReadFile(s.BackupPath(made))
	require.NoError(t, err)
	n := 40
	if *long {
		n = 1000
	}
	for range n {
		bad := bytes.Clone(good)
		at := rand.IntN(len(bad))
		bad[at] ^= 1 << rand.IntN(8)
		require.NoError(t, os.WriteFile(s.BackupPath(made), bad, 0o600))
		_, err := s.VerifyBackup(t.Context(), shard.Source{Backup: made.ID}, "test")
		require.ErrorIs(t, err, backup.ErrDamaged, "byte %d", at)
	}
	require.NoError(t, os.WriteFile(s.BackupPath(made), good, 0o600))
	_, err = s.VerifyBackup(t.Context(), shard.Source{Backup: made.ID}, "test")
	require.NoError(t, err)
}
