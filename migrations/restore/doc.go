// Package restore looks into tenant files that are not served, and copies their rows into
// fresh ones.
//
// A file that comes back, from a backup, an export or its owner's hands, is never adopted.
// Check holds a private copy of it against everything that a file of ours is, and Build
// carries its rows into a file made by our own migrations. Both run in a child of their own
// (shard/gate), which has nothing but that copy.
//
//   - The header is read before SQLite sees the file: magic, page size, encoding, length.
//   - It is opened for reading only, with an authorizer that lets statements read.
//   - The schema is the one of its version, word for word; then integrity, keys, owner, no row
//     of anybody else's, and the rules that no CHECK can hold: texts are UTF-8, a ledger adds up
//     to its balance, ids minted next lie where they belong.
//   - Rows are copied table by table as the schema names them, ids moved from one streamer's
//     base to another's where the copy is to be another's.
//   - What was copied has the digest of what was there, or there is no file.
//
// A Content is what the rows of a file come to: for each table how many there are and a digest
// over them in the order of their keys. Ids count from their streamer's base and the streamer
// is left out, so that a copy for somebody else has the same. The identity of the file, its
// streamer and its account of migrations are no content.
package restore
