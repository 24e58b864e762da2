// Package seal encrypts files under a streamer's data key, so that destroying the key destroys
// them too, wherever their copies are.
//
// A sealed file is one line of JSON, then chunks of AES-256-GCM over what was written. The line
// is bound to every chunk; each chunk is bound to its place, and the last one is marked, so
// nothing can be cut off, moved or taken from another file. The key is derived from the
// streamer's data key, a salt and the format's name, so that no two files share one.
package seal
