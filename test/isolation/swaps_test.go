package isolation

import (
	"bytes"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/migrations"
	"streamvault/shard"
)

// swap is something put where it does not belong while no file is open. Alice's file is
// then not served.
type swap struct {
	want error // of alice's calls
	put  func(t *testing.T, l *lot)
	also bool // bob's file is refused too, for it is the same one
}

// swaps is the matrix of PROMISES 9, and what else can lie beside a file.
var swaps = joined(wrongFiles, wrongSidecars, wrongRows)

var wrongFiles = map[string]swap{
	"Missing":       {want: migrations.ErrMissing, put: func(t *testing.T, l *lot) { l.clear(t) }},
	"Other's":       {want: migrations.ErrWrongIdentity, put: func(t *testing.T, l *lot) { copyFile(t, l.bob, l.alice) }},
	"Exchanged":     {want: migrations.ErrWrongIdentity, put: exchange, also: true},
	"Stale":         {want: shard.ErrRolledBack, put: func(t *testing.T, l *lot) { copyFile(t, l.old, l.alice) }},
	"OtherHouse":    {want: migrations.ErrWrongIdentity, put: func(t *testing.T, l *lot) { copyFile(t, otherHouse(t), l.alice) }},
	"OtherUUID":     {want: migrations.ErrWrongIdentity, put: edited(`UPDATE shard_identity SET shard_uuid = '10000000-0000-4000-8000-000000000003'`)},
	"OtherStreamer": {want: migrations.ErrWrongIdentity, put: edited(`PRAGMA foreign_keys = OFF; UPDATE streamers SET id = 99; UPDATE shard_identity SET streamer_id = 99`)},
	"Generation":    {want: migrations.ErrWrongIdentity, put: edited(`UPDATE shard_identity SET generation = 2`)},
	"NoIdentity":    {want: migrations.ErrWrongIdentity, put: edited(`DELETE FROM shard_identity`)},
	"TwoStreamers":  {want: migrations.ErrWrongIdentity, put: edited(`INSERT INTO streamers (id) VALUES (99)`)},
	"TwoIdentities": {want: migrations.ErrWrongIdentity, put: edited(`PRAGMA foreign_keys = OFF; INSERT INTO shard_identity (streamer_id, shard_uuid, generation, created_at) SELECT 99, shard_uuid, generation, 1 FROM shard_identity`)},
	"Newer":         {want: migrations.ErrNewer, put: edited(`PRAGMA user_version = 99`)},
	"OtherProgram":  {want: migrations.ErrForeignFile, put: edited(`PRAGMA application_id = 1`)},
	"Registry":      {want: migrations.ErrForeignFile, put: func(t *testing.T, l *lot) { copyFile(t, l.data+"/registry.db", l.alice) }},
	"Symlink":       {want: migrations.ErrUnsafeFile, put: func(t *testing.T, l *lot) { l.clear(t); require.NoError(t, os.Symlink(l.bob, l.alice)) }},
	"OwnSymlink":    {want: migrations.ErrUnsafeFile, put: func(t *testing.T, l *lot) { l.clear(t); require.NoError(t, os.Symlink(l.good, l.alice)) }},
	"Dangling":      {want: migrations.ErrUnsafeFile, put: func(t *testing.T, l *lot) { l.clear(t); require.NoError(t, os.Symlink(l.dir+"/none", l.alice)) }},
	"HardLink":      {want: migrations.ErrUnsafeFile, put: func(t *testing.T, l *lot) { require.NoError(t, os.Link(l.alice, l.dir+"/second")) }},
	"OneFile":       {want: migrations.ErrUnsafeFile, put: func(t *testing.T, l *lot) { l.clear(t); require.NoError(t, os.Link(l.bob, l.alice)) }, also: true},
	"Directory":     {want: migrations.ErrUnsafeFile, put: func(t *testing.T, l *lot) { l.clear(t); require.NoError(t, os.Mkdir(l.alice, 0o700)) }},
	"Fifo":          {want: migrations.ErrUnsafeFile, put: func(t *testing.T, l *lot) { l.clear(t); require.NoError(t, syscall.Mkfifo(l.alice, 0o600)) }},
	"Socket": {want: migrations.ErrUnsafeFile, put: func(t *testing.T, l *lot) {
		l.clear(t)
		require.NoError(t, syscall.Mknod(l.alice, syscall.S_IFSOCK|0o600, 0))
	}},
	"Empty":        {want: migrations.ErrUnsafeFile, put: func(t *testing.T, l *lot) { require.NoError(t, os.Truncate(l.alice, 0)) }},
	"Zeros":        {want: migrations.ErrDamaged, put: func(t *testing.T, l *lot) { require.NoError(t, os.WriteFile(l.alice, make([]byte, 9000), 0o600)) }},
	"Magic":        {want: migrations.ErrDamaged, put: func(t *testing.T, l *lot) { scribble(t, l.alice, 0, "SQLite format 4\x00") }},
	"HeaderOnly":   {want: migrations.ErrDamaged, put: func(t *testing.T, l *lot) { require.NoError(t, os.Truncate(l.alice, 100)) }},
	"HalfAHeader":  {want: migrations.ErrDamaged, put: func(t *testing.T, l *lot) { require.NoError(t, os.Truncate(l.alice, 50)) }},
	"Half":         {want: migrations.ErrDamaged, put: func(t *testing.T, l *lot) { require.NoError(t, os.Truncate(l.alice, length(t, l.alice)/2)) }},
	"LastPageGone": {want: migrations.ErrDamaged, put: func(t *testing.T, l *lot) { require.NoError(t, os.Truncate(l.alice, length(t, l.alice)-1024)) }},
	"LastByteGone": {want: migrations.ErrDamaged, put: func(t *testing.T, l *lot) { require.NoError(t, os.Truncate(l.alice, length(t, l.alice)-1)) }},
}

