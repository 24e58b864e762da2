//go:build !race

package program

// raceFlag builds the program as the tests are built.
var raceFlag []string
