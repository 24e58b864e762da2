package shard

import "syscall"

const (
	// descriptorsPerShard is a fully open file: its log and index, the file once for the
	// writer and each of two readers with a log of their own.
	descriptorsPerShard = 7
	// descriptorsForOthers are left to the registry, sockets and clients.
	descriptorsForOthers = 256
	// mostOpen bounds memory, at about 0.2 MB for each open file.
	mostOpen = 2048
)

// defaultMaxOpen is how many files the process may hold open at once without running
// out of descriptors.
func defaultMaxOpen() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 64
	}
	free := max(int64(limit.Cur)-descriptorsForOthers, int64(limit.Cur)/4)
	return int(min(max(free/descriptorsPerShard, 1), mostOpen))
}