var wrongSidecars = map[string]swap{
	"Other'sLog": {want: migrations.ErrWrongIdentity, put: func(t *testing.T, l *lot) { copyFile(t, l.bobsLog, l.alice+"-wal") }},
	"OwnOldLog":  {want: shard.ErrRolledBack, put: func(t *testing.T, l *lot) { copyFile(t, l.oldLog, l.alice+"-wal") }},
	"HalfUnderALog": {want: migrations.ErrDamaged, put: func(t *testing.T, l *lot) {
		require.NoError(t, os.Truncate(l.alice, length(t, l.alice)/2))
		copyFile(t, l.oldLog, l.alice+"-wal")
	}},
	"Other'sFileAndLog": {want: migrations.ErrWrongIdentity, put: func(t *testing.T, l *lot) {
		copyFile(t, l.bob, l.alice)
		copyFile(t, l.bobsLog, l.alice+"-wal")
	}},
	"LogIsALink":      {want: migrations.ErrUnsafeFile, put: instead("-wal", func(l *lot, at string) error { return os.Symlink(l.bob+"-wal", at) })},
	"LogIsHardLinked": {want: migrations.ErrUnsafeFile, put: instead("-wal", func(l *lot, at string) error { return os.Link(l.oldLog, at) })},
	"LogIsAFifo":      {want: migrations.ErrUnsafeFile, put: instead("-wal", func(_ *lot, at string) error { return syscall.Mkfifo(at, 0o600) })},
	"LogIsADirectory": {want: migrations.ErrUnsafeFile, put: instead("-wal", func(_ *lot, at string) error { return os.Mkdir(at, 0o700) })},
	"IndexIsALink":    {want: migrations.ErrUnsafeFile, put: instead("-shm", func(l *lot, at string) error { return os.Symlink(l.dir+"/trap", at) })},
	"IndexIsAFifo":    {want: migrations.ErrUnsafeFile, put: instead("-shm", func(_ *lot, at string) error { return syscall.Mkfifo(at, 0o600) })},
	"LogAlone": {want: migrations.ErrMissing, put: func(t *testing.T, l *lot) {
		l.clear(t)
		copyFile(t, l.bobsLog, l.alice+"-wal")
	}},
}

