//go:build !linux

package legacy

// noAccessTime: elsewhere the system decides.
const noAccessTime = 0
