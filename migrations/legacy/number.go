package legacy

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// most is the largest value of a balance, a count or an amount.
const most = 1_000_000_000_000

// decimal is what counts as a number in text.
var decimal = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$`)

// count reads a column of 0 to 10^12. What is less is 0.
func (r *row) count(i int) int64 {
	n := r.whole(i)
	switch {
	case n < 0:
		r.fault("negative", i)
		return 0
	case n > most:
		r.fault("too-large", i)
		return most
	}
	return n
}

// amount reads a column of -10^12 to 10^12.
func (r *row) amount(i int) int64 {
	n := r.whole(i)
	if n < -most || n > most {
		r.fault("too-large", i)
		return min(max(n, -most), most)
	}
	return n
}

// whole reads a column as an integer, whatever it was stored as: nothing is 0, a fraction
// is cut off, infinity and what is no number is 0.
func (r *row) whole(i int) int64 {
	switch v := r.values[i].(type) {
	case int64:
		return v
	case float64:
		return r.truncate(i, v, math.IsInf(v, 0) || math.IsNaN(v))
	case string:
		return r.textNumber(i, v)
	case []byte:
		return r.textNumber(i, string(v))
	}
	r.fault("no-value", i)
	return 0
}

// truncate cuts a fraction off and keeps what is out of range so that it is seen to be.
func (r *row) truncate(i int, v float64, infinite bool) int64 {
	switch {
	case infinite:
		r.fault("not-finite", i)
		return 0
	case v > most:
		return most + 1
	case v < -most:
		return -most - 1
	case v != math.Trunc(v):
		r.fault("fraction", i)
	default:
		r.fault("not-an-integer", i)
	}
	return int64(v)
}

func (r *row) textNumber(i int, text string) int64 {
	text = strings.TrimSpace(text)
	if !decimal.MatchString(text) {
		r.fault("not-a-number", i)
		return 0
	}
	r.fault("text-number", i)
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	// Only a number beyond all range is an error here, and it comes with its sign.
	v, _ := strconv.ParseFloat(text, 64)
	return r.truncate(i, v, false)
}
