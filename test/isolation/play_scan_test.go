package isolation

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"time"

	"streamvault/shard/scope"
)

// mark is the canary of a streamer: what is stored of him carries it.
func mark(id scope.StreamerID) string { return fmt.Sprintf("zq%03dqz", id) }

var (
	marks   = regexp.MustCompile(`(?i)zq(\d{3})qz`)
	numbers = regexp.MustCompile(`\b\d{10,16}\b`)
)

// most is how many streamers play; above their ids begin limits that messages name.
const most = 200

// whose is the streamer whose id a row's id would be, or 0 for what is no such id. Points
// and counts of the games played here stay below the first of them.
func whose(n int64) scope.StreamerID {
	if n >= 1<<32 && n < most<<32 {
		return scope.StreamerID(n >> 32)
	}
	return 0
}

// strangers finds what is another streamer's in an answer: canaries in any text, ids in any
// number, however deep they lie.
func strangers(own scope.StreamerID, answer any) []string {
	s := search{own: own}
	s.value(reflect.ValueOf(answer))
	return s.found
}

// strangersIn does so with an answer that is one text.
func strangersIn(own scope.StreamerID, answer string) []string {
	s := search{own: own}
	s.text(answer)
	for _, n := range numbers.FindAllString(answer, -1) {
		id, err := strconv.ParseInt(n, 10, 64)
		if err == nil {
			s.number(id)
		}
	}
	return s.found
}

type search struct {
	own   scope.StreamerID
	found []string
}

func (s *search) text(text string) {
	for _, m := range marks.FindAllStringSubmatch(text, -1) {
		if n, err := strconv.Atoi(m[1]); err != nil || scope.StreamerID(n) != s.own {
			s.found = append(s.found, text)
		}
	}
}

func (s *search) number(n int64) {
	if of := whose(n); of != 0 && of != s.own {
		s.found = append(s.found, fmt.Sprint("id ", n))
	}
}

func (s *search) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		s.text(v.String())
	case reflect.Int, reflect.Int64:
		if v.Type() != reflect.TypeFor[time.Duration]() {
			s.number(v.Int())
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			s.value(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type() != reflect.TypeFor[time.Time]() {
				s.value(v.Field(i))
			}
		}
	case reflect.Map:
		for k, e := range v.Seq2() {
			s.value(k)
			s.value(e)
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			s.text(fmt.Sprintf("%s", v.Interface()))
			return
		}
		for i := range v.Len() {
			s.value(v.Index(i))
		}
	}
}
