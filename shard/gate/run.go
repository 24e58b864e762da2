package gate

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// ErrStopped says that the child ended without an answer: it crashed, or reached a limit.
var ErrStopped = errors.New("stopped")

// Limits of a child. None may be 0.
type Limits struct {
	CPU       time.Duration // rounded up to seconds
	Memory    int64         // bytes, of its heap and of SQLite's together
	FileBytes int64         // of each file that it writes
	Deadline  time.Duration // by the clock
}

// Work is one task for a child.
type Work struct {
	Task    string
	Limits  Limits
	Scratch string // an existing directory for temporary files
	Request any    // as JSON
	// Told is called with each line that the child tells; may be nil.
	Told func(json.RawMessage)
	// Asked answers what the child asks; nil refuses everything.
	Asked func(json.RawMessage) (any, error)
}

// variable names the task that a child was started for.
const variable = "STREAMVAULT_GATE"

// message is a line in either direction.
type message struct {
	Limits  *Limits         `json:"limits,omitempty"`
	Request json.RawMessage `json:"request,omitempty"`
	Tell    json.RawMessage `json:"tell,omitempty"`
	Ask     json.RawMessage `json:"ask,omitempty"`
	Answer  json.RawMessage `json:"answer,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   string          `json:"error,omitempty"`
}

// Run does the work in a child and decodes its result. The error is ErrStopped when the
// child did not live to answer, and ctx's when that ended first.
func Run(ctx context.Context, w Work, result any) error {
	if !served {
		return errors.New("gate: this program does not call gate.Serve first in main")
	}
	ctx, cancel := context.WithTimeout(ctx, w.Limits.Deadline)
	defer cancel()
	cmd := exec.CommandContext(ctx, executable())
	cmd.Env = []string{variable + "=" + w.Task, "SQLITE_TMPDIR=" + w.Scratch, "TMPDIR=" + w.Scratch}
	cmd.Dir = w.Scratch
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // what the terminal sends goes to the parent
	said := &tail{}
	cmd.Stderr = said
	in, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("gate: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("gate: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("gate: %w", err)
	}
	err = w.talk(in, out, result)
	in.Close()
	if errors.Is(err, ErrStopped) {
		_, _ = io.Copy(io.Discard, out)
	} else {
		cancel() // it has said all it has to say
	}
	ended := cmd.Wait()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) && errors.Is(err, ErrStopped):
		return ctx.Err()
	case errors.Is(err, ErrStopped):
		return fmt.Errorf("%w: %s", ErrStopped, said.reason(ctx, ended))
	}
	return err
}

// executable is this program, also when its file has been replaced since it was started.
func executable() string {
	const self = "/proc/self/exe"
	if _, err := os.Stat(self); err == nil {
		return self
	}
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}

// talk sends the request and hears the child out.
func (w Work) talk(in io.Writer, out io.Reader, result any) error {
	request, err := json.Marshal(w.Request)
	if err != nil {
		return fmt.Errorf("gate: %w", err)
	}
	to := json.NewEncoder(in)
	_ = to.Encode(message{Limits: &w.Limits, Request: request}) // a child that is gone is found by reading
	from := json.NewDecoder(bufio.NewReader(out))
	for {
		var m message
		if err := from.Decode(&m); err != nil {
			return ErrStopped
		}
		switch {
		case m.Tell != nil && w.Told != nil:
			w.Told(m.Tell)
		case m.Ask != nil:
			_ = to.Encode(w.answer(m.Ask))
		case m.Error != "":
			return errors.New(m.Error)
		case m.Result != nil:
			return json.Unmarshal(m.Result, result)
		}
	}
}

func (w Work) answer(question json.RawMessage) message {
	if w.Asked == nil {
		return message{Error: "nobody answers"}
	}
	answer, err := w.Asked(question)
	if err == nil {
		var body []byte
		if body, err = json.Marshal(answer); err == nil {
			return message{Answer: body}
		}
	}
	return message{Error: err.Error()}
}

// tail keeps the first kilobytes of what a child says before it dies: a crash begins with
// its reason.
type tail struct{ bytes.Buffer }

func (t *tail) Write(p []byte) (int, error) {
	if room := 4096 - t.Len(); room > 0 {
		t.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

// reason is one line about why a child is gone.
func (t *tail) reason(ctx context.Context, ended error) string {
	if ctx.Err() != nil {
		return "it took too long"
	}
	var exit *exec.ExitError
	if errors.As(ended, &exit) {
		status, ok := exit.Sys().(syscall.WaitStatus)
		if ok && status.Signaled() && (status.Signal() == syscall.SIGXCPU || status.Signal() == syscall.SIGKILL) {
			return "it took too much time or memory"
		}
	}
	first, _, _ := strings.Cut(strings.TrimSpace(t.String()), "\n")
	if strings.Contains(first, "memory") {
		return "it took too much memory"
	}
	return strings.TrimSuffix(fmt.Sprintf("%v: %s", ended, first), ": ")
}
