package legacy

// table is how the rows of one table of the old schema are carried.
type table struct {
	name string
	// columns are read in this order; one that the source lacks reads as NULL.
	columns []string
	// unused are columns that mean nothing in the new schema.
	unused []string
	// open makes the loader of one run; nil when no row is read, see skip.
	open func(*build) (loader, error)
	// bare says that the table is none of the old app's: it may have no rowid.
	bare bool
	// skip is the code under which all rows are skipped.
	skip string
}

// loader carries the rows of one table.
type loader interface {
	// load carries one row. It is called again for rows it defers, after all others.
	load(*row) (verdict, error)
	// finish adds what follows from the rows.
	finish() error
}

// tables of the old schema in the order in which they are carried: what others refer to
// goes first.
func tables() []table {
	return []table{
		usersTable(), pointsTable(), ledgerOf(ledgerTable), ledgerOf(halfMigrated),
		{name: "admin_sessions", skip: "admin-session"},
		{name: "verification_codes", skip: "verification-code"},
		{name: "api_tokens", skip: notYet},
		{name: "command_cooldowns", skip: notYet},
		{name: "drop_history", skip: notYet},
		{name: "goals", skip: notYet},
		{name: "overlay_settings", skip: notYet},
		{name: "powerup_config", skip: notYet},
		{name: "powerup_inventory", skip: notYet},
		{name: "powerup_purchases", skip: notYet},
		{name: "tips", skip: notYet},
		{name: "user_sessions", skip: notYet},
	}
}

// notYet notes rows of a table that this version does not carry.
const notYet = "not-carried-yet"
