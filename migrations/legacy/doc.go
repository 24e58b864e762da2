// Package legacy turns an old single-tenant database, or the JSON files that came before it,
// into a NEW tenant file.
//
// An owner hands over the only copy of years of his community, made by an app that stored
// NULL, fractions and Infinity in integer columns. Three steps, each of which can refuse:
//
//	copied, err := legacy.Take(ctx, from, dir)  // private copy of file and log, its hash
//	source, err := copied.Open(ctx)             // is it sound, is it what it should be?
//	report, err := source.Build(ctx, target, nil)
//
// Rules:
//
//   - JSON files become a database first: Open stages their private copies, value by value
//     and streaming, in tables of the old schema without types. From then on they are a
//     source like any other. What is no viewer, tip or goal is a row too, and rejected.
//   - The source is only read, as plain bytes, and never opened with SQLite: nothing is
//     written to it or to its directory. What SQLite opens is the copy of file and log.
//     A -shm is never copied; a log that does not belong to the file is an error.
//   - Every row of every table of the source ends as exactly one of carried, repaired,
//     skipped or rejected, and the four add up to the table's count, or Build fails.
//   - A row that is repaired or rejected is kept as JSON in legacy_rejects, secrets left
//     out. What is outside the schema becomes the nearest valid value.
//   - Balances are what they were. Where a ledger does not add up to its balance, an
//     opening entry of source "import" makes up the difference.
//   - Sums over the rows carried unchanged are taken once in the source and once in the
//     result, by SQL both times; when they differ Build fails.
//   - The same source gives the same rows: nothing is taken from a clock or from chance,
//     but for sealing, and for which sessions are over. What needs a time gets the newest
//     one found in the source.
//   - Memory does not grow with the ledger: rows stream into a file that nobody uses before
//     it is adopted. Ordinary rows of the large tables never leave SQLite; only odd ones come
//     to the code in Go, and rows that were carried unchanged are compared one by one with
//     what they were, so that nothing hangs on the two ways being the same.
//   - A source is not trusted: whoever opens it does so in a process that may die.
//
// JSON files are first staged in a private database with the tables of later generations, and
// then are a source like any other.
//
// A table of the old schema is a table value that says which columns are read and how a row
// is carried, listed in tables.go. One that the old app never had is parked row by row.
package legacy
