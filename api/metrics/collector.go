package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"streamvault/registry"
	"streamvault/shard/tally"
)

// collector turns one reading into samples.
type collector struct{ Figures }

// Describe names nothing beforehand: which routes have been asked is not known.
func (collector) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c collector) Collect(to chan<- prometheus.Metric) {
	out := sink{to}
	c.pool(out)
	c.commits(out)
	c.installation(out)
	c.backups(out)
	c.http(out)
	out.gauge("live_hubs", "Channels that somebody follows.", float64(c.Live.Hubs))
	out.gauge("live_followers", "Callers who follow a channel.", float64(c.Live.Followers))
	out.counter("live_cut_total", "Followers who were cut because they did not keep up.", float64(c.Live.Cut))
	for _, one := range []struct {
		outcome string
		n       uint64
	}{{"sent", c.Chat.Sent}, {"unsaid", c.Chat.Unsaid}, {"dropped", c.Chat.Dropped}, {"failed", c.Chat.Failed}} {
		out.counter("kick_answers_total", "Answers for Kick's chats: sent, unsaid (not allowed), dropped (too many waited), failed.", float64(one.n), "outcome", one.outcome)
	}
	out.gauge("build_info", "Which program this is; always 1.", 1, "version", c.Build.Version, "revision", c.Build.Revision,
		"goversion", c.Build.Go, "sqlite", c.Store.SQLite)
	out.gauge("start_time_seconds", "When the server was made, in Unix seconds.", c.StartedAt)
}

func (c collector) pool(out sink) {
	p := c.Store.Pool
	out.counter("pool_hits_total", "Calls that found their streamer's file open.", float64(p.Hits))
	out.counter("pool_misses_total", "Calls that had to wait for their streamer's file.", float64(p.Misses))
	out.counter("pool_opens_total", "Files opened.", float64(p.Opens))
	out.counter("pool_open_failures_total", "Files that could not be opened.", float64(p.OpenFailures))
	out.counter("pool_closes_total", "Files closed.", float64(p.Closes))
	out.counter("pool_close_failures_total", "Files whose closing failed.", float64(p.CloseFailures))
	out.counter("pool_evictions_total", "Files closed to make room for others.", float64(p.Evictions))
	out.counter("pool_expired_total", "Files closed because nobody used them.", float64(p.Expired))
	out.counter("pool_wait_seconds_total", "Time that calls have waited for their streamer's file.", p.Waited.Seconds())
	out.gauge("pool_size", "Files that may be open at once.", float64(p.Size))
	out.gauge("pool_open", "Files that are open.", float64(p.Open))
	out.gauge("pool_leased", "Files that are in use.", float64(p.Leased))
	out.gauge("pool_idle", "Files that are open and not in use.", float64(p.Idle))
	out.gauge("pool_leases", "Calls that hold a file.", float64(p.Leases))
	out.gauge("pool_waiters", "Calls that wait for a file.", float64(p.Waiters))
}

func (c collector) commits(out sink) {
	n := c.Store.Commits
	out.histogram("commit_batch_operations", "Operations that shared a commit.", n.Batch, 1)
	out.histogram("commit_seconds", "Time from the begin of a transaction until it was durable.", n.Commit, float64(time.Second))
	out.counter("checkpoints_total", "Copies of a log into its file.", float64(n.Checkpoints))
	out.counter("checkpoint_errors_total", "Copies of a log that failed; each puts a streamer out of service.", float64(n.CheckpointErrors))
	out.gauge("wal_bytes", "Bytes in the logs of all open files.", float64(c.Store.WALBytes))
	out.gauge("wal_bytes_max", "Bytes in the longest log of an open file.", float64(c.Store.WALBytesMax))
}

// states are all that a streamer can be in, so that each has a sample from the start.
var states = []registry.State{registry.Creating, registry.Active, registry.Suspended, registry.Migrating, registry.Held,
	registry.Quarantined, registry.Deleting, registry.Trashed}

