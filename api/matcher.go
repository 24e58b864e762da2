package api

import (
	"net/http"
	"strings"

	"github.com/gorilla/mux"
)

// matcher takes requests whose path fits a template and notes the variables, as they were
// sent. It compares segment by segment: mux's own patterns are regular expressions, which
// cost a hundred times as much.
func matcher(template string) mux.MatcherFunc {
	want := strings.Split(template, "/")[1:]
	return func(r *http.Request, m *mux.RouteMatch) bool {
		sent := r.URL.RawPath
		if sent == "" {
			sent = r.URL.Path
		}
		if !fits(want, sent) {
			return false // as nearly always; the exact path takes longer to get
		}
		sent = r.URL.EscapedPath()
		return fits(want, sent) && capture(want, sent, m)
	}
}

// fits compares the number of segments and those that are fixed.
func fits(want []string, path string) bool {
	for _, segment := range want {
		if path == "" || path[0] != '/' {
			return false
		}
		var sent string
		if sent, path = cutSegment(path); !isVariable(segment) && segment != sent {
			return false
		}
	}
	return path == ""
}

// capture notes the variables of a path that fits, unless one is no such thing.
func capture(want []string, path string, m *mux.RouteMatch) bool {
	variables := make(map[string]string, 2)
	for _, segment := range want {
		var sent string
		if sent, path = cutSegment(path); !isVariable(segment) {
			continue
		}
		name := segment[1 : len(segment)-1]
		if sent == "" || (name == "channel" || name == "name") && !isSlug(sent) {
			return false
		}
		variables[name] = sent
	}
	m.Vars = variables
	return true
}

func isVariable(segment string) bool { return strings.HasPrefix(segment, "{") }

// cutSegment takes a slash and what follows it off a path.
func cutSegment(path string) (segment, rest string) {
	path = path[1:]
	end := strings.IndexByte(path, '/')
	if end < 0 {
		end = len(path)
	}
	return path[:end], path[end:]
}

// isSlug says whether a text can be a streamer's channel, on every route. It is looked at
// as it was sent: an encoded NUL or newline is no such character.
func isSlug(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', digit(c), c == '_', c == '-':
		default:
			return false
		}
	}
	return 1 <= len(text) && len(text) <= 32
}
