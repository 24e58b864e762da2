// Package job runs long work: a fleet migration, a backup of all, a drill.
//
// A job is a row of the registry with an item for each streamer it is about. The work is a
// function that the process which owns the directory runs, never a request: whoever asked
// for it may go away, and any number may follow it.
//
//	run, err := runner.Start(ctx, registry.NewJob{Kind: "backup", Actor: actor, Members: ids},
//		func(ctx context.Context, run *job.Run) error {
//			return run.Each(ctx, job.Pace{Workers: 4}, func(ctx context.Context, item registry.JobItem) registry.ItemChange {
//				detail, err := backUp(ctx, item.Streamer)
//				return job.Outcome(detail, err)
//			})
//		})
//	j, err := run.Follow(ctx, show) // or runner.Follow(ctx, id, show), from anywhere
//
// Rules:
//
//   - What is marked is durable and counted in one transaction; marks of several workers
//     share it. An item that was done and not yet marked when the process died is done
//     again, so doing one twice must be the same as doing it once.
//   - A job ends done, or failed when some of its items did. Halted (by an operator, a
//     budget, the end of the process) and failed ones can be taken up again with Resume,
//     which has the items that wait and those that failed. A cancelled one cannot.
//   - A job that is done cancels the halted ones of which it leaves nothing to do: whoever was cut
//     off and says the same again has nothing left to decide.
//   - Jobs found running at the start were ended by a crash, and are halted.
//   - The context of the work ends when it is to stop. It then returns soon, whatever it
//     returns; the state of its job is decided by who stopped it.
package job