func (c collector) installation(out sink) {
	for _, s := range states {
		out.gauge("streamers", "Streamers by state.", float64(c.Store.Census.Streamers[s]), "state", string(s))
	}
	for cause, n := range c.Store.Quarantines {
		out.counter("quarantines_total", "Streamers put out of service, by cause.", float64(n), "cause", cause)
	}
	for of, n := range c.Store.Census.Jobs {
		out.gauge("jobs", "Jobs by kind and state.", float64(n), "kind", of.Kind, "state", string(of.State))
	}
	refusing := 0.0
	if c.Store.Refusing {
		refusing = 1
	}
	out.gauge("writes_refused", "1 while writes are refused for want of room on the disk.", refusing)
	out.gauge("disk_free_bytes", "Bytes that are free on the disk of the data directory.", float64(c.Store.DiskFree))
}

func (c collector) backups(out sink) {
	n := c.Store.Census
	out.gauge("backups", "Backups that are kept.", float64(n.Backups))
	out.gauge("streamers_without_backup", "Streamers in service of whom there is no backup.", float64(n.NoBackup))
	out.gauge("streamers_unproven", "Streamers in service of whom no backup was ever restored to see that it can be.", float64(n.Unproven))
	unsaved := 0.0
	if !n.Unsaved.IsZero() {
		unsaved = n.At.Sub(n.Unsaved).Seconds()
	}
	out.gauge("unsaved_age_seconds", "How long the oldest changes may have waited for a backup; 0 when all are in one.", unsaved)
	for _, age := range []struct {
		name, help string
		since      time.Time
	}{
		{"backup_newest_age_seconds", "Age of the newest backup of any streamer.", n.Newest},
		{"backup_oldest_newest_age_seconds", "Age of the newest backup of the streamer whose newest is the oldest.", n.OldestNewest},
		{"restore_proven_age_seconds", "Time since a backup was last restored to see that it can be.", n.Proven},
		{"restore_oldest_proven_age_seconds", "The same, of the streamer for whom it is longest ago.", n.OldestProven},
	} {
		if !age.since.IsZero() { // what there is not has no age
			out.gauge(age.name, age.help, n.At.Sub(age.since).Seconds())
		}
	}
}

// classes are the first digits of statuses.
var classes = [...]string{"none", "1xx", "2xx", "3xx", "4xx", "5xx"}

func (c collector) http(out sink) {
	for _, r := range c.Routes {
		for class, n := range r.Classes {
			if n > 0 {
				out.counter("http_requests_total", "Requests by route, method and class of status.", float64(n),
					"route", r.Path, "method", r.Method, "class", classes[class])
			}
		}
		if r.Latency.Count() > 0 {
			out.histogram("http_request_seconds", "Time from a request's head until its answer.", r.Latency, float64(time.Second),
				"route", r.Path, "method", r.Method)
		}
	}
}

// sink makes samples of streamvault's.
type sink struct{ to chan<- prometheus.Metric }

func (s sink) counter(name, help string, v float64, labels ...string) {
	s.sample(prometheus.CounterValue, name, help, v, labels)
}

func (s sink) gauge(name, help string, v float64, labels ...string) {
	s.sample(prometheus.GaugeValue, name, help, v, labels)
}

// describe takes names and values of labels in turn.
func describe(name, help string, labels []string) (*prometheus.Desc, []string) {
	var names, values []string
	for i := 0; i+1 < len(labels); i += 2 {
		names, values = append(names, labels[i]), append(values, labels[i+1])
	}
	return prometheus.NewDesc("streamvault_"+name, help, names, nil), values
}

func (s sink) sample(kind prometheus.ValueType, name, help string, v float64, labels []string) {
	desc, values := describe(name, help, labels)
	s.to <- prometheus.MustNewConstMetric(desc, kind, v, values...)
}

// histogram renders buckets; unit is how many of their values make one of the metric's.
func (s sink) histogram(name, help string, b tally.Buckets, unit float64, labels ...string) {
	desc, values := describe(name, help, labels)
	below, sum := make(map[float64]uint64, len(b.Bounds)), uint64(0)
	for i, bound := range b.Bounds {
		sum += b.Counts[i]
		below[float64(bound)/unit] = sum
	}
	s.to <- prometheus.MustNewConstHistogram(desc, b.Count(), float64(b.Sum)/unit, below, values...)
}
