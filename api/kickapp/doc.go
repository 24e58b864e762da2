// Package kickapp is the application that an installation is at Kick: streamers sign in
// through it, it says things in their chats, and has Kick tell of their channels.
//
// Rules:
//
//   - Nothing that Kick answers gets into an error or a log: it may hold a token.
//   - Tokens lie sealed in the streamer's file. Both of a pair are stored in one write, before
//     anything is done with either.
//   - A pair is renewed by one caller at a time, which is not disturbed when the server stops.
//     A pair that cannot be stored is kept in memory until it can. A crash between Kick's
//     answer and the write loses it; the old one is tried then, and when Kick refuses that
//     the streamer has to sign in again.
//   - A token that Kick refuses to renew is marked as expired, and not tried again.
//   - Saying something never keeps the caller waiting: what does not fit a short queue is
//     dropped and counted.
package kickapp
