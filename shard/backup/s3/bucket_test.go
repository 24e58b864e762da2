package s3

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/shard/backup"
	"streamvault/test/versity"
)

// bucket is one below a prefix in a fresh store. Its parts are the smallest that S3 takes.
func bucket(t *testing.T) (*Bucket, versity.Server) {
	t.Helper()
	server := versity.Start(t)
	p, err := ParsePlace("s3://"+server.Bucket+"/fleet/one", server.Endpoint, "")
	require.NoError(t, err)
	b, err := New(p, Keys{ID: server.ID, Secret: server.Secret})
	require.NoError(t, err)
	b.partBytes = 5 << 20
	require.NoError(t, b.Check(t.Context()))
	return b, server
}

func content(t *testing.T, size int) []byte {
	t.Helper()
	b := make([]byte, size)
	_, err := rand.Read(b)
	require.NoError(t, err)
	return b
}

func read(t *testing.T, b *Bucket, name string) []byte {
	t.Helper()
	r, err := b.Get(t.Context(), name)
	require.NoError(t, err)
	body, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	return body
}

func names(t *testing.T, b *Bucket, prefix string) (all []string) {
	t.Helper()
	require.NoError(t, b.List(t.Context(), prefix, func(o backup.Object) error {
		require.Positive(t, o.Bytes)
		require.False(t, o.ModifiedAt.IsZero())
		all = append(all, o.Name)
		return nil
	}))
	return all
}

func TestObjectsComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	b, server := bucket(t)
	sizes := map[string]int{"1/a.db": 1, "1/b.db": 4 << 10, "2/large.db": 12<<20 + 7, "2/whole parts.db": 10 << 20}
	bodies := map[string][]byte{}
	for name, size := range sizes {
		bodies[name] = content(t, size)
		// A plain reader, as a backup that is packed on the way is.
		require.NoError(t, b.put(t.Context(), name, int64(size), io.MultiReader(bytes.NewReader(bodies[name]))))
	}
	for name, body := range bodies {
		require.True(t, bytes.Equal(body, read(t, b, name)), name)
	}
	require.Equal(t, []string{"1/a.db", "1/b.db", "2/large.db", "2/whole parts.db"}, names(t, b, ""))
	require.Equal(t, []string{"2/large.db", "2/whole parts.db"}, names(t, b, "2/"))
	require.FileExists(t, filepath.Join(server.Root, server.Bucket, "fleet", "one", "1", "a.db"))
	file := filepath.Join(t.TempDir(), "new.db")
	require.NoError(t, os.WriteFile(file, []byte("new"), 0o600))
	require.NoError(t, b.Put(t.Context(), "1/a.db", file))
	require.Equal(t, "new", string(read(t, b, "1/a.db")))
	require.NoError(t, b.Delete(t.Context(), "1/a.db"))
	require.NoError(t, b.Delete(t.Context(), "1/a.db"), "gone is gone")
	_, err := b.Get(t.Context(), "1/a.db")
	require.ErrorIs(t, err, backup.ErrNotFound)
	require.Equal(t, []string{"1/b.db"}, names(t, b, "1/"))
}

// What fails on the way leaves nothing that could be taken for a backup.
func TestAnObjectIsWholeOrNotThere(t *testing.T) {
	t.Parallel()
	b, _ := bucket(t)
	for _, size := range []int{1000, 12 << 20} {
		short := io.MultiReader(bytes.NewReader(content(t, size-1)))
		require.Error(t, b.put(t.Context(), "x.db", int64(size), short), "it ends early")
		broken := io.MultiReader(bytes.NewReader(content(t, size/2)), failing{})
		require.ErrorIs(t, b.put(t.Context(), "x.db", int64(size), broken), errBroken)
		ctx, cancel := context.WithCancel(t.Context())
		stopped := io.MultiReader(bytes.NewReader(content(t, size/2)), after{cancel}, failing{})
		require.Error(t, b.put(ctx, "x.db", int64(size), stopped))
		_, err := b.Get(t.Context(), "x.db")
		require.ErrorIs(t, err, backup.ErrNotFound)
		require.Empty(t, names(t, b, ""))
	}
	body := content(t, 12<<20)
	require.NoError(t, b.put(t.Context(), "x.db", int64(len(body)), bytes.NewReader(body)), "and it is not in the way")
	require.True(t, bytes.Equal(body, read(t, b, "x.db")))
}

var errBroken = errors.New("the disk is broken")

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errBroken }

// after does something when reading comes to it.
type after struct{ do func() }

func (a after) Read([]byte) (int, error) { a.do(); return 0, io.EOF }

