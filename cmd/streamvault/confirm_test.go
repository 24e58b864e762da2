package main

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// Nobody who sits at a terminal is passed over because he does not see the question.
func TestWhoDoesNotSeeTheQuestionIsRefused(t *testing.T) {
	t.Parallel()
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no pseudo terminals here: ", err)
	}
	defer terminal.Close()
	a := &app{stdin: terminal, stderr: &bytes.Buffer{}}
	for _, ask := range []func(bool, string) error{a.confirm, a.confirmKept} {
		require.Equal(t, exitUsage, explain(ask(false, "Sure?")).exit)
		require.NoError(t, ask(true, "Sure?"))
	}
}

func TestProgramsHaveToSayYesWhereSomethingIsLost(t *testing.T) {
	t.Parallel()
	a := &app{stdin: &bytes.Buffer{}, stderr: &bytes.Buffer{}}
	require.Equal(t, exitUsage, explain(a.confirm(false, "Sure?")).exit)
	require.NoError(t, a.confirmKept(false, "Sure?"), "the synopsis of restore has no --yes")
}

func TestPipesGetPlainNumbersBelowHeads(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	a := &app{stdout: &out}
	one := table{heads: []string{"NAME", "BYTES"}}
	one.add("1,234", int64(1234567))
	require.NoError(t, a.print(one))
	require.Equal(t, "NAME\tBYTES\n1,234\t1234567\n", out.String())
	out.Reset()
	require.NoError(t, one.align(&out))
	require.Equal(t, "NAME   BYTES\n1,234  1,234,567\n", out.String())
}
