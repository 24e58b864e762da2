package scope

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	addUser = SQL(`
	INSERT INTO users (streamer_id, username, username_key, created_at, updated_at)
	VALUES (?1, ?2, ?2, 1, 1)
	ON CONFLICT (streamer_id, username_key) DO UPDATE SET updated_at = 2`)
	addUpload = SQL(`
	INSERT INTO uploads (streamer_id, user_id, content_type, sha256, body, created_at)
	SELECT ?1, id, 'image/png', x'0000000000000000000000000000000000000000000000000000000000000000', x'00', 1
	FROM users
	WHERE streamer_id = ?1
	  AND username = ?2`)
	dropUser = SQL(`
	DELETE FROM users
	WHERE streamer_id = ?1
	  AND username = ?2`)
)

func TestRowsAreLimited(t *testing.T) {
	t.Parallel()
	f, path := newFile(t, 1, Options{MaxRows: map[string]int64{"users": 2, "tips": 3}})
	db := Bind(fixed{f}, 1)
	add := func(name string) error { _, err := db.Exec(t.Context(), addUser, name); return err }
	require.NoError(t, add("a"))
	require.NoError(t, add("b"))
	require.ErrorIs(t, add("c"), ErrQuota)
	require.NoError(t, add("a"), "a row that is there is changed")

	failed := db.Write(t.Context(), func(tx *Tx) error {
		if _, err := tx.Exec(t.Context(), dropUser, "a"); err != nil {
			return err
		}
		return errors.New("undone")
	})
	require.ErrorContains(t, failed, "undone")
	require.ErrorIs(t, add("c"), ErrQuota, "what was undone is counted as it is")
	_, err := db.Exec(t.Context(), dropUser, "a")
	require.NoError(t, err)
	require.NoError(t, add("c"))

	// Of operations that share a commit, only those that go too far fail.
	results := make([]error, 5)
	calls := make([]func(), len(results))
	for i := range results {
		calls[i] = func() { results[i] = insert(db, fmt.Sprint("tip", i)) }
	}
	together(t, f, calls...).Wait()
	refused := 0
	for _, err := range results {
		if err != nil {
			require.ErrorIs(t, err, ErrQuota)
			refused++
		}
	}
	require.Equal(t, 2, refused)
	require.Len(t, contents(t, db), 3)

	// Nothing of it lies in the file, and a file that has too much already takes no more.
	require.NoError(t, f.Close())
	f, err = Open(t.Context(), path, identity(1), Options{MaxRows: map[string]int64{"users": 1}})
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	db = Bind(fixed{f}, 1)
	require.ErrorIs(t, add("d"), ErrQuota)
	_, err = db.Exec(t.Context(), dropUser, "b")
	require.NoError(t, err, "deleting goes on")
	require.ErrorIs(t, add("d"), ErrQuota)
	require.NoError(t, insert(db, "tips are not limited any more"))
}

func TestRowsThatGoWithOthersAreCounted(t *testing.T) {
	t.Parallel()
	f, _ := newFile(t, 1, Options{MaxRows: map[string]int64{"uploads": 1}})
	defer func() { require.NoError(t, f.Close()) }()
	db := Bind(fixed{f}, 1)
	for range 3 {
		_, err := db.Exec(t.Context(), addUser, "a")
		require.NoError(t, err)
		_, err = db.Exec(t.Context(), addUpload, "a")
		require.NoError(t, err)
		_, err = db.Exec(t.Context(), addUpload, "a")
		require.ErrorIs(t, err, ErrQuota)
		_, err = db.Exec(t.Context(), dropUser, "a")
		require.NoError(t, err)
	}
}
