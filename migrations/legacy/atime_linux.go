package legacy

import "syscall"

// noAccessTime leaves the time of the last access as it was.
const noAccessTime = syscall.O_NOATIME
