// Package shard routes every call of a streamer to that streamer's own database file.
//
// DataStore is the whole data layer as the HTTP API and the operations see it. Store is
// its SQLite implementation: a registry that knows which file is whose, a pool of open
// files, and one tenant.Store per call.
//
// Rules:
//
//   - Tenant binds the streamer once; nothing after it takes a streamer's id.
//   - A file is verified at every open against the registry: family, version, owner, uuid,
//     generation, and that its history has not become shorter. Whatever does not agree
//     quarantines that streamer alone; the others are served.
//   - A file found wrong at open is looked at again by the next call and served once it is
//     right. After an I/O error it stays shut until an operator says otherwise.
//   - Writes are refused before SQLite has to: while the disk has less free than the floor
//     (scope.ErrFull) and for a streamer whose rows have reached his quota (scope.ErrQuota;
//     deleting goes on). Neither is a quarantine.
//   - Limits of a streamer's own hold for calls that begin after they were set: his file is opened
//     anew. Rows are counted where they are limited and nowhere else.
//   - Who is deleted or purged has his file closed first: nobody writes to it afterwards, and
//     whoever waited finds nobody. A clone is built of a copy, beside, and adopted in one step.
//   - At most 1,024 calls of one streamer are under way, and three connections work for
//     them, so nobody takes all processors or all memory.
//   - Long work is a job (package job): begun with s.jobs.Start, it is run by the process and
//     not by a request, its items are marked as they are done, and whoever stops the
//     process halts it. What is to be taken up again keeps its options in the job's detail.
//   - No handle outlives its lease, no start opens more than the registry.
package shard
