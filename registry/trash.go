package registry

import (
	"fmt"
	"path"
	"strings"
	"time"
)

// orphan moves a file that no row names out of service. It is never adopted and never
// silently deleted.
func (d *directory) orphan(name string, now time.Time) error {
	to := path.Join("trash", fmt.Sprintf("orphan-%s-%s", now.UTC().Format("20060102T150405.000"), path.Base(name)))
	return d.step("orphan", func() error { return d.root.Rename(name, to) })
}

// emptyRoom removes everything in a directory of ours.
func (d *directory) emptyRoom(room string) error {
	if err := d.root.RemoveAll(room); err != nil {
		return err
	}
	return d.root.MkdirAll(room, 0o700)
}

// withoutSidecar is the database that a -wal or -shm belongs to.
func withoutSidecar(name string) string {
	return strings.TrimSuffix(strings.TrimSuffix(name, "-wal"), "-shm")
}
