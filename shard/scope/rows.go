package scope

import (
	"fmt"
	"maps"
	"slices"

	"streamvault/migrations"
)

// limitRows makes the writer's connection count rows of the named tables, and refuse one more
// than the most. The counts lie in a table of the connection's own, are kept by triggers that
// are its own too, and so follow every transaction and savepoint, cascades included;
// nothing of it gets into the file. They are taken once, which walks an index of each table:
// a file without limits does none of this.
func limitRows(c *migrations.Conn, most map[string]int64) error {
	if len(most) == 0 {
		return nil
	}
	err := c.Run(`PRAGMA temp_store = MEMORY;
		CREATE TEMP TABLE row_limits (name TEXT PRIMARY KEY, held INTEGER NOT NULL, most INTEGER NOT NULL) STRICT, WITHOUT ROWID`)
	for _, table := range slices.Sorted(maps.Keys(most)) {
		if err != nil {
			break
		}
		if err = c.Run(fmt.Sprintf(`INSERT INTO row_limits SELECT '%[1]s', count(*), ?1 FROM main.%[1]s`, table), most[table]); err == nil {
			err = c.Run(fmt.Sprintf(countRows, table))
		}
	}
	if err != nil {
		return fmt.Errorf("count rows: %w", err)
	}
	return nil
}

// countRows has the name of a table of ours for its only gap.
const countRows = `
	CREATE TEMP TRIGGER limit_%[1]s AFTER INSERT ON main.%[1]s BEGIN
		UPDATE row_limits SET held = held + 1 WHERE name = '%[1]s';
		SELECT RAISE(ABORT, 'too many rows') FROM row_limits WHERE name = '%[1]s' AND held > most;
	END;
	CREATE TEMP TRIGGER count_%[1]s AFTER DELETE ON main.%[1]s BEGIN
		UPDATE row_limits SET held = held - 1 WHERE name = '%[1]s';
	END`
