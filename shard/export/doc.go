// Package export writes everything that a streamer owns to one file that he can take away.
//
// There are two forms, both made of a private copy of his file, never of the live one:
//
//   - SQLite: a database of the tenant schema in rollback mode, that the sqlite3 shell of any
//     system opens. It says whose it is, so it can be restored.
//   - JSON: one document for people and other programs. It cannot be restored.
//
// What gives access to something is in neither: sessions, verification codes, tokens of
// providers, settings whose name says that they are secret. Nor is what only guards against
// doing a thing twice: kept answers of idempotent requests, ids of webhooks. In the SQLite form these
// tables are there and empty, and the file is written anew, so that no deleted byte is in it.
package export
