package tenant

import (
	"slices"
	"strings"
)

// secretWords are what a setting that nobody but the streamer may see has in its key.
var secretWords = []string{"token", "secret", "passw", "pwd", "key", "auth", "credential", "private", "webhook", "cookie", "session", "bearer"}

// SecretWords are the words that make a setting a secret one, for code that copies settings
// without serving them.
func SecretWords() []string { return slices.Clone(secretWords) }

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
