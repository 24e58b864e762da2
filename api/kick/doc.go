// Package kick takes what Kick tells about a channel: who wrote, followed, subscribed or
// gave, and whether the stream is live.
//
// Rules:
//
//   - Nothing is believed that Kick has not signed: id, time and body. Without a key, or
//     when the time is more than 5 minutes off, nothing is taken.
//   - The type of an event comes in a header that is not signed, so the body has to be one
//     of that type.
//   - A message acts once. Its id is kept in the transaction of what it does, which is one
//     call of the streamer's store.
//   - An event of a type that is not known does nothing, and its id is not used up.
//   - A command answers in chat after it was done. An answer that gets lost undoes nothing.
package kick
