package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A migration and its rollback are killed again and again. Whatever was cut off, every file
// is whole at one version or the other with the rows that it had, and a rerun ends where one
// without kills does.
func TestKillsDuringAMigrationLeaveWholeFiles(t *testing.T) {
	t.Parallel()
	const streamers = 24
	h, _ := fleetHome(t, streamers)
	one, two := schemas(t)
	before := h.files()
	require.Len(t, before, streamers)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	whole := func(versions ...string) {
		t.Helper()
		for name, f := range h.files() {
			require.Equal(t, before[name].digest, f.digest, "%s has other rows", name)
			require.Contains(t, versions, f.schema, "%s is of no version", name)
		}
	}
	cut := 0
	// through begins something, kills it and what resumes it some times, and has it end.
	through := func(kind string, args ...string) fleetJob {
		t.Helper()
		last := h.newestJob().ID
		for range kills() / 5 {
			j := h.newestJob()
			if j.ID > last && j.State == "done" {
				return j
			}
			if j.ID > last {
				require.Equal(t, kind, j.Kind)
				require.Equal(t, "halted", j.State)
				cut++
				args = []string{"migrate", "resume", fmt.Sprint(j.ID)}
			}
			h.killCommandAfter(time.Duration(30+r.Int64N(200))*time.Millisecond, args...)
			whole(one, two)
		}
		if j := h.newestJob(); j.ID > last && j.State != "done" {
			args = []string{"migrate", "resume", fmt.Sprint(j.ID)}
			o := h.Run(args...)
			require.Zero(t, o.Code, o.Stderr)
		} else if j.ID == last {
			require.Zero(t, h.Run(args...).Code)
		}
		return h.newestJob()
	}
	for range 2 {
		up := through("migrate", "migrate", "up", "--canary", "2", "--workers", "1")
		require.Equal(t, "done", up.State)
		require.EqualValues(t, streamers, up.Total)
		whole(two)
		back := through("rollback", "migrate", "rollback", fmt.Sprint(up.ID), "--workers", "1")
		require.Equal(t, "done", back.State)
		whole(one)
	}
	t.Logf("%d jobs were cut off", cut)
	o := h.Run("doctor", "--deep")
	require.Zero(t, o.Code, o.Stdout)
}

// A server that migrates is killed; the next one halts the job, and it is resumed over HTTP.
func TestAServerThatIsKilledWhileItMigratesGoesOn(t *testing.T) {
	t.Parallel()
	h, key := fleetHome(t, 12)
	_, two := schemas(t)
	before := h.files()
	p := h.serve()
	r := p.Must("POST", "/api/migrations", key, `{"action":"up","canary":1,"workers":1}`)
	require.Equal(t, 202, r.Status, r.Body)
	time.Sleep(20 * time.Millisecond)
	p.Kill()
	p = h.serve()
	var j fleetJob
	r = p.Must("GET", "/api/jobs/1", key, "")
	require.NoError(t, json.Unmarshal([]byte(r.Body), &j))
	if j.State != "done" {
		require.Equal(t, "halted", j.State)
		require.Equal(t, 202, p.Must("POST", "/api/migrations/1/resume", key, "").Status)
	}
	r = p.Must("GET", "/api/migrations/1", key, "") // until the end
	require.Contains(t, r.Body, `{"result":{"id":1,"kind":"migrate","state":"done","total":12,"done":12`)
	require.Zero(t, p.Term(), p.Stderr)
	for name, f := range h.files() {
		require.Equal(t, shardFile{before[name].digest, two}, f)
	}
}

// Every request that comes while the fleet moves up and back is answered as always, only
// later; a streamer whose file cannot be moved is served too.
func TestNoRequestIsLostWhileTheFleetMoves(t *testing.T) {
	t.Parallel()
	const streamers, callers = 20, 8
	h, key := fleetHome(t, streamers)
	h.spoil("0000000007.1.db")
	p := h.serve()
	var (
		given   [streamers][callers]int64
		slowest [callers]time.Duration
		calls   [callers]int
		wg      sync.WaitGroup
	)
	stop := make(chan struct{})
	for c := range callers {
		wg.Go(func() {
			for i := c; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				s, began := i%streamers, time.Now()
				r, err := p.HTTP("POST", fmt.Sprintf("/s%d/api/points/Caller%d", s+1, c), key, `{"amount":1,"source":"chat"}`)
				if err != nil || r.Status != 200 {
					t.Errorf("s%d: %v %d %s", s+1, err, r.Status, r.Body)
					return
				}
				slowest[c] = max(slowest[c], time.Since(began))
				given[s][c]++
				calls[c]++
			}
		})
	}
	for range 2 {
		o := h.Run("migrate", "up", "--json")
		require.Equal(t, 3, o.Code, o.Stderr)
		var j fleetJob
		o.Decode(t, &j)
		require.Equal(t, [3]int64{streamers, streamers - 1, 1}, [3]int64{j.Total, j.Done, j.Failed})
		require.Zero(t, h.Run("migrate", "rollback", fmt.Sprint(j.ID)).Code)
	}
	close(stop)
	wg.Wait()
	for s := range streamers {
		for c := range callers {
			var v struct{ ChannelPoints int64 }
			r := p.Must("GET", fmt.Sprintf("/s%d/api/stats/Caller%d", s+1, c), "", "")
			if given[s][c] > 0 {
				require.NoError(t, json.Unmarshal([]byte(r.Body), &v), r.Body)
			}
			require.Equal(t, given[s][c], v.ChannelPoints, "s%d", s+1)
		}
	}
	t.Logf("calls %v, the slowest %v", calls, slowest)
	require.Zero(t, p.Term(), p.Stderr)
}

// Without a server the command's own process migrates: interrupting it halts the job.
func TestInterruptingACommandHaltsItsJob(t *testing.T) {
	t.Parallel()
	h, _ := fleetHome(t, 40)
	cmd := h.Command("migrate", "up", "--workers", "1", "--json")
	require.NoError(t, cmd.Start())
	require.Eventually(t, func() bool {
		found, err := filepath.Glob(h.Data("backups", "migrations", "job-1", "*"))
		return err == nil && len(found) > 2
	}, time.Minute, time.Millisecond)
	require.NoError(t, cmd.Process.Signal(syscall.SIGINT))
	_ = cmd.Wait()
	j := h.newestJob()
	require.Equal(t, "halted", j.State)
	require.Less(t, j.Done, j.Total)
	require.Equal(t, 1, cmd.ProcessState.ExitCode())
	require.Zero(t, h.Run("migrate", "resume", "1").Code)
	require.Equal(t, fleetJob{1, "migrate", "done", 40, 40, 0}, h.newestJob())
}

// A server that stops halts its migration, and the command that follows it does not begin
// another one in its own process.
func TestAServerThatStopsHaltsItsMigration(t *testing.T) {
	t.Parallel()
	h, _ := fleetHome(t, 40)
	h.spoil("0000000001.1.db")
	p := h.serve()
	cmd := h.Command("migrate", "up", "--workers", "1", "--json")
	require.NoError(t, cmd.Start())
	require.Eventually(t, func() bool {
		found, err := filepath.Glob(h.Data("backups", "migrations", "job-1", "*"))
		return err == nil && len(found) > 2
	}, time.Minute, time.Millisecond)
	require.Zero(t, p.Term(), p.Stderr)
	_ = cmd.Wait()
	require.NotZero(t, cmd.ProcessState.ExitCode())
	j := h.newestJob()
	require.EqualValues(t, 1, j.ID, "there is no other")
	require.Equal(t, "halted", j.State)
}
