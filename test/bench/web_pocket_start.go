package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
)

// viewersCollection is what a viewer is to our API, as one would declare it there. The
// rules that are not given let superusers in only.
const viewersCollection = `{"name": "viewers", "type": "base", "fields": [
	{"name": "username", "type": "text", "required": true, "max": 1024},
	{"name": "voiceId", "type": "text"},
	{"name": "dropImage", "type": "text"},
	{"name": "country", "type": "text"},
	{"name": "channelPoints", "type": "number", "onlyInt": true},
	{"name": "dropPoints", "type": "number", "onlyInt": true},
	{"name": "totalDrops", "type": "number", "onlyInt": true},
	{"name": "created", "type": "autodate", "onCreate": true},
	{"name": "updated", "type": "autodate", "onCreate": true, "onUpdate": true}
], "indexes": ["CREATE UNIQUE INDEX viewers_username ON viewers (username)"]}`

const (
	pocketUser     = "bench@example.com"
	pocketPassword = "only on loopback"
)

// startPocketBase builds PocketBase from the module in test/bench/pocketbase and serves it
// with its defaults, which the package there describes. --dev=false is the default too,
// except that it takes any program in the temporary directory for one under development,
// which would print every statement.
func startPocketBase(ctx context.Context, b *bench) (*viewerSite, error) {
	dir, err := b.place()
	if err != nil {
		return nil, err
	}
	binary, data := filepath.Join(dir, "pocketbase"), "--dir="+filepath.Join(dir, "data")
	if err := build(ctx, "test/bench/pocketbase", ".", binary); err != nil {
		return nil, err
	}
	if _, err := output(ctx, dir, binary, "superuser", "upsert", pocketUser, pocketPassword, data, "--dev=false"); err != nil {
		return nil, err
	}
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	p, err := startProgram(ctx, dir, address, "/api/health", binary, "serve", "--http="+address, data, "--dev=false")
	if err != nil {
		return nil, err
	}
	s := &viewerSite{name: "PocketBase", program: p, made: http.StatusOK, create: "/api/collections/viewers/records",
		get: "/api/collections/viewers/records/%s", list: "/api/collections/viewers/records?page=1&perPage=30&skipTotal=1"}
	s.key, err = preparePocketBase(ctx, "http://"+address)
	return s, err
}

// preparePocketBase signs the superuser in and makes the collection.
func preparePocketBase(ctx context.Context, url string) (token string, err error) {
	answer, err := askPocketBase(ctx, url+"/api/collections/_superusers/auth-with-password", "",
		fmt.Sprintf(`{"identity":%q,"password":%q}`, pocketUser, pocketPassword))
	if err != nil {
		return "", err
	}
	var signedIn struct{ Token string }
	if err := json.Unmarshal(answer, &signedIn); err != nil {
		return "", err
	}
	_, err = askPocketBase(ctx, url+"/api/collections", signedIn.Token, viewersCollection)
	return signedIn.Token, err
}

func askPocketBase(ctx context.Context, url, token, body string) ([]byte, error) {
	status, answer, err := ask(ctx, "POST", url, token, body)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("%s answered %d %s", url, status, answer)
	}
	return answer, err
}
