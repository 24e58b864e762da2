package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// barWidth is the length of a full bar, in characters.
const barWidth = 24

// progress shows how far long work is: a bar that is drawn anew on a terminal, a line now
// and then otherwise.
type progress struct {
	w        io.Writer
	terminal bool
	now      func() time.Time
	started  time.Time // when counting began, at from
	from     int64
	shown    time.Time
	drawn    bool
}

func newProgress(w io.Writer, now func() time.Time) *progress {
	return &progress{w: w, terminal: isTerminal(w), now: now}
}

// progressLine says how far long work is, as it travels from the handler to the command.
type progressLine struct {
	Step  string `json:"step"` // what is being worked on
	Unit  string `json:"unit"` // what is counted, "rows"
	Done  int64  `json:"done"`
	Total int64  `json:"total"`
	// Failed counts what is not among Done and will not be.
	Failed int64 `json:"failed,omitempty"`
}

// begin tells a person what goes on before there is anything to count.
func (p *progress) begin(step string) {
	if p.terminal {
		fmt.Fprintf(p.w, "\r\x1b[K%s ...", plain(step))
		p.drawn = true
	}
}

// show draws a line of progress, unless the last one was drawn a moment ago.
func (p *progress) show(l progressLine) {
	now, pause := p.now(), 5*time.Second
	if p.terminal {
		pause = 100 * time.Millisecond
	}
	if p.started.IsZero() {
		if p.started, p.from = now, l.Done+l.Failed; !p.terminal {
			p.shown = now // what is soon done needs no line
		}
	}
	if now.Sub(p.shown) < pause {
		return
	}
	p.shown = now
	gone := l.Done + l.Failed
	line := fmt.Sprintf("%3d%%  %s of %s %s%s%s  %s", percent(gone, l.Total), thousands(l.Done), thousands(l.Total),
		plain(l.Unit), failures(l.Failed), speed(gone-p.from, l.Total-gone, now.Sub(p.started)), plain(l.Step))
	if !p.terminal {
		fmt.Fprintln(p.w, strings.TrimSpace(line))
		return
	}
	full := int(barWidth * percent(gone, l.Total) / 100)
	fmt.Fprintf(p.w, "\r\x1b[K[%s%s] %s", strings.Repeat("=", full), strings.Repeat(" ", barWidth-full), line)
	p.drawn = true
}

// end removes the bar, so that what follows starts on a clean line.
func (p *progress) end() {
	if p.drawn {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

func failures(n int64) string {
	if n == 0 {
		return ""
	}
	return "  " + thousands(n) + " failed"
}

func percent(done, total int64) int64 {
	if total <= 0 {
		return 0
	}
	return min(100*done/total, 100)
}

// speed tells the rate and the time that is left, once there is enough to go by.
func speed(done, left int64, passed time.Duration) string {
	if done <= 0 || passed < time.Second {
		return ""
	}
	rate := float64(done) / passed.Seconds()
	rest := time.Duration(float64(left) / rate * float64(time.Second)).Round(time.Second)
	return fmt.Sprintf("  %s/s  %s left", thousands(int64(rate)), rest)
}

// counted is a number with its noun, of which more are named with an s.
func counted(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return thousands(n) + " " + noun + "s"
}

// thousands writes 1234567 as 1,234,567.
func thousands(n int64) string {
	digits := fmt.Sprint(n)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}
