package gate

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	Serve(map[string]Task{
		"greet": func(_ context.Context, request json.RawMessage, parent *Parent) (any, error) {
			var name, title string
			if err := json.Unmarshal(request, &name); err != nil {
				return nil, err
			}
			if err := parent.Tell("began"); err != nil {
				return nil, err
			}
			err := parent.Ask(name, &title)
			return title + " " + name, err
		},
		"fail":  func(context.Context, json.RawMessage, *Parent) (any, error) { return nil, errors.New("no luck") },
		"crash": func(context.Context, json.RawMessage, *Parent) (any, error) { panic("oh") },
		"spin": func(context.Context, json.RawMessage, *Parent) (any, error) {
			n := 0
			for end := time.Now().Add(time.Hour); time.Now().Before(end); { // it is stopped from outside
				n++
			}
			return n, nil
		},
		"sleep": func(context.Context, json.RawMessage, *Parent) (any, error) {
			time.Sleep(time.Hour)
			return nil, nil
		},
		"eat": func(context.Context, json.RawMessage, *Parent) (any, error) {
			var all [][]byte
			for {
				b := make([]byte, 16<<20)
				for i := range b {
					b[i] = 1
				}
				if all = append(all, b); len(all) > 1000 {
					return len(all), nil
				}
			}
		},
		"fill": func(_ context.Context, request json.RawMessage, _ *Parent) (any, error) {
			var path string
			if err := json.Unmarshal(request, &path); err != nil {
				return nil, err
			}
			return nil, os.WriteFile(path, make([]byte, 2<<20), 0o600)
		},
		"environment": func(context.Context, json.RawMessage, *Parent) (any, error) { return os.Environ(), nil },
	})
	os.Exit(m.Run())
}

func work(t *testing.T, task string) Work {
	return Work{Task: task, Request: "Ann", Scratch: t.TempDir(),
		Limits: Limits{CPU: time.Second, Memory: 128 << 20, FileBytes: 1 << 20, Deadline: time.Minute}}
}

func TestAChildTellsAsksAndAnswers(t *testing.T) {
	t.Parallel()
	w := work(t, "greet")
	var told []string
	w.Told = func(line json.RawMessage) { told = append(told, string(line)) }
	w.Asked = func(q json.RawMessage) (any, error) { return "Dr of " + string(q), nil }
	var greeting string
	require.NoError(t, Run(t.Context(), w, &greeting))
	require.Equal(t, `Dr of "Ann" Ann`, greeting)
	require.Equal(t, []string{`"began"`}, told)
	w.Asked = func(json.RawMessage) (any, error) { return nil, errors.New("not today") }
	require.ErrorContains(t, Run(t.Context(), w, &greeting), "not today")
	w.Asked = nil
	require.ErrorContains(t, Run(t.Context(), w, &greeting), "nobody answers")
}

func TestWhatEndsAChild(t *testing.T) {
	t.Parallel()
	for task, want := range map[string]string{
		"fail": "no luck", "crash": "stopped: exit status 2: panic: oh", "nothing": "no such task",
		"spin": "stopped: it took too much time or memory",
		"eat":  "stopped: it took too much memory",
		"fill": "file too large",
	} {
		t.Run(task, func(t *testing.T) {
			t.Parallel()
			if task == "eat" && raced() {
				t.Skip("the race detector's own memory is beyond any limit")
			}
			w := work(t, task)
			w.Request = filepath.Join(t.TempDir(), "large")
			var result any
			err := Run(t.Context(), w, &result)
			require.ErrorContains(t, err, want)
			require.Equal(t, task == "crash" || task == "spin" || task == "eat", errors.Is(err, ErrStopped))
		})
	}
}

func TestAChildEndsWithItsTime(t *testing.T) {
	t.Parallel()
	w := work(t, "sleep")
	w.Limits.Deadline = 200 * time.Millisecond
	require.EqualError(t, Run(t.Context(), w, nil), "stopped: it took too long")
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	w.Limits.Deadline = time.Hour
	began := time.Now()
	require.Error(t, Run(ctx, w, nil))
	require.Less(t, time.Since(began), 30*time.Second)
	ctx, stop := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, stop)
	require.ErrorIs(t, Run(ctx, w, nil), context.Canceled)
}

func TestAChildSeesNothingOfItsParentsEnvironment(t *testing.T) {
	t.Setenv("STREAMVAULT_SECRET", "x")
	w := work(t, "environment")
	var env []string
	require.NoError(t, Run(t.Context(), w, &env))
	require.ElementsMatch(t, []string{"STREAMVAULT_GATE=environment", "SQLITE_TMPDIR=" + w.Scratch, "TMPDIR=" + w.Scratch}, env)
}
