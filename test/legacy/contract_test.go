package legacy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/test/fixtures"
)

// TestTheOldAppsContract replays what the old app was asked and compares the answers with what
// it answered: status, names and order of fields, types, values. Every case has a row in
// contracted, which says what is meant to differ and why; nothing else may.
func TestTheOldAppsContract(t *testing.T) {
	t.Parallel()
	files := []string{}
	for _, name := range fixtures.Names(t, "contract/cases/*.json") {
		id := strings.TrimSuffix(path.Base(name), ".json")
		files = append(files, id)
		row, known := contracted[id]
		require.True(t, known, "%s has no row", id)
		if row.out != "" {
			continue
		}
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			var r recording
			text := bytes.ReplaceAll(fixtures.Read(t, name), []byte("Infinity"), []byte("null")) // as the recorder wrote it
			require.NoError(t, json.Unmarshal(text, &r))
			newStage(t, r).replay(r, row)
		})
	}
	require.Len(t, files, 128)
	for id := range contracted {
		require.True(t, slices.Contains(files, id), "there is no case %s", id)
	}
}

func (s *stage) replay(r recording, row row) {
	s.Helper()
	compared := 0
	for i, step := range r.Steps {
		if step.Request == nil {
			continue // a pause
		}
		status, body := s.send(step.Request)
		s.drew(step.Response.JSON, json.RawMessage(body))
		what := fmt.Sprintf("step %d: %s %s: %s", i, step.Request.Method, step.Request.Path, body)
		if now, differs := row.steps[i]; differs {
			require.NotEmpty(s, now.why)
			require.Equal(s, now.status, status, what)
			require.Contains(s, body, now.body, what)
			compared++
			continue
		}
		require.Equal(s, step.Response.Status, status, what)
		if len(step.Response.JSON) == 0 {
			continue // a page or a word
		}
		compared++
		if row.anyOrder != "" {
			require.JSONEq(s, string(s.shifted(step.Response.JSON)), s.undrawn(body), what)
			continue
		}
		require.Equal(s, spelled(s, s.shifted(step.Response.JSON)), spelled(s, json.RawMessage(s.undrawn(body))), what)
	}
	paid := strings.HasPrefix(path.Base(s.Name()), "webhook")
	require.True(s, paid || compared > 0, "nothing was compared")
	if row.paid != nil {
		require.Equal(s, row.paid, s.ledger(s.Context()))
	} else if paid {
		want := []string{}
		for _, p := range r.Changes.Ledger.Added {
			want = append(want, p.String())
		}
		require.Equal(s, want, s.ledger(s.Context()))
	}
}

// undrawn is an answer with the recording's codes and tokens.
func (s *stage) undrawn(body string) string {
	for old, now := range s.drawn {
		body = strings.ReplaceAll(body, now, old)
	}
	return body
}

var plainTime = regexp.MustCompile(`"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)"`)

var anID = regexp.MustCompile(`"(id|user_id)": ?(\d+)`)

// shifted is a recorded answer with the two general differences: ids above the streamer's base,
// and times in RFC 3339.
func (s *stage) shifted(old json.RawMessage) json.RawMessage {
	text := plainTime.ReplaceAllString(string(old), `"${1}T${2}Z"`)
	return json.RawMessage(anID.ReplaceAllStringFunc(text, func(member string) string {
		var id int64
		name, digits, _ := strings.Cut(member, ":")
		_, err := fmt.Sscan(digits, &id)
		require.NoError(s, err)
		return name + ":" + fmt.Sprint(int64(s.id)<<32+id)
	}))
}

// spelled writes JSON without white space and nothing else changed: not the order of members,
// nor how a number is written.
func spelled(t testing.TB, text json.RawMessage) string {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	words := []string{}
	for {
		token, err := d.Token()
		if err != nil {
			return strings.Join(words, " ")
		}
		words = append(words, fmt.Sprintf("%T", token)[:1]+fmt.Sprint(token))
	}
}
