// Package migrations is the only door to a SQLite file.
//
// Whoever wants a connection, to a streamer's shard or to the registry, gets it
// from Open. Behind that door:
//
//   - The file is looked at first, without opening it: a plain file with one name,
//     at least one byte. Opening a live file by any other means drops the POSIX
//     locks of the whole process, so nothing here ever reads one through os.
//   - Every connection is hardened inside SQLite (see library), gets its pragmas
//     from the DSN, and has every pragma read back before anyone sees it. A pragma
//     sent through a pool would reach one connection only.
//   - The file says whose it is: application_id (which family), user_version
//     (which schema), and the identity rows (which tenant, which generation). A file
//     that contradicts what the caller expects is refused with an error of its own.
//   - Migrations are embedded SQL, one transaction each, counted in user_version,
//     which is read again inside the transaction. Each has a way back. An applied
//     migration is never edited: the hash list in applied.sha256 holds it to that.
//
// A program serves every version from Required to Newest: a migration first expands
// the schema, and only a later release needs what it added.
//
// The runner is our own: over thousands of small files it costs less than the general
// ones, and a failing step leaves the file exactly as it was.
//
// Pages are 1 KiB. An empty shard is then 73 kB instead of 221 kB with SQLite's usual
// 4 KiB and is made in half the time, while reads, pages of a list and writes of
// viewers cost the same; the price is 1.6 times the time of a scan of a whole table, which
// nothing that is served does (BenchmarkPageSize). The size cannot change once a file is in
// WAL mode.
package migrations
