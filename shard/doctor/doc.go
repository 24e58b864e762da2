// Package doctor looks over a whole installation and says what is wrong with it.
//
// Examine asks everything that can be known without serving anybody: what lies in the data
// directory against what the registry says, each streamer's file against its row, and the
// installation's own affairs. What it finds is a Problem with a stable code, a sentence on
// what was found and one of advice, or a note, which is nothing to act on.
//
// Rules:
//
//   - Looking changes nothing. No file is opened behind SQLite's back while this process may
//     have it open, a log is never copied into a file, nobody is put out of service.
//   - One bad file never stops the report, and a call of a streamer waits for the look at
//     his own file only, some milliseconds.
//   - What is fine is no problem: an empty log beside a closed file, a file that a newer
//     start will migrate, an installation that has no backup yet and was not asked for any.
//   - A fix is something that loses nothing: what is moved goes to the trash. Each is
//     audited, and what was fixed is looked at again, so that the report says what remains.
package doctor
