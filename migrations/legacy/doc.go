// Package legacy turns an old single-tenant database into a NEW tenant file. The oldest are
// directories of JSON files.
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
//   - Memory does not grow with the ledger: rows stream, in transactions of limited size,
//     into a file that nobody uses before it is adopted.
//
// A table of the old schema is a table value that says which columns are read and how a row
// is carried, listed in tables.go. One that the old app never had is parked row by row.
package legacy
