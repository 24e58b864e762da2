// Package backup is the form of a backup and where it is kept.
//
// A backup is one file and a manifest beside it, FILE.json. The file is a database that is
// whole by itself (no log, any SQLite reads it), or that packed with zstd, or either sealed
// under its streamer's data key. The manifest says what the file is, with the SHA-256 of its
// bytes as they lie there; it holds no secret. Names have no user's name in them.
//
// A Target keeps files. Put keeps a file whole, durably, or not at all. The file goes first,
// then its manifest, then the row in the registry; a note below Pending says what is under way,
// so that after a crash a backup is either recorded or gone.
package backup
