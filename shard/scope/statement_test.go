package scope

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUnscopedTextIsRefused(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"NoOwner":              `SELECT id FROM tips`,
		"OwnerByAnotherNumber": `SELECT id FROM tips WHERE streamer_id = ?2`,
		"OwnerTwelve":          `SELECT id FROM tips WHERE streamer_id = ?12`,
		"SubqueryWithoutOwner": `SELECT id FROM tips WHERE streamer_id = ?1 AND id IN (SELECT id FROM goals)`,
		"DeleteAll":            `DELETE FROM tips`,
		"UpdateAll":            `UPDATE tips SET content = ?1`,
		"InsertWithoutOwner":   `INSERT INTO tips (content) VALUES (?1)`,
		"InsertOwnerLast":      `INSERT INTO tips (content, streamer_id) VALUES (?2, ?1)`,
		"InsertOtherOwner":     `INSERT INTO tips (streamer_id, content) VALUES (?2, ?1)`,
		"InsertNoColumns":      `INSERT INTO tips VALUES (?1, ?2)`,
		"CopyWithoutOwner":     `INSERT INTO tips (streamer_id, content) SELECT ?1, content FROM tips`,
		"LoosePlaceholder":     `SELECT id FROM tips WHERE streamer_id = ?1 AND id = ?`,
		"DollarPlaceholder":    `SELECT id FROM tips WHERE streamer_id = ?1 AND id = $2`,
		"NamedPlaceholder":     `SELECT id FROM tips WHERE streamer_id = ?1 AND id = :id`,
		"TwoStatements":        `DELETE FROM tips WHERE streamer_id = ?1; DELETE FROM goals`,
		"OwnerInAString":       `SELECT id FROM tips WHERE content = 'streamer_id = ?1'`,
		"Pragma":               `PRAGMA foreign_keys = OFF`,
		"Attach":               `ATTACH 'x' AS y`,
		"CommonTable":          `WITH n AS (SELECT id FROM tips WHERE streamer_id = ?1) SELECT id FROM n WHERE streamer_id = ?1`,
		"Empty":                ``,
		"OwnerOrAnything":      `SELECT id FROM tips WHERE streamer_id = ?1 OR 1 = 1`,
		"AnythingOrOwner":      `SELECT id FROM tips WHERE id = ?2 OR streamer_id = ?1`,
		"OwnerOrInside":        `UPDATE tips SET content = ?2 WHERE (streamer_id = ?1 OR 1 = 1) AND id = ?3`,
		"OwnerAndThenOr":       `DELETE FROM tips WHERE streamer_id = ?1 AND id = ?2 OR (id > 5)`,
		"OwnerNot":             `DELETE FROM tips WHERE NOT streamer_id = ?1`,
		"OwnerOrInASubquery":   `SELECT id FROM tips WHERE streamer_id = ?1 AND id IN (SELECT id FROM goals WHERE streamer_id = ?1 OR 1)`,
	} {
		t.Run(name, func(t *testing.T) {
			require.Error(t, checkScope(text))
			require.Panics(t, func() { SQL(text) })
		})
	}
}

func TestScopedTextPasses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"Select":       `SELECT id FROM tips WHERE streamer_id = ?1 AND id = ?2`,
		"Join":         `SELECT 1 FROM users u JOIN tips t ON t.streamer_id = u.streamer_id WHERE u.streamer_id = ?1`,
		"ScopedNested": `SELECT id FROM tips WHERE streamer_id = ?1 AND id = (SELECT max(id) FROM tips WHERE streamer_id = ?1)`,
		"Upsert":       `INSERT INTO goals (streamer_id, id) VALUES (?1, ?2) ON CONFLICT (streamer_id, id) DO UPDATE SET label = ?3`,
		"OrAside":      `SELECT id FROM tips t WHERE t.streamer_id = ?1 AND (id > ?2 OR id IN (SELECT id FROM tips WHERE streamer_id = ?1))`,
		"Copy":         `INSERT INTO tips (streamer_id, content) SELECT ?1, content FROM tips WHERE streamer_id = ?1`,
		"Update":       `UPDATE tips SET content = 'what? $5' WHERE streamer_id = ?1`,
		"Delete":       `DELETE FROM tips WHERE streamer_id = ?1`,
	} {
		t.Run(name, func(t *testing.T) { require.NoError(t, checkScope(text)) })
	}
}

func TestWritesAreToldFromReads(t *testing.T) {
	t.Parallel()
	require.False(t, tipsOfOwner.Writes())
	require.True(t, addTip.Writes())
	require.Contains(t, addTip.Where(), "file_test.go")
}
