package datastoretest

// shownTests are of what is shown on stream and what viewers win and buy.
var shownTests = map[string]test{}
