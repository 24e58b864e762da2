package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestProgressOnATerminal(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	now := time.Unix(1000, 0)
	p := newProgress(&out, func() time.Time { return now })
	p.terminal = true
	p.begin("copying")
	p.show(progressLine{Step: "users", Unit: "rows", Done: 0, Total: 4000})
	now = now.Add(10 * time.Millisecond)
	p.show(progressLine{Step: "users", Unit: "rows", Done: 10, Total: 4000}) // too soon to draw again
	now = now.Add(1990 * time.Millisecond)
	p.show(progressLine{Step: "point_transactions", Unit: "rows", Done: 2000, Total: 4000})
	p.end()
	require.Equal(t, "\r\x1b[Kcopying ..."+
		"\r\x1b[K[                        ]   0%  0 of 4,000 rows  users"+
		"\r\x1b[K[============            ]  50%  2,000 of 4,000 rows  1,000/s  2s left  point_transactions"+
		"\r\x1b[K", out.String())
}

func TestProgressElsewhereIsPlainLines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	now := time.Unix(1000, 0)
	p := newProgress(&out, func() time.Time { return now })
	p.begin("copying")
	for second := range int64(7) {
		p.show(progressLine{Step: "users", Unit: "rows", Done: 100 + 20*second, Total: 400})
		now = now.Add(time.Second)
	}
	p.end()
	require.Equal(t, "50%  200 of 400 rows  20/s  10s left  users\n", out.String())
}

func TestThousands(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567", 100000: "100,000"} {
		require.Equal(t, want, thousands(n))
	}
}
