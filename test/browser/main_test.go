package browser

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"streamvault/test/program"
)

var (
	long  = flag.Bool("long", false, "hold an overlay for as long as -hold says, and measure it")
	hold  = flag.Duration("hold", 5*time.Minute, "how long an overlay is held with -long")
	shots = flag.String("shots", "", "directory to write the screenshots of the README to")
)

// binary is the program, built once for all tests.
var binary string

func TestMain(m *testing.M) {
	flag.Parse()
	code := program.Main(m, &binary)
	close_()
	os.Exit(code)
}

// chrome is the one browser, started by the first test that needs it.
var chrome struct {
	sync.Once
	ctx    context.Context
	cancel []context.CancelFunc
	err    error
}

func close_() {
	for _, cancel := range chrome.cancel {
		cancel()
	}
}

func findChrome() string {
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); name != "" && err == nil {
			return found
		}
	}
	return ""
}

// startChrome returns the context of the browser, or leaves the test out where there is none.
func startChrome(t testing.TB) context.Context {
	t.Helper()
	found := findChrome()
	if found == "" && os.Getenv("STREAMVAULT_CI") != "" {
		t.Fatal("STREAMVAULT_CI is set, so this may not be left out: there is no chromium")
	}
	if found == "" {
		t.Skip("there is no chromium; install it, or name one with CHROMIUM")
	}
	chrome.Do(func() { launch(found) })
	if chrome.err != nil {
		t.Fatal(chrome.err)
	}
	return chrome.ctx
}

func launch(found string) {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(found), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("force-color-profile", "srgb"),
		chromedp.Flag("font-render-hinting", "none"), chromedp.Flag("enable-precise-memory-info", true),
		chromedp.Flag("js-flags", "--expose-gc"), chromedp.Env("TZ=Europe/Berlin", "LANG=en_US.UTF-8"))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	chrome.cancel = append(chrome.cancel, cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	chrome.cancel = append([]context.CancelFunc{cancel}, chrome.cancel...)
	chrome.ctx = ctx
	if err := chromedp.Do(ctx); err != nil {
		chrome.err = fmt.Errorf("start %s: %w", found, err)
	}
}