// instead puts something in the place of what lies beside alice's file.
func instead(suffix string, put func(l *lot, at string) error) func(*testing.T, *lot) {
	return func(t *testing.T, l *lot) {
		require.NoError(t, os.Remove(l.alice+suffix))
		require.NoError(t, put(l, l.alice+suffix))
	}
}

var wrongRows = map[string]swap{
	"RowOfNoFile":     {want: migrations.ErrMissing, put: row(`UPDATE streamers SET generation = 7 WHERE username = 'alice'`)},
	"RowOfOtherUUID":  {want: migrations.ErrWrongIdentity, put: row(`UPDATE streamers SET shard_uuid = '10000000-0000-4000-8000-000000000003' WHERE username = 'alice'`)},
	"RowOfGeneration": {want: migrations.ErrWrongIdentity, put: rowOfGeneration},
	"TwoRowsOneFile":  {want: migrations.ErrWrongIdentity, put: twoRowsOneFile},
}

// exchange lets two files change places.
func exchange(t *testing.T, l *lot) {
	l.clear(t)
	require.NoError(t, os.Rename(l.bob, l.alice))
	copyFile(t, l.good, l.bob)
}

// edited changes alice's file with plain SQL.
func edited(sql string) func(*testing.T, *lot) {
	return func(t *testing.T, l *lot) {
		c := openRaw(t, l.alice)
		defer c.close(t)
		require.NoError(t, c.run(`PRAGMA ignore_check_constraints = ON`))
		require.NoError(t, c.run(sql))
	}
}

// row changes the registry with plain SQL.
func row(sql string) func(*testing.T, *lot) {
	return func(t *testing.T, l *lot) {
		c := openRaw(t, l.data+"/registry.db")
		defer c.close(t)
		require.NoError(t, c.run(`PRAGMA ignore_check_constraints = ON`))
		require.NoError(t, c.run(sql))
	}
}

// rowOfGeneration: a file lies where the row says, and it is one of another generation.
func rowOfGeneration(t *testing.T, l *lot) {
	row(`UPDATE streamers SET generation = 2 WHERE username = 'alice'`)(t, l)
	copyFile(t, l.alice, l.alice[:len(l.alice)-len("1.db")]+"2.db")
}

// twoRowsOneFile: alice's row names bob's file as far as a row can, and a copy of that file
// lies in her place.
func twoRowsOneFile(t *testing.T, l *lot) {
	c := openRaw(t, l.data+"/registry.db")
	defer c.close(t)
	err := c.run(`UPDATE streamers SET shard_uuid = (SELECT shard_uuid FROM streamers WHERE username = 'bob') WHERE username = 'alice'`)
	if err != nil {
		require.ErrorContains(t, err, "UNIQUE", "the registry does not even hold such a row")
	}
	copyFile(t, l.bob, l.alice)
}

func length(t *testing.T, path string) int64 {
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Greater(t, info.Size(), int64(10_000))
	return info.Size()
}

func scribble(t *testing.T, path string, at int64, text string) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteAt([]byte(text), at)
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

// otherHouse is the file of the streamer of the same id in another installation.
func otherHouse(t *testing.T) string {
	s := openStore(t, t.TempDir())
	a := createStreamer(t, s, "alice")
	give(t, s, a, 10)
	closeStore(t, s)
	return s.ShardPath(a)
}

// hotJournal leaves the rollback journal of an unfinished change to bob's file beside
// alice's. SQLite would copy bob's pages from it into her file.
func hotJournal(t *testing.T, l *lot) {
	other := l.dir + "/other.db"
	copyFile(t, l.bob, other)
	c := openRaw(t, other)
	require.NoError(t, c.run(`PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF; BEGIN;
		UPDATE user_points SET channel_points = 7; UPDATE shard_identity SET commit_seq = 7`))
	copyFile(t, other+"-journal", l.alice+"-journal")
	c.close(t)
	journal, err := os.ReadFile(l.alice + "-journal")
	require.NoError(t, err)
	require.True(t, bytes.HasPrefix(journal, []byte("\xd9\xd5\x05\xf9")), "it is one that SQLite would play back")
}
