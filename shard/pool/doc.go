// Package pool keeps a bounded number of expensive handles open - one per key - and lends them out. The sharded store
// keeps its tenants in it, but the package knows no SQL and no tenant: a handle is anything with a Close method.
//
// # Rules
//
//   - [Pool.Acquire] is the only way to a handle, and a handle that is lent is never closed. It is closed once the last
//     lease is back, never earlier: closing a database under a running transaction lets that transaction commit.
//   - A key has at most one handle, from before its open starts until its Close has returned. Whoever asks meanwhile
//     waits for that key; nothing is opened twice and nothing is opened beside a handle that is still closing.
//   - Opening belongs to nobody: it runs on a goroutine and a context of its own, so an impatient caller takes only
//     itself away. A result that nobody waits for any more becomes an idle handle; a failure (a panic included) goes to
//     everyone who waits, leaves nothing behind, and the next Acquire tries anew.
//   - A handle holds its slot from before the open until after the Close, so file descriptors are bounded by
//     Options.Size times those of one handle, however slow closing is.
//   - Whoever needs a slot queues in order of arrival, and a freed slot goes to exactly one key, handed over under the
//     lock: newcomers cannot snatch it, and no crowd is woken to fight for it. (Waking everybody on each release cost
//     58,848 wakeups in a small measured test.) A key keeps the place of its earliest caller who still waits.
//   - Whoever asks for a key that is open shares it and needs no slot. So keys whose leases always overlap keep their
//     slots; those who queue then run into their deadline and get [ErrBusy].
//   - One mutex guards bookkeeping only. It is never held over an open, a Close, a wait or a callback but the clock.
//
// # Why golang-lru holds idle handles only
//
// The textbook cache (get, else open and add, close in the evict callback) leaks, measured on golang-lru v2.0.7: Add
// over an existing key drops the old value without telling the callback, Remove does tell it, and the callback runs
// when the lock is gone already, so a handle can be closed between somebody's get and its use. 16 goroutines leaked 107
// of 790 handles that way and saw closed databases. Here the LRU knows only the order in which unused handles were
// given back: it has no callback, is never asked to replace a key, and can never be over its own size. Who may be
// closed is decided by a lease count under one lock. There are two such lists: see idleHandles.
//
// # Life of a key
//
//	queued ──slot──> opening ──> open <──> idle (open, in the LRU)
//	   ^                │          │
//	   │             failure    Retire, Drain, Close
//	   │                │          v
//	   └──── settle <───┴─ closing <── retiring (lent, but not lent anew)
//	            │
//	            └──> drained (Drain's function runs; no slot)
package pool
