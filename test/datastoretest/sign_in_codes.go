package datastoretest

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

const codeAlphabet = "34679ACDEFGHJKMNPQRTUVWXY"

// wrong is a code that is not c.
func wrong(c tenant.Code) string {
	first := string(codeAlphabet[(strings.IndexByte(codeAlphabet, c.Code[0])+1)%len(codeAlphabet)])
	return first + c.Code[1:]
}

func newCode(t *testing.T, s tenant.CodeStore, name string) tenant.Code {
	t.Helper()
	c, err := s.NewCode(t.Context(), name)
	require.NoError(t, err)
	return c
}

func codes(t *testing.T, h *house) {
	_, err := h.a.CheckCode(h.ctx, "Ann", "AAAAAA")
	require.ErrorIs(t, err, scope.ErrNotFound)
	c := newCode(t, h.a, "Ann")
	require.Equal(t, Clock.Add(5*time.Minute), c.ExpiresAt)
	_, err = h.a.UserByName(h.ctx, "Ann")
	require.ErrorIs(t, err, scope.ErrNotFound, "asking for a code makes no viewer")

	for range 20 {
		checked, err := h.a.CheckCode(h.ctx, "aNN", strings.ToLower(c.Code))
		require.NoError(t, err, "asking with the right one uses up no try")
		require.Equal(t, tenant.Checked{}, checked)
	}
	require.ErrorIs(t, h.b.ConfirmCode(h.ctx, "Ann", c.Code), scope.ErrNotFound)
	require.ErrorIs(t, h.a.ConfirmCode(h.ctx, "Ben", c.Code), scope.ErrNotFound)
	require.NoError(t, h.a.ConfirmCode(h.ctx, "ANN", c.Code))
	require.NoError(t, h.a.ConfirmCode(h.ctx, "anN", strings.ToLower(c.Code)), "twice is once")
	checked, err := h.a.CheckCode(h.ctx, "Ann", c.Code)
	require.NoError(t, err)
	require.True(t, checked.Verified)
	found, err := h.a.Session(h.ctx, checked.SessionToken)
	require.NoError(t, err)
	require.Equal(t, "anN", found.Username, "as chat spells him")

	_, err = h.a.CheckCode(h.ctx, "Ann", c.Code)
	require.ErrorIs(t, err, scope.ErrNotFound, "it worked once")
	require.ErrorIs(t, h.a.ConfirmCode(h.ctx, "Ann", c.Code), scope.ErrNotFound)
}

func codeShape(t *testing.T, h *house) {
	seen := map[string]bool{}
	letters := map[rune]int{}
	for range 200 {
		c := newCode(t, h.a, "Ann")
		require.Regexp(t, `^[`+codeAlphabet+`]{6}$`, c.Code)
		seen[c.Code] = true
		for _, r := range c.Code {
			letters[r]++
		}
	}
	require.Len(t, seen, 200)
	require.Len(t, letters, len(codeAlphabet), "every letter is used")
	for name, bad := range map[string]string{"Empty": "", "NUL": "a\x00b", "TooLong": strings.Repeat("x", tenant.MaxName+1)} {
		t.Run(name, func(t *testing.T) {
			var invalid *tenant.InvalidError
			_, err := h.a.NewCode(h.ctx, bad)
			require.ErrorAs(t, err, &invalid)
		})
	}
}

// codeTries: five wrong tries kill a code, by whichever way they came, for both ways.
func codeTries(t *testing.T, h *house) {
	check := func(c string) error { _, err := h.a.CheckCode(h.ctx, "Ann", c); return err }
	confirm := func(c string) error { return h.a.ConfirmCode(h.ctx, "Ann", c) }
	for name, ways := range map[string][]func(string) error{
		"Check": {check}, "Confirm": {confirm}, "Both": {check, confirm},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCode(t, h.a, "Ann")
			for i := range 4 {
				require.ErrorIs(t, ways[i%len(ways)](wrong(c)), scope.ErrNotFound)
			}
			require.NoError(t, check(c.Code), "one try is left")
			require.NoError(t, confirm(c.Code))
			require.ErrorIs(t, ways[0](wrong(c)), scope.ErrNotFound)
			require.ErrorIs(t, check(c.Code), scope.ErrNotFound, "confirmed or not, it is dead")
			require.ErrorIs(t, confirm(c.Code), scope.ErrNotFound)
			require.ErrorIs(t, check(wrong(c)), scope.ErrNotFound)
			fresh := newCode(t, h.a, "Ann")
			require.NoError(t, check(fresh.Code), "a new one has its own tries")
		})
	}
}

