// Package tenant is what one streamer owns: viewers, their points, and everything that is
// shown on stream. A new entity is one new file here: type, role interface, statements,
// methods, in that order, and a line in shard's TenantStore.
//
// Rules:
//
//   - The owner is bound before a Store exists. No method takes a streamer, and nothing in
//     this package can name another tenant, the registry, the pool or a database handle.
//   - One business operation is one method and one transaction. A function given to Write
//     may run twice and keeps its results to itself until it has returned.
//   - Each change of a balance writes its ledger row in the same transaction. Balances are
//     integers from 0 to MaxPoints and never leave that range.
//   - Names compare by their ASCII-lowered key, as the old app compared them: Bob is bob,
//     Ünal is not ünal.
//   - Errors are the sentinels of scope and the types of errors.go; SQL text is in none.
package tenant
