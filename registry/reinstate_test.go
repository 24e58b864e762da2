package registry

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/migrations"
	"streamvault/shard/scope"
)

// copied is a copy of an open registry, at a path outside of it.
func copied(t *testing.T, r *Registry) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy.db")
	require.NoError(t, r.CopyTo(t.Context(), path))
	facts, err := r.ExamineCopy(t.Context(), path)
	require.NoError(t, err)
	require.Len(t, facts.Digest, 64)
	return path
}

// from hands a file out.
func from(path string) func(context.Context, []byte, string) error {
	return func(_ context.Context, _ []byte, to string) error { return copyFile(path, to) }
}

func (q Reinstatement) do(t *testing.T) Reinstated {
	t.Helper()
	q.Actor = "test"
	done, err := Reinstate(t.Context(), q)
	require.NoError(t, err)
	return done
}

func alive(t *testing.T, r *Registry, secret string) bool {
	t.Helper()
	_, err := r.Authenticate(t.Context(), secret)
	return err == nil
}

// What was taken away since a copy was made does not come back with it.
func TestARestoredRegistryForgetsNothingThatWasTakenAway(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	r := open(t, dir, Options{})
	admin := r.FirstAdminKey()
	alice, bob := create(t, r, "alice"), create(t, r, "bob")
	kept, keptKey, err := r.CreateKey(t.Context(), RoleOverlay, alice.ID, "kept", "test")
	require.NoError(t, err)
	revoked, revokedKey, err := r.CreateKey(t.Context(), RoleOverlay, alice.ID, "revoked", "test")
	require.NoError(t, err)
	rotated, rotatedKey, err := r.CreateKey(t.Context(), RoleOwner, alice.ID, "rotated", "test")
	require.NoError(t, err)
	_, _, err = r.CreateSession(t.Context(), alice.ID, 0, 1<<40)
	require.NoError(t, err)
	for _, kind := range []string{"backup", "migrate"} {
		j, err := r.CreateJob(t.Context(), NewJob{Kind: kind, Actor: "test", Members: []scope.StreamerID{alice.ID}})
		require.NoError(t, err)
		require.NoError(t, r.MarkItems(t.Context(), []ItemChange{{Job: j.ID, Streamer: alice.ID, State: ItemRunning}}))
	}
	path := copied(t, r)

	require.NoError(t, r.RevokeKey(t.Context(), revoked.ID, "test"))
	_, newest, err := r.RotateKey(t.Context(), rotated.ID, "test")
	require.NoError(t, err)
	_, err = r.Purge(t.Context(), bob.ID, Purging{Force: true, Actor: "test"})
	require.NoError(t, err)
	carol := create(t, r, "carol")
	_, carols, err := r.CreateKey(t.Context(), RoleOwner, carol.ID, "carol's", "test")
	require.NoError(t, err)
	carolsData, err := r.DataKey(t.Context(), carol.ID)
	require.NoError(t, err)
	require.NoError(t, r.write(t.Context(), func(tx *Tx) error {
		return errors.Join(tx.run(`UPDATE streamers SET username = 'carla' WHERE id = ?1`, int64(carol.ID)),
			tx.run(`UPDATE streamers SET username = 'erin', generation = 7 WHERE id = ?1`, int64(alice.ID)))
	}))
	dave := create(t, r, "alice")
	require.NoError(t, r.Close())
	commit(t, r.ShardPath(carol), r.Identity(carol))
	restored := *alice
	restored.Generation = 7
	require.NoError(t, os.Rename(r.ShardPath(alice), r.ShardPath(&restored)))

	dry := Reinstatement{Dir: dir, Copy: from(path), Name: "x", DryRun: true}.do(t)
	require.True(t, dry.Readable)
	require.EqualValues(t, 2, dry.Revoked)
	require.EqualValues(t, 1, dry.Purged)
	require.EqualValues(t, 1, dry.Sessions)
	require.Empty(t, dry.Aside)
	r = open(t, dir, Options{})
	require.True(t, alive(t, r, newest), "a dry run changes nothing")
	require.NoError(t, r.Close())

	done := Reinstatement{Dir: dir, Copy: from(path), Name: "x"}.do(t)
	require.FileExists(t, filepath.Join(dir, done.Aside))
	require.False(t, done.ChainBroken)
	require.Positive(t, done.Carried)
	r = open(t, dir, Options{Recover: true})
	defer r.Close()
	require.NoError(t, r.VerifyAudit(t.Context()), "the chain goes on")
	require.True(t, alive(t, r, admin))
	require.True(t, alive(t, r, keptKey))
	require.False(t, alive(t, r, revokedKey))
	require.False(t, alive(t, r, rotatedKey), "the secret from before a rotation is dead")
	require.False(t, alive(t, r, newest), "of the one after it nobody knows any more")
	require.Positive(t, kept.ID)
	_, err = r.Streamer(t.Context(), bob.ID)
	require.ErrorIs(t, err, ErrNotFound, "who was destroyed stays so")
	_, err = r.DataKey(t.Context(), bob.ID)
	require.ErrorIs(t, err, ErrNotFound)
	all, err := r.Rebuild(t.Context(), named(nil), "test")
	require.NoError(t, err)
	require.Empty(t, all, "nobody has to be taken in")
	require.ElementsMatch(t, []string{"carla", "recovered-4"}, done.Came, "alice has her name in the copy")
	require.Equal(t, done.Came, dry.Came)
	require.Equal(t, []string{"alice"}, done.Led)
	led, err := r.Streamer(t.Context(), alice.ID)
	require.NoError(t, err)
	require.EqualValues(t, 7, led.Generation)
	require.True(t, alive(t, r, carols), "who came since goes on with his keys")
	data, err := r.DataKey(t.Context(), carol.ID)
	require.NoError(t, err)
	require.Equal(t, carolsData, data)
	came, err := r.StreamerByName(t.Context(), "recovered-4")
	require.NoError(t, err)
	require.Equal(t, dave.ID, came.ID)
	next := create(t, r, "frank")
	require.Greater(t, next.ID, dave.ID, "no id is given twice")
	jobs, err := r.one(t.Context(), `SELECT group_concat(state || ' ' || kind, ', ') FROM (SELECT * FROM jobs ORDER BY id)`)
	require.NoError(t, err)
	require.Equal(t, "cancelled backup, running migrate", jobs[0])
	items, err := r.one(t.Context(), `SELECT group_concat(state, ', ') FROM (SELECT * FROM job_items ORDER BY job_id)`)
	require.NoError(t, err)
	require.Equal(t, "waiting, running", items[0])
	rows, err := r.one(t.Context(), `SELECT count(*) FROM audit_log WHERE action IN ('registry.restore', 'streamer.purge', 'job.end')`)
	require.NoError(t, err)
	require.EqualValues(t, 3, rows[0])
	require.Empty(t, leftIn(t, dir, "tmp"))
}

