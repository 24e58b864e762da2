package main

import (
	"context"
	"time"

	"github.com/spf13/pflag"

	"streamvault/shard"
	kept "streamvault/shard/backup"
)

// scheduleFlags say what a server backs up by itself.
type scheduleFlags struct {
	every, keep, drillEvery string
	compress, encrypt       bool
	workers, drillSample    int
}

func (o *scheduleFlags) declare(f *pflag.FlagSet) {
	f.StringVar(&o.every, "backup-every", "", "back up all who have changed, and the registry, at this interval, such as 6h (default never)")
	f.StringVar(&o.keep, "backup-keep", "", `of each streamer's backups keep the newest of so many hours, days and weeks, such as "24h,7d,4w" (default all)`)
	f.BoolVar(&o.compress, "backup-compress", false, "pack scheduled backups with zstd")
	f.BoolVar(&o.encrypt, "backup-encrypt", false, "encrypt scheduled backups under each streamer's own key")
	f.IntVar(&o.workers, "backup-workers", 2, "scheduled backups at a time, 1 to 16")
	f.StringVar(&o.drillEvery, "backup-drill-every", "", "restore some backups into scratch space at this interval, to see that they can be, such as 24h (default never)")
	f.IntVar(&o.drillSample, "backup-drill-sample", 10, "streamers in a drill, drawn at random")
	for _, name := range []string{"backup-every", "backup-keep", "backup-compress", "backup-encrypt", "backup-workers", "backup-drill-every", "backup-drill-sample"} {
		setting(f, name)
	}
}

// shortest is how often a schedule may come round.
const shortest = time.Minute

// schedule reads the flags.
func (o scheduleFlags) schedule() (shard.Schedule, error) {
	s := shard.Schedule{Compress: o.compress, Encrypt: o.encrypt, Workers: o.workers, DrillSample: o.drillSample}
	for _, one := range []struct {
		flag, text string
		to         *time.Duration
	}{{"backup-every", o.every, &s.Every}, {"backup-drill-every", o.drillEvery, &s.DrillEvery}} {
		if one.text == "" || one.text == "0" {
			continue
		}
		d, err := time.ParseDuration(one.text)
		if err != nil || d < shortest {
			return s, wrongUse("serve", "--%s must be a duration such as 6h or 90m, at least %s", one.flag, shortest)
		}
		*one.to = d
	}
	var err error
	if s.Keep, err = kept.ParseKeep(o.keep); err != nil {
		return s, wrongUse("serve", "--backup-keep %v", err)
	}
	if o.workers < 1 || o.workers > 16 || o.drillSample < 1 {
		return s, wrongUse("serve", "--backup-workers must be 1 to 16, --backup-drill-sample 1 or more")
	}
	return s, nil
}

// keepSchedule does what is due until stop is called.
func (s *server) keepSchedule() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.store.RunSchedule(ctx)
	}()
	return func() { cancel(); <-ended }
}
