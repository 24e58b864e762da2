package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// keysPath is the route of keys by id, and of the admin keys.
const keysPath = "/api/keys"

// key is what the tables show of the API's key; the secret is in none but a new one.
type key struct {
	ID        int64
	Role      string
	Streamer  *string
	Name      string
	CreatedAt time.Time
	RevokedAt *time.Time
}

// newKey is the body of the routes that issue keys.
type newKey struct {
	Role string `json:"role"`
	Name string `json:"name,omitempty"`
}

// issued is the answer to a new key.
type issued struct {
	ID   int64  `json:"id"`
	Role string `json:"role"`
	Key  string `json:"key"`
}

func (a *app) tellKey(k issued) error {
	return a.answer(k, fmt.Sprintf("Key %d (%s), shown this once: %s", k.ID, k.Role, k.Key))
}

// keysOf is the route of a streamer's keys, or of the admin keys for "".
func keysOf(streamer string) (string, error) {
	if streamer == "" {
		return keysPath, nil
	}
	path, err := streamerPath(streamer)
	return path + "/keys", err
}

func keyPath(id int64) string { return keysPath + "/" + strconv.FormatInt(id, 10) }

// keyID reads the argument of the commands that take a key's id.
func keyID(command, arg string) (int64, error) {
	id, err := strconv.ParseInt(arg, 10, 64)
	if err != nil || id < 1 {
		return 0, wrongUse(command, "ID is the number that key list shows")
	}
	return id, nil
}

// orNoKey says which key is not there.
func orNoKey(id int64, err error) error {
	var r *refusal
	if errors.As(err, &r) && r.Code == "not_found" {
		return &refusal{Code: r.Code, Detail: fmt.Sprintf("There is no key %d.", id)}
	}
	return err
}
