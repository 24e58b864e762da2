package scope

import (
	"sync/atomic"
	"time"

	"streamvault/shard/tally"
)

// Counters are what the files of one store have done. All of them count into the same.
type Counters struct {
	batch            *tally.Histogram // operations a commit
	commit           *tally.Histogram // nanoseconds from the begin of a transaction until it is durable
	checkpoints      atomic.Uint64
	checkpointErrors atomic.Uint64
}

// NewCounters makes counters that stand at nothing.
func NewCounters() *Counters {
	ms := func(n float64) int64 { return int64(n * float64(time.Millisecond)) }
	return &Counters{
		batch: tally.New(1, 2, 4, 8, 16, 32, 64, 128, 255),
		commit: tally.New(ms(0.1), ms(0.25), ms(0.5), ms(1), ms(2.5), ms(5), ms(10), ms(25), ms(50), ms(100), ms(250), ms(500),
			ms(1000), ms(2500)),
	}
}

// Counts is what Counters stood at.
type Counts struct {
	Batch            tally.Buckets // operations a commit
	Commit           tally.Buckets // nanoseconds
	Checkpoints      uint64        // copies of a log into its file
	CheckpointErrors uint64        // each has ended the life of a file
}

// Counts reads the counters.
func (c *Counters) Counts() Counts {
	return Counts{c.batch.Buckets(), c.commit.Buckets(), c.checkpoints.Load(), c.checkpointErrors.Load()}
}

// checkpointed counts a copy of a log, and hands its error on.
func (c *Counters) checkpointed(err error) error {
	c.checkpoints.Add(1)
	if err != nil {
		c.checkpointErrors.Add(1)
	}
	return err
}

// Load is how often a file has been called since it was opened.
type Load struct{ Reads, Writes int64 }

// Load reads how often the file has been called. It may be closed.
func (f *File) Load() Load {
	writes := f.writes.Load()
	return Load{max(f.log.uses.Load()-writes, 0), writes}
}

// WALPath is where the file's log lies.
func (f *File) WALPath() string { return f.file.WALPath() }
