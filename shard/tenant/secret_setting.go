package tenant

import "strings"

// secretWords are what a setting that nobody but the streamer may see has in its key.
var secretWords = []string{"token", "secret", "passw", "pwd", "key", "auth", "credential", "private", "webhook", "cookie", "session", "bearer"}

// SecretSetting says that a setting may open something, by its key: overlays do not see it,
// and it leaves the house in no export.
func SecretSetting(key string) bool {
	key = strings.ToLower(key)
	for _, word := range secretWords {
		if strings.Contains(key, word) {
			return true
		}
	}
	return false
}
