package legacy

import (
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestABrokenSideFileIsParked(t *testing.T) {
	t.Parallel()
	tables := map[string]string{goalsFile: "goals", tipsFile: "tips", tokensFile: "api_tokens", gameFile: "overlay_settings"}
	for name, c := range map[string]struct{ body, code string }{
		"Cut":      {`{"a`, "broken-json"},
		"Empty":    {``, "broken-json"},
		"HTML":     {`<html>`, "broken-json"},
		"Trailing": {`{} {}`, "broken-json"},
		"Null":     {`null`, "broken-json"},
		"Text":     {`"x"`, "broken-json"},
		"Deep":     {strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001), "broken-json"},
		"Huge":     {`["` + strings.Repeat("x", maxTextBytes) + `"]`, "too-long"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for file, table := range tables {
				f := allFiles()
				f[file] = c.body
				r := imported(t, f.written(t))
				require.Equal(t, Count{Source: 1, Rejected: 1}, r.Tables[table], file)
				require.EqualValues(t, 1, r.note(c.code).Count)
				for other, count := range r.Tables {
					require.True(t, other == table || count.Carried == count.Source, "%s is not touched by %s", other, file)
				}
				kept, err := r.Row(`SELECT coalesce(json_extract(source_row, '$."` + file + `".value'), ''),
					json_extract(source_row, '$."` + file + `".redacted') IS NOT NULL FROM legacy_rejects`)
				require.NoError(t, err)
				require.Contains(t, c.body, kept[0])
				require.Equal(t, file == tokensFile, kept[1] == int64(1), file)
				require.Equal(t, file != tokensFile && c.body != "", kept[0] != "", file)
			}
		})
	}
}