func codeExpiry(t *testing.T, h *house) {
	c := newCode(t, h.a, "Ann")
	h.wait(5*time.Minute - time.Millisecond)
	_, err := h.a.CheckCode(h.ctx, "Ann", c.Code)
	require.NoError(t, err)
	require.NoError(t, h.a.ConfirmCode(h.ctx, "Ann", c.Code))
	h.wait(time.Millisecond)
	_, err = h.a.CheckCode(h.ctx, "Ann", c.Code)
	require.ErrorIs(t, err, scope.ErrNotFound, "confirmed in time, fetched too late")
	require.ErrorIs(t, h.a.ConfirmCode(h.ctx, "Ann", c.Code), scope.ErrNotFound)

	old := newCode(t, h.a, "Ann")
	fresh := newCode(t, h.a, "ANN")
	require.ErrorIs(t, h.a.ConfirmCode(h.ctx, "Ann", old.Code), scope.ErrNotFound, "replaced")
	checked, err := h.a.CheckCode(h.ctx, "Ann", fresh.Code)
	require.NoError(t, err)
	require.False(t, checked.Verified)
}

// codeWaits: who asks for a code of somebody else's name does not take a confirmed one away.
func codeWaits(t *testing.T, h *house) {
	c := newCode(t, h.a, "Ann")
	require.NoError(t, h.a.ConfirmCode(h.ctx, "Ann", c.Code))
	_, err := h.a.NewCode(h.ctx, "aNN")
	require.ErrorIs(t, err, tenant.ErrCodeWaits)
	newCode(t, h.a, "Ben")
	newCode(t, h.b, "Ann")
	checked, err := h.a.CheckCode(h.ctx, "Ann", c.Code)
	require.NoError(t, err)
	require.True(t, checked.Verified, "the stranger has changed nothing")

	used := newCode(t, h.a, "Ann")
	require.NoError(t, h.a.ConfirmCode(h.ctx, "Ann", used.Code))
	h.wait(5*time.Minute - time.Millisecond)
	_, err = h.a.NewCode(h.ctx, "Ann")
	require.ErrorIs(t, err, tenant.ErrCodeWaits)
	h.wait(time.Millisecond)
	newCode(t, h.a, "Ann")
}

// codeOnce: of many pages that fetch a confirmed code one gets the session.
func codeOnce(t *testing.T, h *house) {
	c := newCode(t, h.a, "Ann")
	require.NoError(t, h.a.ConfirmCode(h.ctx, "Ann", c.Code))
	var verified atomic.Int64
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			checked, err := h.a.CheckCode(h.ctx, "Ann", c.Code)
			switch {
			case err == nil && checked.Verified:
				verified.Add(1)
			case !errors.Is(err, scope.ErrNotFound):
				t.Errorf("%+v, %v", checked, err)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, verified.Load())
	u, err := h.a.UserByName(h.ctx, "Ann")
	require.NoError(t, err)
	n, err := h.a.EndSessions(h.ctx, u.ID)
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
}

// codeNames: only A to Z are folded, as everywhere.
func codeNames(t *testing.T, h *house) {
	one, two := newCode(t, h.a, "Ünal"), newCode(t, h.a, "ünal")
	require.NoError(t, h.a.ConfirmCode(h.ctx, "Ünal", one.Code))
	checked, err := h.a.CheckCode(h.ctx, "ünal", two.Code)
	require.NoError(t, err)
	require.False(t, checked.Verified)
	checked, err = h.a.CheckCode(h.ctx, "Ünal", one.Code)
	require.NoError(t, err)
	require.True(t, checked.Verified)
}
