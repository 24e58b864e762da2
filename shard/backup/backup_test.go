package backup

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func random(t testing.TB, n int) []byte {
	t.Helper()
	b := make([]byte, n)
	_, err := rand.Read(b)
	require.NoError(t, err)
	return b
}

// encoded makes a file of a body and returns its bytes.
func encoded(t testing.TB, body []byte, packed, sealed bool, key []byte) ([]byte, Manifest) {
	t.Helper()
	from, to := filepath.Join(t.TempDir(), "from"), filepath.Join(t.TempDir(), "to")
	require.NoError(t, os.WriteFile(from, body, 0o600))
	m := Manifest{StreamerID: 7, Packed: packed, Sealed: sealed}
	require.NoError(t, Encode(t.Context(), from, to, &m, key))
	if !packed && !sealed {
		to = from
	}
	kept, err := os.ReadFile(to)
	require.NoError(t, err)
	return kept, m
}

func decoded(t testing.TB, kept []byte, m Manifest, key []byte) ([]byte, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "plain")
	if err := Decode(t.Context(), bytes.NewReader(kept), &m, key, path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

var forms = map[string]struct{ packed, sealed bool }{
	"Plain": {}, "Packed": {packed: true}, "Sealed": {sealed: true}, "PackedAndSealed": {true, true},
}

func TestEveryFormComesBack(t *testing.T) {
	t.Parallel()
	key := random(t, 32)
	for name, form := range forms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := append(random(t, 200_000), make([]byte, 300_000)...)
			kept, m := encoded(t, body, form.packed, form.sealed, key)
			require.Equal(t, int64(len(kept)), m.Bytes)
			require.Equal(t, int64(len(body)), m.PlainBytes)
			back, err := decoded(t, kept, m, key)
			require.NoError(t, err)
			require.True(t, bytes.Equal(body, back))
			require.Equal(t, form.packed, len(kept) < len(body)/2)
			require.Equal(t, form.sealed, form.sealed && !bytes.Contains(kept, body[:64]))
		})
	}
}

// One bit is enough, wherever it is; so is a byte less or more.
func TestEveryChangedByteIsFound(t *testing.T) {
	t.Parallel()
	key := random(t, 32)
	for name, form := range forms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kept, m := encoded(t, append(random(t, 3000), make([]byte, 3000)...), form.packed, form.sealed, key)
			for i := 0; i < len(kept); i += 7 {
				bad := bytes.Clone(kept)
				bad[i] ^= 1 << (i % 8)
				_, err := decoded(t, bad, m, key)
				require.ErrorIs(t, err, ErrDamaged, "byte %d", i)
			}
			for _, bad := range [][]byte{nil, kept[:len(kept)-1], kept[:len(kept)/2], append(bytes.Clone(kept), 0)} {
				_, err := decoded(t, bad, m, key)
				require.ErrorIs(t, err, ErrDamaged)
			}
		})
	}
}

func TestASealedBackupOpensUnderItsKeyOnly(t *testing.T) {
	t.Parallel()
	kept, m := encoded(t, random(t, 1000), true, true, random(t, 32))
	_, err := decoded(t, kept, m, random(t, 32))
	require.ErrorIs(t, err, ErrDamaged)
}

// A small file that unpacks to a large one is stopped at what its manifest says.
func TestNoMoreIsUnpackedThanWasPromised(t *testing.T) {
	t.Parallel()
	kept, m := encoded(t, make([]byte, 50<<20), true, false, nil)
	m.PlainBytes = 1000
	path := filepath.Join(t.TempDir(), "plain")
	require.ErrorIs(t, Decode(t.Context(), bytes.NewReader(kept), &m, nil, path), ErrDamaged)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Less(t, info.Size(), int64(2000))
}

func TestALocalTargetKeepsFiles(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "backups")
	var l Target = NewLocal(dir)
	put := func(name, body string) error {
		from := filepath.Join(t.TempDir(), "from")
		require.NoError(t, os.WriteFile(from, []byte(body), 0o600))
		return l.Put(t.Context(), name, from)
	}
	a, b := FileName(7, time.Unix(0, 0), false, false), FileName(8, time.Unix(0, 0), true, true)
	require.NoError(t, put(a, "a"))
	require.NoError(t, put(b, "b"))
	require.ErrorIs(t, put(a, "again"), os.ErrExist)
	require.Error(t, put("../outside", "x"))
	require.NoFileExists(t, filepath.Join(dir, "..", "outside"))
	file, err := l.Get(t.Context(), a)
	require.NoError(t, err)
	body, err := io.ReadAll(file)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	require.Equal(t, "a", string(body))
	var names []string
	require.NoError(t, l.List(t.Context(), "0000000007/", func(o Object) error { names = append(names, o.Name); return nil }))
	require.Equal(t, []string{a}, names)
	require.NoError(t, l.Delete(t.Context(), a))
	require.NoError(t, l.Delete(t.Context(), a), "one that is gone is no error")
	_, err = l.Get(t.Context(), a)
	require.ErrorIs(t, err, ErrNotFound)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, l.Put(ended, a, "x"), context.Canceled)
}

func TestAManifestIsReadStrictly(t *testing.T) {
	t.Parallel()
	_, m := encoded(t, random(t, 10), false, false, nil)
	body, err := m.Encode()
	require.NoError(t, err)
	back, err := DecodeManifest(body)
	require.NoError(t, err)
	require.Equal(t, m, back)
	for _, bad := range []string{"", "{}", "null", "[]", `{"format":"other"}`, string(body[:len(body)/2])} {
		_, err := DecodeManifest([]byte(bad))
		require.ErrorIs(t, err, ErrManifest, bad)
	}
}
