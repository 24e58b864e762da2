// Package registry is the phone book of an installation: who the streamers are, which file
// is whose, who may call, and what was done.
//
// Rules:
//
//   - The directory has one owner at a time: whoever holds the lock on DATA/LOCK.
//   - Every change and its audit row are one transaction on one writer, durable when it
//     returns. The audit log is a chain: each row's hash covers the row before it.
//   - A hot lookup, by id, name, Kick id or key, runs no SQL. A change empties the cache
//     before it returns, and a lookup that began before the change cannot fill it again.
//   - A streamer's file exists before its row is committed and under a name that only
//     that row gives it. What a crash leaves without a row is moved to trash, never adopted.
//   - A name that a streamer had before leads to him while its grace lasts, and nobody else
//     gets it. Names of streamers in the trash stay theirs.
//   - Deleting and having back change one row: the file stays where it lies, for a move would be
//     a second step that a crash can come before. Keys and sessions of who is Gone open nothing.
//   - A purge destroys the data key first, down to the last copy in registry.db and its log; what
//     it will remove is written down before. Whatever comes between, calling again finishes it.
//   - Of a key, session or code only the SHA-256 is kept. The master key lies beside the
//     data directory, never inside it.
package registry
