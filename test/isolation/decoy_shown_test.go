package isolation

// shownAttacks are on what is shown on stream and what viewers win and buy.
var shownAttacks = map[string]attack{}
