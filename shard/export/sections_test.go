package export

import (
	"database/sql/driver"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/migrations"
)

// leftOut are tables that the document has no rows of, and why.
var leftOut = map[string]string{
	"streamers": "the head", "shard_identity": "the head", "api_tokens": "secret", "user_sessions": "secret",
	"verification_codes": "secret", "idempotency_keys": "kept answers", "processed_webhooks": "ids of messages",
}

// called are columns under another name.
var called = map[string]string{"powerup_type": "powerup", "powerup_used": "powerup",
	"user_points.user_id": "id", "user_points.updated_at": "pointsUpdatedAt",
	"username_key": "", "streamer_id": "", "total_points": "", // they follow from others
}

// What a later migration adds must find its place in the document, or a reason not to.
func TestNothingOfTheSchemaIsForgotten(t *testing.T) {
	t.Parallel()
	want := migrations.Identity{Streamer: 1, UUID: "00000000-0000-4000-8000-000000000000", Generation: 1}
	image, err := migrations.Tenant().Image(&want, 0, time.Now(), nil)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "x.db")
	require.NoError(t, os.WriteFile(path, image, 0o600))
	c, err := open(t.Context(), path, want)
	require.NoError(t, err)
	defer func() { require.NoError(t, c.Close()) }()
	said := map[string]string{}
	for _, s := range sections {
		rows, err := c.Query(s.sql, nil)
		require.NoError(t, err, s.name)
		fields := " " + strings.Join(rows.Columns(), " ") + " "
		require.NoError(t, rows.Close())
		for _, m := range regexp.MustCompile(`(?:FROM|JOIN) (\w+)`).FindAllStringSubmatch(s.sql, -1) {
			said[m[1]] = fields
		}
	}
	emptied := strings.Join(forgotten, "\n") + "\n"
	err = c.Each(`
		SELECT t.name, c.name
		FROM pragma_table_list t
		JOIN pragma_table_xinfo(t.name) c
		WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%'`, func(row []driver.Value) error {
		table, column := row[0].(string), row[1].(string)
		fields, ok := said[table]
		require.True(t, ok || leftOut[table] != "", "%s is neither in the document nor left out", table)
		if ok {
			name, other := called[table+"."+column]
			if !other {
				name, other = called[column]
			}
			if !other {
				name = camel(column)
			}
			require.True(t, name == "" || strings.Contains(fields, " "+name+" "), "%s.%s is not in the document", table, column)
		}
		if why := leftOut[table]; why != "" && why != "the head" {
			require.Contains(t, emptied, "FROM "+table+"\n", "%s keeps its rows in the SQLite form", table)
		}
		return nil
	})
	require.NoError(t, err)
}

func camel(column string) string {
	words := strings.Split(column, "_")
	for i, w := range words[1:] {
		words[i+1] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, "")
}
