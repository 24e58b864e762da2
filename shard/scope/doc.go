// Package scope is the only way from SQL text to a streamer's file.
//
// A statement is made once, at package level, by SQL; an executor binds the owner and
// runs it. What follows from that:
//
//   - A raw string does not compile where a Statement is asked for.
//   - SQL panics at program start unless the text is scoped: `streamer_id = ?1` in
//     every SELECT, UPDATE and DELETE, demanded and not one of several ways to match, and
//     the streamer_id column first in every INSERT.
//   - ?1 is bound by the executor. Entity code never sees the owner, so it can neither
//     forget nor swap it, nor take it from a request.
//   - The number of arguments is checked: the driver ignores surplus ones silently.
//   - Serving connections carry an authorizer: rows of known tables, nothing else. No
//     ATTACH, no DDL, no PRAGMA but the checkpoint's and those that measure the file.
//
// A DB borrows the open file for one call. Reads run on a reader, or on the writer's
// connection while nothing writes. Writes go through the one writer of the file: alone at
// once, otherwise together with all who wait, up to 256 in one durable commit, each in a
// savepoint of its own. The function given to Write may run twice, so it keeps its results
// to itself until Write has returned nil, and does nothing but talk to its Tx.
//
// A file's log is copied into it in the background and cut off at 64 MiB and at rest; it
// stays as an empty file when the shard closes. What is deleted is overwritten, and an
// erasure empties the log.
//
// Statements run on the driver's own connections, not through database/sql, whose
// pool and goroutine per cancellable call cost more than the query they carry. Read
// transactions are not held over several reads: a read takes 5 µs, of which that would
// save two, and a log could not be cut while one is held.
package scope
