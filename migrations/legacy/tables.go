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
	// bulk is how ordinary rows are carried without being looked at one by one; or nil.
	bulk *bulk
	// skip is the code under which all rows are skipped.
	skip string
	// numbered says that rows keep the id in their first column, above the streamer's base.
	numbered bool
	// into are the tables of the new file that get one row for each row carried; nil where
	// verify counts otherwise.
	into []string
	// sum is a column whose sum over the rows carried unchanged is the same on both sides.
	sum string
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
		powerupsTable(), inventoryTable(), purchasesTable(), dropsTable(), settingsTable(), tipsTable(), goalsTable(),
		tokensTable(), sessionsTable(), cooldownsTable(),
		{name: "admin_sessions", skip: "admin-session"},
		{name: "verification_codes", skip: "verification-code"},
	}
}