func leftIn(t *testing.T, dir, room string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, room))
	require.NoError(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// Without the registry of now nobody knows what was revoked since, so somebody has to say.
func TestKeysOfACopyAreDecidedOn(t *testing.T) {
	t.Parallel()
	for choice, want := range map[KeyChoice]bool{KeysKeep: true, KeysRevoke: false} {
		for _, lost := range []bool{true, false} {
			dir := dataDir(t)
			r := open(t, dir, Options{})
			admin := r.FirstAdminKey()
			alice := create(t, r, "alice")
			path := copied(t, r)
			require.NoError(t, r.Close())
			if body := lose(t, dir); !lost {
				for i := range body[100:] {
					body[100+i] ^= 0x5a
				}
				require.NoError(t, os.WriteFile(filepath.Join(dir, "registry.db"), body, 0o600))
			}
			_, err := Reinstate(t.Context(), Reinstatement{Dir: dir, Copy: from(path), Actor: "test"})
			require.ErrorIs(t, err, ErrKeysUndecided)
			done := Reinstatement{Dir: dir, Copy: from(path), Keys: choice}.do(t)
			require.False(t, done.Readable)
			require.Equal(t, lost, done.Aside == "", "a damaged one is kept aside too")
			r = open(t, dir, Options{})
			require.Equal(t, want, alive(t, r, admin))
			same, err := r.StreamerByName(t.Context(), "alice")
			require.NoError(t, err)
			require.Equal(t, alice.ID, same.ID)
			_, err = r.DataKey(t.Context(), alice.ID)
			require.NoError(t, err)
			require.NoError(t, r.VerifyAudit(t.Context()))
			require.NoError(t, r.Close())
		}
	}
}

// A registry that was made anew after a loss knows nothing of the one in the backup.
func TestARegistryMadeAnewDoesNotDecideForTheCopy(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	r := open(t, dir, Options{})
	admin := r.FirstAdminKey()
	create(t, r, "alice")
	path := copied(t, r)
	require.NoError(t, r.Close())
	lose(t, dir)
	r = open(t, dir, Options{Recover: true})
	_, err := r.Rebuild(t.Context(), named(nil), "test")
	require.NoError(t, err)
	require.NoError(t, r.Close())

	_, err = Reinstate(t.Context(), Reinstatement{Dir: dir, Copy: from(path), Actor: "test"})
	require.ErrorIs(t, err, ErrKeysUndecided)
	done := Reinstatement{Dir: dir, Copy: from(path), Keys: KeysKeep}.do(t)
	require.True(t, done.ChainBroken)
	require.Zero(t, done.Revoked)
	r = open(t, dir, Options{})
	defer r.Close()
	require.True(t, alive(t, r, admin))
	require.NoError(t, r.VerifyAudit(t.Context()))
	_, err = r.StreamerByName(t.Context(), "alice")
	require.NoError(t, err)
}

func TestCopiesThatAreNoRegistryOfThisInstallation(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	r := open(t, dir, Options{})
	create(t, r, "alice")
	path := copied(t, r)
	require.NoError(t, r.Close())
	body, err := os.ReadFile(path)
	require.NoError(t, err)
	before, err := os.ReadFile(filepath.Join(dir, "registry.db"))
	require.NoError(t, err)

	other := open(t, dataDir(t), Options{})
	others := copied(t, other)
	require.NoError(t, other.Close())
	edited := filepath.Join(t.TempDir(), "edited.db")
	require.NoError(t, os.WriteFile(edited, body, 0o600))
	require.NoError(t, markLogged(edited))
	f, err := migrations.Open(t.Context(), edited, migrations.Registry(), nil, migrations.Options{})
	require.NoError(t, err)
	c := f.Writer()
	require.NoError(t, c.Run(`UPDATE audit_log SET actor = 'somebody else' WHERE id = 1; PRAGMA wal_checkpoint(TRUNCATE)`))
	require.NoError(t, c.Close())
	short := filepath.Join(t.TempDir(), "short.db")
	require.NoError(t, os.WriteFile(short, body[:len(body)/2], 0o600))
	junk := filepath.Join(t.TempDir(), "junk.db")
	require.NoError(t, os.WriteFile(junk, []byte("junk"), 0o600))
	id := migrations.Identity{Streamer: 1, UUID: "00000000-0000-4000-8000-000000000000", Generation: 1}
	image, err := migrations.Tenant().Image(&id, 0, newClock().now(), nil)
	require.NoError(t, err)
	image[18], image[19] = 1, 1
	tenant := filepath.Join(t.TempDir(), "tenant.db")
	require.NoError(t, os.WriteFile(tenant, image, 0o600))

	for what, want := range map[string]error{others: ErrMasterKey, edited: ErrAuditBroken, short: migrations.ErrDamaged,
		junk: migrations.ErrDamaged, tenant: migrations.ErrForeignFile, junk + "x": os.ErrNotExist} {
		_, err := Reinstate(t.Context(), Reinstatement{Dir: dir, Copy: from(what), Actor: "test"})
		require.ErrorIs(t, err, want, what)
	}
	after, err := os.ReadFile(filepath.Join(dir, "registry.db"))
	require.NoError(t, err)
	require.Equal(t, before, after, "nothing was touched")
	r = open(t, dir, Options{})
	defer r.Close()
	_, err = Reinstate(t.Context(), Reinstatement{Dir: dir, Copy: from(path), Actor: "test"})
	require.ErrorIs(t, err, ErrLocked, "nor is it while somebody serves")
}

// A copy has none of the bytes of a key that was destroyed before it was made.
func TestACopyOfTheRegistryHasNoDestroyedKey(t *testing.T) {
	t.Parallel()
	r := opened(t)
	bob := create(t, r, "bob")
	row, err := r.one(t.Context(), `SELECT data_key FROM streamers WHERE id = ?1`, int64(bob.ID))
	require.NoError(t, err)
	wrapped := string(row[0].([]byte))
	body, err := os.ReadFile(copied(t, r))
	require.NoError(t, err)
	require.Contains(t, string(body), wrapped)
	require.Equal(t, []byte{1, 1}, body[18:20])
	_, err = r.Purge(t.Context(), bob.ID, Purging{Force: true, Actor: "test"})
	require.NoError(t, err)
	body, err = os.ReadFile(copied(t, r))
	require.NoError(t, err)
	require.NotContains(t, string(body), wrapped)
}