func TestARefusalSaysWhereAndNoKey(t *testing.T) {
	t.Parallel()
	b, server := bucket(t)
	place := func(address string, k Keys) *Bucket {
		p, err := ParsePlace(address, server.Endpoint, "")
		require.NoError(t, err)
		other, err := New(p, k)
		require.NoError(t, err)
		return other
	}
	wrong := "another secret of the test"
	err := place("s3://backups", Keys{ID: server.ID, Secret: wrong}).put(t.Context(), "x", 1, bytes.NewReader([]byte("x")))
	require.ErrorIs(t, err, ErrDenied)
	require.NotContains(t, err.Error(), wrong)
	require.NotContains(t, err.Error(), server.Secret)
	require.Contains(t, err.Error(), "s3://backups/x")
	err = place("s3://no-such-bucket", Keys{ID: server.ID, Secret: server.Secret}).Check(t.Context())
	require.ErrorContains(t, err, "there is no such bucket")
	for _, name := range []string{"", "/x", "../x", "a//b", "a/../b", "."} {
		require.Error(t, b.put(t.Context(), name, 1, bytes.NewReader([]byte("x"))), name)
		require.Error(t, b.Delete(t.Context(), name), name)
	}
	u, err := url.Parse(server.Endpoint)
	require.NoError(t, err)
	gone := place("s3://backups", Keys{ID: server.ID, Secret: server.Secret})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err = gone.Check(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, backup.ErrAway)
	require.ErrorContains(t, err, u.Host)
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]Place{
		"s3://bucket":          {Bucket: "bucket", Host: "s3.us-east-1.amazonaws.com", Secure: true, Region: "us-east-1", Amazon: true},
		"s3://my.bucket-1/a/b": {Bucket: "my.bucket-1", Prefix: "a/b/", Host: "s3.us-east-1.amazonaws.com", Secure: true, Region: "us-east-1", Amazon: true},
		"s3://bucket/a/":       {Bucket: "bucket", Prefix: "a/", Host: "s3.us-east-1.amazonaws.com", Secure: true, Region: "us-east-1", Amazon: true},
	} {
		got, err := ParsePlace(address, "", "")
		require.NoError(t, err, address)
		require.Equal(t, want, got, address)
	}
	p, err := ParsePlace("s3://bucket", "http://127.0.0.1:7070/", "eu-central-1")
	require.NoError(t, err)
	require.Equal(t, Place{Bucket: "bucket", Host: "127.0.0.1:7070", Region: "eu-central-1"}, p)
	for _, bad := range []string{"", "bucket", "https://bucket", "s3://", "s3://a", "s3://Bucket", "s3:///x", "s3://bucket/../x", "s3://bucket//x", "s3://key:secret@bucket/x"} {
		_, err := ParsePlace(bad, "", "")
		require.ErrorIs(t, err, ErrPlace, bad)
	}
	for _, bad := range []string{"s3.example.com", "ftp://x", "https://", "https://x/path", "https://id:secret@x"} {
		_, err := ParsePlace("s3://bucket", bad, "")
		require.ErrorIs(t, err, ErrPlace, bad)
		require.NotContains(t, err.Error(), "secret")
	}
}

func TestKeysComeFromTheEnvironmentOrAFile(t *testing.T) {
	t.Parallel()
	env := func(vars map[string]string) func(string) (string, bool) {
		return func(name string) (string, bool) { v, ok := vars[name]; return v, ok }
	}
	k, err := LoadKeys("", env(map[string]string{"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "se=cret", "AWS_SESSION_TOKEN": "t"}))
	require.NoError(t, err)
	require.Equal(t, Keys{"id", "se=cret", "t"}, k)
	_, err = LoadKeys("", env(nil))
	require.ErrorIs(t, err, ErrKeys)
	file := filepath.Join(t.TempDir(), "keys")
	require.NoError(t, os.WriteFile(file, []byte("# mine\n[default]\naws_access_key_id=id\n aws_secret_access_key = se=cret \n[other]\naws_access_key_id = other\n"), 0o600))
	k, err = LoadKeys(file, env(nil))
	require.NoError(t, err)
	require.Equal(t, Keys{ID: "id", Secret: "se=cret"}, k)
	require.NoError(t, os.Chmod(file, 0o644))
	_, err = LoadKeys(file, env(nil))
	require.ErrorIs(t, err, ErrKeys)
	require.ErrorContains(t, err, "chmod 600")
	_, err = LoadKeys(file+"x", env(nil))
	require.ErrorIs(t, err, ErrKeys)
}

// A store that does not answer is no damage to what it keeps.
func TestAStoreThatIsAway(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	p, err := ParsePlace("s3://backups", "http://"+l.Addr().String(), "")
	require.NoError(t, err)
	b, err := New(p, Keys{ID: "id", Secret: "a secret"})
	require.NoError(t, err)
	_, err = b.Get(t.Context(), "x")
	require.ErrorIs(t, err, backup.ErrAway)
	require.NotErrorIs(t, err, backup.ErrNotFound)
	require.ErrorIs(t, b.put(t.Context(), "x", 1, bytes.NewReader([]byte("x"))), backup.ErrAway)
	require.ErrorIs(t, b.Delete(t.Context(), "x"), backup.ErrAway)
	require.ErrorIs(t, b.List(t.Context(), "", func(backup.Object) error { return nil }), backup.ErrAway)
}
