//go:build !race

package hostile

func raced() bool { return false }
