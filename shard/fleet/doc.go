// Package fleet moves the schema of all streamers' files, one file after the other, while
// they are served.
//
// The registry holds the fleet's target, the version that new files are born at. One job moves
// it: the streamers who are elsewhere become its items, a few of them go first (the canary),
// then batches that double, each with some workers. When more have failed than the budget
// allows, the job halts. It is resumed after that, after a halt and after a crash.
//
// Rules:
//
//   - A file is moved while nobody has it open: its callers wait for that moment, those of
//     others do not. What it holds is in one transaction at the old version or at the new.
//   - A failure is one streamer's. He stays whole at his old version, and is served as long
//     as the program serves that; else he is held until somebody decides. A quarantined,
//     missing or newer file is a failure, too.
//   - Before a file is moved a copy of it is kept, synced. Rolling back does not need it:
//     every migration has a way back, which loses nothing that was written since. The copy
//     is for a file that was damaged, and going back to it says how many commits it loses. A
//     later migration removes copies whose job ended 30 days ago.
//   - Before an item is touched the registry knows that it will be, and from which version.
//     So whatever a crash leaves, resuming and rolling back know who has moved.
//   - A plan is a rehearsal on a copy of every streamer's file. It changes none of them.
//   - Nothing to do costs one query of the registry.
package fleet
