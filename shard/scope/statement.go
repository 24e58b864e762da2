package scope

import (
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"sync"
)

// Statement is SQL text that has passed the scope check. The zero value runs nothing.
type Statement struct{ *statement }

type statement struct {
	text    string
	number  int // index of the prepared form on every connection
	writes  bool
	returns bool   // rows come back: a SELECT, or RETURNING
	where   string // file that declares it, for reports
}

// String is the text as it was written.
func (s Statement) String() string { return s.text }

// Writes says that the statement changes rows and so needs the writer.
func (s Statement) Writes() bool { return s.writes }

func (s Statement) deletes() bool { return s.statement != nil && verb(s.text) == "DELETE" }

// Where names the source file that declares the statement.
func (s Statement) Where() string { return s.where }

// registered is every statement of the program, filled while packages are initialised.
var registered struct {
	sync.Mutex
	all []Statement
}

// SQL makes a Statement. Call it at package level only: it panics when the text is not
// scoped to its owner, and each call adds to what every connection may prepare.
func SQL(text string) Statement {
	if err := checkScope(text); err != nil {
		panic(fmt.Sprintf("scope.SQL: %v in:\n%s", err, text))
	}
	registered.Lock()
	defer registered.Unlock()
	_, file, _, _ := runtime.Caller(1)
	s := Statement{&statement{text: text, number: len(registered.all), where: file}}
	s.writes = verb(text) != "SELECT"
	s.returns = !s.writes || returning.MatchString(text)
	registered.all = append(registered.all, s)
	return s
}

// Statements lists every statement of the program, for tests that prepare, plan and
// attack each of them.
func Statements() []Statement {
	registered.Lock()
	defer registered.Unlock()
	return append([]Statement(nil), registered.all...)
}

var (
	firstWord   = regexp.MustCompile(`(?i)^\s*(SELECT|INSERT|UPDATE|DELETE)\b`)
	ownerIsOne  = regexp.MustCompile(`\bstreamer_id = \?1(\D|$)`)
	insertOwner = regexp.MustCompile(`(?is)^\s*INSERT\s+INTO\s+\w+\s*\(\s*streamer_id\b.*?\)\s*(VALUES\s*\(\s*\?1\s*[,)]|SELECT\s+(\?1|streamer_id)\b)`)
	looseParams = regexp.MustCompile(`\?(\D|$)|[$:@][A-Za-z0-9]`)
	stringText  = regexp.MustCompile(`'[^']*'`)
	returning   = regexp.MustCompile(`(?i)\bRETURNING\b`)
	conjunct    = regexp.MustCompile(`(?i)\b(WHERE|AND|ON)\s+(\w+\.)?$`)
	anyOr       = regexp.MustCompile(`(?i)\bOR\b`)
	anySelect   = regexp.MustCompile(`(?i)\b(SELECT|UPDATE|DELETE)\b`)
)

// checkScope holds the text against the rule. It is a net for mistakes, not for malice:
// the foreign key to the one-row streamers table and the file itself are behind it.
func checkScope(text string) error {
	bare := stringText.ReplaceAllString(text, "''")
	v := verb(bare)
	owners := len(ownerIsOne.FindAllString(bare, -1))
	selects := len(anySelect.FindAllString(strings.ReplaceAll(strings.ToUpper(bare), "DO UPDATE", ""), -1))
	switch {
	case v == "":
		return fmt.Errorf("no SELECT, INSERT, UPDATE or DELETE at the start")
	case looseParams.MatchString(bare):
		return fmt.Errorf("a placeholder that is not ?N")
	case strings.Contains(bare, ";"):
		return fmt.Errorf("more than one statement")
	case v == "INSERT" && !insertOwner.MatchString(bare):
		return fmt.Errorf("the first inserted column is not streamer_id from ?1")
	case owners < selects:
		return fmt.Errorf("%d parts read or change rows, %d of them say streamer_id = ?1", selects, owners)
	}
	for _, at := range ownerIsOne.FindAllStringIndex(bare, -1) {
		if !demanded(bare, at[0]) {
			return fmt.Errorf("streamer_id = ?1 is only one of several ways to match")
		}
	}
	return nil
}

// demanded says that the condition at text[at:] has to hold: WHERE, AND or ON stands before
// it, and no OR stands beside it within the same parentheses.
func demanded(text string, at int) bool {
	if !conjunct.MatchString(text[:at]) {
		return false
	}
	var beside strings.Builder
	for depth, from := 0, opening(text, at)+1; from < len(text) && depth >= 0; from++ {
		switch c := text[from]; {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case depth == 0:
			beside.WriteByte(c)
		}
	}
	return !anyOr.MatchString(beside.String())
}

// opening finds the parenthesis around text[at:], or -1.
func opening(text string, at int) int {
	for depth := 0; at > 0; {
		switch at--; text[at] {
		case ')':
			depth++
		case '(':
			if depth--; depth < 0 {
				return at
			}
		}
	}
	return -1
}

// verb is the statement's kind.
func verb(text string) string {
	m := firstWord.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	return strings.ToUpper(m[1])
}
