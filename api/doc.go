// Package api is the HTTP face of an installation: routes, who may call them, and what
// goes in and out as JSON.
//
// A route is one declaration in the table of its entity's file: method, path, who may
// call, input type, output type, handler. The router, the checks and (later) the OpenAPI
// document are made from that table, so none of them can say something else.
//
// Rules:
//
//   - A handler gets the narrowest role it needs, already bound to the streamer of the
//     path. No handler of a channel holds a DataStore or a streamer's id.
//   - Authorisation comes before everything that the caller sent is looked at. On a channel
//     an unknown streamer, another streamer's key and another streamer's resource are one
//     and the same 404, to the byte. No key, or one that nobody has, is a 401.
//   - A route that anyone may call does not look at keys.
//   - Bodies are strict JSON: one object, each known field once, in range. What is wrong is
//     named; what was sent is not repeated.
//   - Errors become answers in one table (errors.go). A 500 says nothing of its cause,
//     which is logged once.
//   - A log line names the route's template and never the address, which may hold a key.
//   - User names are one percent-encoded path segment; a channel is [a-z0-9_-]{1,32} in any
//     case of A to Z, on every route, because the router writes that pattern itself.
package api
