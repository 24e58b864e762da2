// Package scope is the only way from SQL text to a streamer's file.
//
// A statement is made once, at package level, by SQL; an executor binds the owner and
// runs it. What follows from that:
//
//   - A raw string does not compile where a Statement is asked for.
//   - SQL panics at program start unless the text is scoped: `streamer_id = ?1` in
//     every SELECT, UPDATE and DELETE, the streamer_id column first in every INSERT.
//   - ?1 is bound by the executor. Entity code never sees the owner, so it can neither
//     forget nor swap it, nor take it from a request.
//   - The number of arguments is checked: the driver ignores surplus ones silently.
//   - Serving connections carry an authorizer: rows of known tables, nothing else. No
//     ATTACH, no DDL, no PRAGMA but the checkpoint.
//
// A DB borrows the open file for one call. Reads run on a reader, or on the writer's
// connection while nothing writes. Writes go through the one writer of the file: alone at
// once, otherwise together with all who wait, up to 256 in one durable commit, each in a
// savepoint of its own. The function given to Write may run twice, so it keeps its results
// to itself until Write has returned nil, and does nothing but talk to its Tx.
//
// Statements run on the driver's own connections, not through database/sql, whose
// pool and goroutine per cancellable call cost more than the query they carry.
package scope
