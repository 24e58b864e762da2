package restore

import (
	"fmt"
	"regexp"
	"strconv"
)

// uploadAddress is how a viewer's own picture is named: channel and row id.
var uploadAddress = regexp.MustCompile(`^/([a-z0-9_-]{1,32})/api/uploads/([0-9]{1,16})$`)

// relativeUpload is the address of a picture of this file without what differs in a copy for
// somebody else, and any other text as it is.
func relativeUpload(text string, base int64) string {
	if n, ok := uploadIn(text, base); ok {
		return fmt.Sprintf("upload %d", n)
	}
	return text
}

// movedUpload is the address of a picture in a copy for somebody else.
func movedUpload(text string, from, to int64, channel string) string {
	if n, ok := uploadIn(text, from); ok {
		return fmt.Sprintf("/%s/api/uploads/%d", channel, to+n)
	}
	return text
}

// uploadIn is the id in an address, from the base, if it is one of the file's own.
func uploadIn(text string, base int64) (int64, bool) {
	m := uploadAddress.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(m[2], 10, 64)
	if n -= base; err != nil || n < 0 || n >= 1<<32 {
		return 0, false
	}
	return n, true
}
