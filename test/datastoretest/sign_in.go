package datastoretest

// signInTests are of who may come in, and of what one viewer leaves behind.
var signInTests = map[string]test{}
