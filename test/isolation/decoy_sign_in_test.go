package isolation

// signInAttacks are on who may come in, and on what one viewer leaves behind.
var signInAttacks = map[string]attack{}
