// Package browser opens the pages of the running program in a real browser, as people do:
// they click, type and look. A test fails when a page writes an error to the console, breaks
// its own content policy, or shows what axe-core calls a serious fault for those who do not
// see, or do not use a mouse.
//
// It takes a Chromium; CHROMIUM may name one. Without, the tests skip, unless STREAMVAULT_CI is
// set: then they fail. All tests share one browser; each has profiles of its own in it.
//
//	go test ./test/browser
//	go test ./test/browser -run Screenshots -shots shots
//	go test ./test/browser -run Long -long -hold 1h -timeout 2h -v
package browser
