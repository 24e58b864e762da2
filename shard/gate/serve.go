package gate

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// Task is work that a child does. What it returns is the result, as JSON.
type Task func(ctx context.Context, request json.RawMessage, parent *Parent) (any, error)

// served says that this program can be its own child.
var served bool

// Serve does the task that this process was started for and ends the process, or returns
// at once when it was not started by Run.
func Serve(tasks map[string]Task) {
	served = true
	name := os.Getenv(variable)
	if name == "" {
		return
	}
	served = false // a child has no children
	os.Exit(serve(tasks[name], os.Stdin, os.Stdout))
}

// Parent is who started the child.
type Parent struct {
	mu      sync.Mutex
	out     *json.Encoder
	answers chan message
}

// Tell passes something on, such as progress.
func (p *Parent) Tell(what any) error {
	body, err := json.Marshal(what)
	if err != nil {
		return err
	}
	return p.say(message{Tell: body})
}

// Ask returns the parent's answer to a question. Only one may be open.
func (p *Parent) Ask(question, answer any) error {
	body, err := json.Marshal(question)
	if err != nil {
		return err
	}
	if err := p.say(message{Ask: body}); err != nil {
		return err
	}
	m := <-p.answers
	if m.Error != "" {
		return errors.New(m.Error)
	}
	return json.Unmarshal(m.Answer, answer)
}

func (p *Parent) say(m message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.Encode(m)
}

func serve(task Task, in io.Reader, out io.Writer) int {
	from := json.NewDecoder(bufio.NewReader(in))
	var first message
	if err := from.Decode(&first); err != nil || first.Limits == nil {
		return 2
	}
	p := &Parent{out: json.NewEncoder(out), answers: make(chan message)}
	if err := first.Limits.take(); err != nil {
		_ = p.say(message{Error: fmt.Sprintf("gate: %v", err)})
		return 1
	}
	go p.listen(from)
	if task == nil {
		_ = p.say(message{Error: "gate: no such task"})
		return 1
	}
	result, err := task(context.Background(), first.Request, p)
	var body []byte
	if err == nil {
		body, err = json.Marshal(result)
	}
	if err != nil {
		_ = p.say(message{Error: err.Error()})
		return 1
	}
	if p.say(message{Result: body}) != nil {
		return 1
	}
	return 0
}

// listen hands answers on. The end of the input is the end of the parent, and so ours.
func (p *Parent) listen(from *json.Decoder) {
	for {
		var m message
		if err := from.Decode(&m); err != nil {
			os.Exit(1)
		}
		p.answers <- m
	}
}

// take puts this process under its limits. A program built with the race detector needs
// many times the memory, so there only the collector is told.
func (l Limits) take() error {
	signal.Ignore(syscall.SIGXFSZ) // a write beyond the limit fails instead
	debug.SetMemoryLimit(l.Memory / 2)
	limits := map[int]uint64{
		unix.RLIMIT_CPU:   uint64(l.CPU.Seconds()) + 1,
		unix.RLIMIT_FSIZE: uint64(l.FileBytes),
		unix.RLIMIT_CORE:  0,
	}
	if !raced() {
		limits[unix.RLIMIT_DATA] = uint64(l.Memory) + spare
	}
	for what, n := range limits {
		if err := unix.Setrlimit(what, &unix.Rlimit{Cur: n, Max: n}); err != nil {
			return fmt.Errorf("set limit %d to %d: %w", what, n, err)
		}
	}
	return nil
}

// spare is what a Go program maps without using it: stacks of threads, arenas, spans.
const spare = 256 << 20

func raced() bool {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return false
	}
	for _, s := range info.Settings {
		if s.Key == "-race" && s.Value == "true" {
			return true
		}
	}
	return false
}
