package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// patience is how long a page may take to show what a test waits for.
const patience = time.Minute

// tab is one page as a person sees it. Its cookies and storage are its own, unless it is made by
// another of the same profile.
type tab struct {
	testing.TB
	ctx    context.Context
	faults *faults
	media  map[string]string // what the system asks for
}

// faults are what a page has complained of.
type faults struct {
	mu      sync.Mutex
	found   []string
	allowed []string
}

// newTab opens an empty tab with a profile of its own.
func newTab(t testing.TB) *tab {
	t.Helper()
	return open(t, startChrome(t), chromedp.WithNewBrowserContext())
}

// another opens a tab of the same profile.
func (p *tab) another() *tab { return open(p.TB, p.ctx) }

func open(t testing.TB, parent context.Context, options ...chromedp.ContextOption) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(parent, options...)
	p := &tab{t, ctx, new(faults), map[string]string{}}
	require.NoError(t, chromedp.Do(ctx))
	said := chromedp.Console(ctx)
	var listening sync.WaitGroup
	listening.Go(func() {
		for m, err := range said {
			if err == nil {
				p.faults.hear(m)
			}
		}
	})
	p.size(1280, 800)
	t.Cleanup(func() {
		p.faults.mu.Lock()
		found := p.faults.found
		p.faults.mu.Unlock()
		cancel()
		listening.Wait()
		require.Empty(t, found, "the page has complained")
	})
	return p
}

// harmless are kinds of messages that a page may write.
var harmless = map[chromedp.ConsoleType]bool{"log": true, "info": true, "debug": true, "verbose": true}

func (f *faults) hear(m chromedp.ConsoleMessage) {
	if m.Source == "security" || !harmless[m.Type] {
		f.add(fmt.Sprintf("%s %s: %s %s", m.Source, m.Type, m.Text, m.URL))
	}
}

func (f *faults) add(text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, part := range f.allowed {
		if strings.Contains(text, part) {
			return
		}
	}
	f.found = append(f.found, text)
}

// allow says that the page may complain with a text that has this in it from now on: a browser
// writes every answer of 400 and above to the console.
func (p *tab) allow(part string) {
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	p.faults.allowed = append(p.faults.allowed, part)
}

// do takes steps, which have to succeed in time.
func (p *tab) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.Fatalf("%s: %v; the page shows:\n%s\nand has said: %v", what, err, p.shown(), p.faults.found)
	}
}

// shown is the text of the page, for messages.
func (p *tab) shown() string {
	ctx, cancel := context.WithTimeout(p.ctx, time.Second)
	defer cancel()
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href.replace(/sv_\w+/, '…') + '\n' + (document.body?.innerText ?? '').slice(0, 3000)`))
	return text
}

// visit opens an address.
func (p *tab) visit(url string) {
	p.Helper()
	p.do("visit", chromedp.Navigate(url))
}

// before runs a script in every page of the tab before the page's own.
func (p *tab) before(script string) {
	p.Helper()
	p.do("prepare", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
		return err
	}))
}

// eval runs a script in the page, waits for its promise if it is one, and decodes what it gives.
func (p *tab) eval(script string, out any) {
	p.Helper()
	var raw []byte
	p.do("eval "+script[:min(len(script), 120)], func(ctx context.Context, t *chromedp.Target) (none chromedp.Void, err error) {
		raw, err = chromedp.Evaluate[[]byte](script, chromedp.EvalAwaitPromise)(ctx, t)
		return none, err
	})
	if out != nil {
		require.NoError(p, json.Unmarshal(raw, out), string(raw))
	}
}

// until waits for a condition, in JavaScript.
func (p *tab) until(condition string) {
	p.Helper()
	p.do("wait until "+condition, chromedp.Poll[chromedp.Void](condition, chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(0)))
}

// see waits for a text that a person can read.
func (p *tab) see(text string) {
	p.Helper()
	p.until(`(document.body?.innerText ?? '').includes(` + quoted(text) + `)`)
}

// gone waits until a text is there no more.
func (p *tab) gone(text string) {
	p.Helper()
	p.until(`!document.body.innerText.includes(` + quoted(text) + `)`)
}

// click clicks what a CSS selector finds, or for a text the button, link or tab that says it.
func (p *tab) click(what string) {
	p.Helper()
	p.do("click "+what, chromedp.WaitEnabled(clickable(what)), chromedp.Click(clickable(what), chromedp.NodeVisible))
}

// clickable is an XPath for a button's text, and a selector as it is.
func clickable(what string) string {
	if strings.ContainsAny(what, "#.[>") {
		return what
	}
	return fmt.Sprintf(`(//button|//a|//summary|//label)[normalize-space(.)=%q or @aria-label=%q]`, what, what)
}

// field is a script that finds the field of a label.
func field(label string) string {
	return `(() => { const said = ` + quoted(label) + `; const seen = (e) => e.offsetParent !== null || e.closest('dialog[open]');
		const label = [...document.querySelectorAll('label')].filter(seen).find((l) => l.innerText.trim() === said) ?? [...document.querySelectorAll('label')].filter(seen).find((l) => l.textContent.includes(said));
		return label?.control ?? [...document.querySelectorAll('input, textarea, select')].filter(seen).find((e) => e.ariaLabel === said) })()`
}

// fill types into the field of a label, in place of what is there.
func (p *tab) fill(label, text string) {
	p.Helper()
	p.until(field(label))
	p.eval(`{ const e = `+field(label)+`; e.focus(); e.select(); 0 }`, nil)
	p.do("fill "+label, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: text})
		return err
	}))
}

// size gives the window a size.
func (p *tab) size(width, height int64) {
	p.Helper()
	p.do("size", chromedp.EmulateViewport(width, height))
}

// phone makes the window that of a phone.
func (p *tab) phone() {
	p.Helper()
	p.do("phone", chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateTouch))
}

// prefers sets what the system asks for, "prefers-color-scheme" "dark" or "prefers-reduced-motion" "reduce", beside what it asked for before.
func (p *tab) prefers(feature, value string) {
	p.Helper()
	p.media[feature] = value
	var all []*emulation.MediaFeature
	for name, value := range p.media {
		all = append(all, &emulation.MediaFeature{Name: name, Value: value})
	}
	p.do("prefer", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: all})
		return err
	}))
}

// fits fails when the page is wider than the window. On a phone innerWidth grows with the page; clientWidth is the phone's.
func (p *tab) fits() {
	p.Helper()
	var wide []string
	p.eval(`document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] : [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && !e.closest('.table-box, nav, .tabs')).slice(0, 5).map(e => e.outerHTML.slice(0, 120)).concat('scrollWidth ' + document.documentElement.scrollWidth)`, &wide)
	require.Empty(p, wide, "it scrolls sideways")
}

func quoted(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err) // it is text
	}
	return string(b)
}
