// Package gate works on files that nobody vouches for in a process of their own.
//
// A database from somebody else's hands can be made to crash the library that reads it, to
// keep it busy for ever or to fill its memory. So it is opened by a child, the same program
// started anew, that has nothing but a private copy of the file, one pipe in and one pipe
// out, and limits of time, memory and file size. What the child makes is a fresh file of
// our own schema; when it dies, the file that it was given is to blame and nothing else is
// touched. The child ends with its parent: its standard input closes then.
//
// The program, and each test binary that uses a gate, calls Serve first in main:
//
//	gate.Serve(map[string]gate.Task{"legacy.build": build}) // returns unless it is the child
//
// and then Run starts a task. Parent and child speak in lines of JSON. The child may tell
// (progress) and ask (what only the parent can do, such as sealing a secret).
package gate
