package api

import (
	"net/http"
	"reflect"
	"strconv"
	"strings"
)

// refusalTexts are the statuses of refusals, what each means, and a code that comes with it.
var refusalTexts = map[int]struct{ text, code string }{
	http.StatusPermanentRedirect:     {"The streamer has another name now: see Location", "renamed"},
	http.StatusBadRequest:            {"Something of the request is wrong; detail names it", "invalid_request"},
	http.StatusUnauthorized:          {"No valid key", "unauthorized"},
	http.StatusForbidden:             {"The key may not, another site sent this, or the channel is suspended", "forbidden"},
	http.StatusNotFound:              {"Not there, or another streamer's", "not_found"},
	http.StatusRequestTimeout:        {"The body did not arrive in time", "timeout"},
	http.StatusConflict:              {"Taken, too few points, as many as there may be, or not in this state", "conflict"},
	http.StatusPreconditionFailed:    {"Changed since it was read", "precondition_failed"},
	http.StatusRequestEntityTooLarge: {"The body is larger than is taken here", "too_large"},
	http.StatusUnsupportedMediaType:  {"The body must be JSON", "unsupported_media_type"},
	http.StatusUnprocessableEntity:   {"The file or backup is not what it should be: detail says how; nothing was changed", "file_refused"},
	http.StatusUpgradeRequired:       {"Neither a WebSocket nor Accept: text/event-stream", "upgrade_required"},
	http.StatusTooManyRequests:       {"Too many requests: see Retry-After", "rate_limited"},
	http.StatusInternalServerError:   {"A fault of the server", "internal"},
	http.StatusServiceUnavailable:    {"Not now: see Retry-After", "busy"},
	http.StatusGatewayTimeout:        {"It took too long, and may or may not have been done", "outcome_unknown"},
	http.StatusInsufficientStorage:   {"No room", "quota_exceeded"},
}

// refusals are what any route may answer instead, by status.
func refusals() doc {
	all := doc{}
	for status, r := range refusalTexts {
		answer := doc{"description": r.text, "content": doc{"application/problem+json": doc{
			"schema":  doc{"$ref": "#/components/schemas/Problem"},
			"example": NewProblem(status, r.code, r.text+"."),
		}}}
		if headers := refusalHeaders[status]; headers != nil {
			answer["headers"] = headers
		}
		all[strconv.Itoa(status)] = answer
	}
	return all
}

var refusalHeaders = map[int]doc{
	http.StatusPermanentRedirect:  header("Location", "the same on the channel that it is now"),
	http.StatusUnauthorized:       header("WWW-Authenticate", "Bearer: how to say who calls"),
	http.StatusUpgradeRequired:    header("Upgrade", "websocket"),
	http.StatusTooManyRequests:    retryHeader,
	http.StatusServiceUnavailable: retryHeader,
}

var retryHeader = doc{"Retry-After": doc{"description": "seconds", "schema": doc{"type": "string", "pattern": "^[0-9]+$"}}}

func header(name, text string) doc {
	return doc{name: doc{"description": text, "schema": doc{"type": "string"}}}
}

// headersOf are what a good answer has besides what every answer has.
func headersOf(r *Route) doc {
	switch {
	case r.ETag:
		return header("ETag", "names this content, for If-None-Match and If-Match")
	case r.Status == http.StatusSeeOther:
		return header("Location", "where to go on")
	case r.out == reflect.TypeFor[download]():
		return header("Content-Disposition", "attachment, with the file's name")
	}
	return nil
}

func (b *specBuilder) responses(r *Route) doc {
	good := doc{"description": goodText(r)}
	if content := b.content(r); len(content) > 0 {
		good["content"] = content
	}
	all := doc{strconv.Itoa(r.Status): good}
	if headers := headersOf(r); len(headers) > 0 {
		good["headers"] = headers
	}
	if r.ETag {
		all["304"] = doc{"description": "What If-None-Match names is still so", "headers": headersOf(r)}
	}
	if r.Follows && !r.lines {
		all["101"] = doc{"description": "A WebSocket: the same messages, each a text of JSON", "headers": header("Upgrade", "websocket")}
	}
	for status := range refusalTexts {
		if r.mayAnswer(status) {
			all[strconv.Itoa(status)] = doc{"$ref": "#/components/responses/" + strconv.Itoa(status)}
		}
	}
	return all
}

func goodText(r *Route) string {
	switch {
	case r.lines:
		return "Lines of JSON as the work goes on; the last one is a result or an error"
	case r.Follows:
		return "Server-sent events: a snapshot, then numbered changes"
	}
	return http.StatusText(r.Status)
}

// content is what a good answer holds, by its type.
func (b *specBuilder) content(r *Route) doc {
	all := doc{}
	switch {
	case r.Follows && !r.lines:
		all["text/event-stream"] = doc{"schema": doc{"type": "string"}}
	case len(r.content) > 0:
		for _, kind := range r.content {
			all[kind] = doc{}
		}
	case r.out == reflect.TypeFor[Nothing]() && !r.lines:
	case r.out == reflect.TypeFor[blob](), r.out == reflect.TypeFor[download]():
		all["*/*"] = doc{}
	case r.lines:
		all["application/x-ndjson"] = doc{"schema": doc{"type": "string", "description": "a line each: progress, and at last result or error"}}
	default:
		out := r.out
		if r.shape != nil {
			out = r.shape
		}
		s := b.schema(out, "", true)
		all["application/json"] = doc{"schema": s, "example": b.exampleAnswer(r, s)}
	}
	return all
}

func (r *Route) mayAnswer(status int) bool {
	takesBody := r.plan.body != nil || r.sends != nil
	switch status {
	case http.StatusPermanentRedirect:
		return r.OnChannel()
	case http.StatusUnauthorized:
		return r.Who != Anyone || r.Path == "/login" || r.sends != nil
	case http.StatusForbidden:
		return r.Who != Anyone || r.Writes()
	case http.StatusNotFound:
		return strings.Contains(r.Path, "{") || r.Who == Admin || r.sends != nil
	case http.StatusConflict, http.StatusInsufficientStorage, http.StatusGatewayTimeout:
		return r.Writes()
	case http.StatusPreconditionFailed:
		return r.guard != nil
	case http.StatusBadRequest:
		return len(r.plan.params) > 0 || takesBody
	case http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusRequestTimeout:
		return takesBody
	case http.StatusUnprocessableEntity:
		return r.Timeout == longWork
	case http.StatusUpgradeRequired:
		return r.Follows && !r.lines
	}
	return true
}
