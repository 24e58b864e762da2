// Package chaos takes the ground from under the running program: it is killed, its power
// is cut, its disk fills up. Clients over HTTP remember what they were answered, and all
// of that has to be there afterwards, once.
//
// The short form runs with go test; -long runs what takes minutes, and -soak for as long
// as it is told:
//
//	go test ./test/chaos -long
//	go test ./test/chaos -run Soak -soak 30m -timeout 1h
//
// Power cuts and full disks need Linux, root, a loop device and mkfs.ext4. Without them
// the tests skip, unless STREAMVAULT_CI is set: then they fail.
package chaos
