// Package s3 keeps backups in an object store that speaks the S3 protocol.
//
// An object is there whole or not at all: one that is small is one request, a large one shows
// when its last part has arrived, and parts that a crash has left are removed before the next
// of that name. The bytes carry checksums on the way; whoever reads one back holds it against
// the manifest all the same.
//
// Access keys come from the environment or a file of the form that all S3 tools read, never
// from a command line, and are in no error.
package s3
