package isolation

import (
	"database/sql/driver"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/migrations"
	"streamvault/shard/scope"
	_ "streamvault/shard/tenant" // declares the statements
)

// whole says which statements may walk everything that one streamer owns, and why. The
// key is the statement's first line.
var whole = map[string]string{}

var (
	scans = regexp.MustCompile(`\bSCAN (\w+)`)
	// ownerOnly is a search that finds every row of the table: one file holds one owner.
	ownerOnly = regexp.MustCompile(`SEARCH (\w+) USING .*\(streamer_id=\?\)$`)
)

// byTime is the version that brought the indexes by time.
const byTime = 2

// TestEveryStatementIsPlanned prepares each registered statement at every served version
// and reads its plan: no growing table is walked, nothing that grows is sorted.
func TestEveryStatementIsPlanned(t *testing.T) {
	t.Parallel()
	family := migrations.Tenant()
	require.NotEmpty(t, scope.Statements())
	for version := family.Required; version <= family.Newest(); version++ {
		c := openPlain(t, shardFile(t, 3, version), 3)
		for _, st := range scope.Statements() {
			t.Run(fmt.Sprintf("v%d/%s", version, firstLine(st.String())), func(t *testing.T) {
				require.NoError(t, c.Run(`EXPLAIN `+st.String(), blanks(st.String())...), "prepares")
				if version < byTime && strings.Contains(st.String(), " / 3600000") {
					return // what is read by the hour got its index with that version
				}
				checkPlan(t, c, st.String())
			})
		}
	}
}

func checkPlan(t *testing.T, c *migrations.Conn, text string) {
	t.Helper()
	var steps []string
	err := c.Each(`EXPLAIN QUERY PLAN `+text, func(row []driver.Value) error {
		steps = append(steps, row[3].(string))
		return nil
	}, blanks(text)...)
	require.NoError(t, err)
	plan := strings.Join(steps, "\n")
	sorted := strings.Contains(plan, "USE TEMP B-TREE FOR ORDER BY")
	limited := strings.Contains(text[strings.LastIndex(text, ")")+1:], "LIMIT")
	for _, step := range steps {
		if m := scans.FindStringSubmatch(step); m != nil && !strings.Contains(step, "CONSTANT ROW") {
			require.True(t, boundedTables[m[1]], "walks a table:\n%s\n%s", text, plan)
		}
		walksAll := ownerOnly.MatchString(step) && (sorted || !limited)
		require.False(t, walksAll && whole[firstLine(text)] == "" && !boundedTables[ownerOnly.FindStringSubmatch(step)[1]],
			"reads all that the streamer owns:\n%s\n%s", text, plan)
	}
}

// boundedTables have one row for a streamer, or at most as many as the store allows.
var boundedTables = map[string]bool{
	"shard_identity": true, "theme": true, "stream_status": true,
	"powerup_config": true, "overlay_settings": true, "overlay_layouts": true, "tips": true, "goals": true,
}

var placeholder = regexp.MustCompile(`\?(\d+)`)

// blanks are as many arguments as a statement takes.
func blanks(text string) []driver.Value {
	most := 0
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		n := 0
		_, _ = fmt.Sscan(m[1], &n)
		most = max(most, n)
	}
	args := make([]driver.Value, most)
	for i := range args {
		args[i] = int64(0)
	}
	return args
}

func firstLine(text string) string { return strings.Join(strings.Fields(text), " ") }