func TestBrokenDirectoriesAreRefused(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"a":`, 10_002) + "1" + strings.Repeat("}", 10_002)
	for name, c := range map[string]struct {
		body, why string
	}{
		"Empty":         {"", "is empty"},
		"Blank":         {" \n\n", "ends too early (line 3)"},
		"Cut":           {"{\n\"a\": {\"channelPoints\": 1},\n\"b\": {\"chan", "ends too early (line 3)"},
		"NotClosed":     {"{\n\"a\": {}\n", "ends too early (line 3)"},
		"HTML":          {"<!doctype html>\n<p>", "is not JSON: invalid character '<' looking for beginning of value (line 1)"},
		"Database":      {magic, "is not JSON"},
		"Comma":         {"{\n\"a\": {},\n}", "is not JSON: invalid character '}' looking for beginning of object key string (line 3)"},
		"InAnEntry":     {"{\"0\": {},\n\"a\": {\n\n\"b\": nope}}", "(line 4)"},
		"Comment":       {"{\n// all\n}", "(line 2)"},
		"Trailing":      {"{}\n{}", "goes on after its end (line 2)"},
		"Garbage":       {"{}\n\n%", "(line 3)"},
		"Array":         {"[]", "is no object at its top (line 1)"},
		"Null":          {"null", "is no object at its top"},
		"UTF16":         {"\xff\xfe{\x00}\x00", "is not JSON"},
		"Deep":          {`{"a": ` + deep + `}`, "exceeded max depth"},
		"DeepArrays":    {strings.Repeat("[", 100_000), "is no object at its top"},
		"LongText":      {`{"b": {}, "a": {"voiceId": "` + strings.Repeat("x", maxEntryBytes+1000) + `"}}`, "an entry of more than 32 MiB"},
		"LongAfterLong": {`{"a": "` + strings.Repeat("x", 20<<20) + `", "b": "` + strings.Repeat("x", 40<<20) + `"}`, "an entry of more than 32 MiB"},
		"LongKey":       {`{"` + strings.Repeat("x", 2*maxEntryBytes) + `": {}}`, "an entry of more than 32 MiB"},
		"LongBlank":     {`{` + strings.Repeat(" ", 2*maxEntryBytes) + `}`, "an entry of more than 32 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := usersOnly(t, c.body)
			before := listing(t, filepath.Join(dir, usersFile))
			_, err := tryImport(t, dir)
			require.ErrorIs(t, err, ErrRefused)
			require.ErrorContains(t, err, usersFile+" that ")
			require.ErrorContains(t, err, c.why)
			require.NotContains(t, err.Error(), "\n")
			require.Equal(t, before, listing(t, filepath.Join(dir, usersFile)))
		})
	}
}

// A mark at the beginning, odd bytes and blank space do no harm.
func TestToleratedJSON(t *testing.T) {
	t.Parallel()
	marked := allFiles()
	for name := range allFiles() {
		marked[name] = "\xEF\xBB\xBF\r\n" + marked[name] + "\n\n "
	}
	r := imported(t, marked.written(t))
	require.Equal(t, imported(t, allFiles().written(t)).Tables, r.Tables)
	require.Equal(t, Count{Source: 1, Carried: 1}, imported(t, usersOnly(t, "{\"a\xff\": {\"channelPoints\": 1}}")).Tables["users"])
	deep := strings.Repeat(`[`, 9_000) + strings.Repeat("]", 9_000)
	r = imported(t, usersOnly(t, `{"a": {"x": `+deep+`}, "b": `+deep+`, "a": {"powerups": {"tnt": `+deep+`}}}`))
	require.Equal(t, Count{Source: 3, Carried: 1, Rejected: 2}, r.Tables["users"])
}

func TestWhichFileOfADirectoryIsMeant(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		why  string
		make func(t *testing.T) string
	}{
		"Both": {`with both a user_data.json and the database "kick-overlay.db"`, func(t *testing.T) string {
			dir := filepath.Dir(crowd(t).closed())
			require.NoError(t, os.WriteFile(filepath.Join(dir, usersFile), []byte(ordinaryUsers), 0o600))
			return dir
		}},
		"TwoDatabases": {"with 2 databases", func(t *testing.T) string {
			path := crowd(t).closed()
			copyFile(t, path, filepath.Join(filepath.Dir(path), "another.db"))
			return filepath.Dir(path)
		}},
		"Neither": {"with neither a user_data.json nor", func(t *testing.T) string { return files{"goals.json": "{}", "x.db": "text"}.written(t) }},
		"Fifo": {"user_data.json is not a plain file", func(t *testing.T) string {
			dir := t.TempDir()
			require.NoError(t, syscall.Mkfifo(filepath.Join(dir, usersFile), 0o600))
			return dir
		}},
		"DirectoryBeside": {"tips.json is not a plain file", func(t *testing.T) string {
			dir := usersOnly(t, `{}`)
			require.NoError(t, os.Mkdir(filepath.Join(dir, tipsFile), 0o700))
			return dir
		}},
		"BrokenLink": {"cannot be read", func(t *testing.T) string {
			dir := t.TempDir()
			require.NoError(t, os.Symlink("nowhere", filepath.Join(dir, usersFile)))
			return dir
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := tryImport(t, c.make(t))
			require.ErrorIs(t, err, ErrRefused)
			require.ErrorContains(t, err, c.why)
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

func taken(t *testing.T, from string) *Copy {
	t.Helper()
	c, err := Take(t.Context(), from, t.TempDir())
	require.NoError(t, err)
	return c
}

// A directory with one database is that database, whatever it is reached by.
func TestADirectoryWithADatabase(t *testing.T) {
	t.Parallel()
	path := crowd(t).killed()
	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(filepath.Dir(path), link))
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(path), "Thumbs.db"), []byte("pictures"), 0o600))
	require.Equal(t, taken(t, path).SHA256, taken(t, link).SHA256)
	require.EqualValues(t, 300, imported(t, filepath.Dir(path)).Tables["users"].Carried)
}

// A directory is known by what its files hold, not by where and since when.
func TestADirectoryIsKnownByItsContent(t *testing.T) {
	t.Parallel()
	first := taken(t, allFiles().written(t)).SHA256
	require.Equal(t, first, taken(t, allFiles().written(t)).SHA256)
	link := t.TempDir()
	real := allFiles().written(t)
	for name := range allFiles() {
		require.NoError(t, os.Symlink(filepath.Join(real, name), filepath.Join(link, name)))
	}
	require.Equal(t, first, taken(t, link).SHA256)
	require.NotEqual(t, taken(t, files{usersFile: `{}`, goalsFile: `[]`}.written(t)).SHA256,
		taken(t, files{usersFile: `{}`, tipsFile: `[]`}.written(t)).SHA256, "the same text in another file")
	seen := map[string]bool{first: true}
	for name := range allFiles() {
		other, less := allFiles(), allFiles()
		other[name] += " "
		delete(less, name)
		if name == usersFile {
			less = files{usersFile: allFiles()[usersFile]}
		}
		known := stagedFiles()[name]
		require.Equal(t, !known, seen[taken(t, other.written(t)).SHA256], name)
		sum := taken(t, less.written(t)).SHA256
		require.Equal(t, !known, seen[sum], name)
		seen[sum] = true
	}
}

func stagedFiles() map[string]bool {
	known := map[string]bool{}
	for table := range maps.Values(stagedTables) {
		known[table.file] = true
	}
	return known
}

// Another process opens the copy, and the same files give the same rows.
func TestAHandedOverDirectory(t *testing.T) {
	t.Parallel()
	dir := allFiles().written(t)
	body, err := json.Marshal(taken(t, dir))
	require.NoError(t, err)
	var c Copy
	require.NoError(t, json.Unmarshal(body, &c))
	for range 2 {
		s, err := c.Open(t.Context())
		require.NoError(t, err)
		r := builtFrom(t, s)
		require.Equal(t, imported(t, dir).digest(t), r.digest(t))
	}
}

func TestFilesOfADirectoryThatChange(t *testing.T) {
	t.Parallel()
	dir := allFiles().written(t)
	c := taken(t, dir)
	var names []string
	fn := func(name string, size int64, body io.Reader) error {
		names = append(names, name)
		got, err := io.ReadAll(body)
		require.EqualValues(t, len(got), size)
		return err
	}
	require.NoError(t, c.Files(t.Context(), fn))
	require.Equal(t, jsonFiles, names)
	edit(t, filepath.Join(dir, tipsFile), flip(3))
	require.ErrorIs(t, c.Files(t.Context(), fn), ErrRefused)
}
