package main

import (
	"context"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"streamvault/api"
	"streamvault/api/kick"
	"streamvault/api/kickapp"
	"streamvault/registry"
	"streamvault/shard"
	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// kickFlags are what serve has to know of Kick.
type kickFlags struct {
	webhooks             bool
	publicKey            string // file
	clientID, secretFile string
	publicURL            string
	signup, chatAs       string
	idURL, apiURL        string
}

// kickSecret is the variable that may hold the client secret.
const kickSecret = "kick-client-secret"

func (o *kickFlags) declare(f *pflag.FlagSet) {
	f.BoolVar(&o.webhooks, "kick-webhooks", false, "take Kick's webhooks at /webhooks/kick, checked with the key that Kick shows at "+kick.PublicKeyURL)
	f.StringVar(&o.publicKey, "kick-public-key", "", "take Kick's webhooks, checked with the key in this file, PEM, and no other")
	f.StringVar(&o.clientID, "kick-client-id", "", "client id of an application at Kick: streamers sign in with it at /login/kick, and it answers in their chats")
	f.StringVar(&o.secretFile, "kick-client-secret-file", "", "file with the application's client secret, for its owner's eyes only (or variable "+variable(kickSecret)+")")
	f.StringVar(&o.publicURL, "public-url", "", "this server's address as browsers see it, such as https://vault.example; /callback below it is the application's redirect URL (default what a request says)")
	f.StringVar(&o.signup, "kick-signup", "on", "on: who signs in with Kick and has no channel gets one; off: only those whose Kick id a channel has get in")
	f.StringVar(&o.chatAs, "kick-chat-as", kickapp.Bot, "who answers in chat: bot, the application's; user, the streamer's own account")
	f.StringVar(&o.idURL, "kick-url", kickapp.IDURL, "where Kick signs people in, for tests")
	f.StringVar(&o.apiURL, "kick-api-url", kickapp.APIURL, "where Kick's API is, for tests")
	for _, name := range []string{"kick-webhooks", "kick-public-key", "kick-client-id", "kick-client-secret-file", "public-url",
		"kick-signup", "kick-chat-as", "kick-url", "kick-api-url"} {
		setting(f, name)
	}
}

func (o kickFlags) check() error {
	switch {
	case o.signup != "on" && o.signup != "off":
		return wrongUse("serve", "--kick-signup must be on or off")
	case o.chatAs != kickapp.Bot && o.chatAs != kickapp.User:
		return wrongUse("serve", "--kick-chat-as must be bot or user")
	case o.clientID == "" && o.secretFile != "":
		return wrongUse("serve", "--kick-client-secret-file goes with --kick-client-id")
	}
	for flag, value := range map[string]string{"--public-url": o.publicURL, "--kick-url": o.idURL, "--kick-api-url": o.apiURL} {
		if value != "" && !isOrigin(value) {
			return wrongUse("serve", "%s must be https://HOST[:PORT], or http:// on this machine, and nothing after it", flag)
		}
	}
	return nil
}

// isOrigin takes addresses that a secret may go to: browsers keep a sign-in for no others.
func isOrigin(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	here := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	return u.Scheme == "https" || u.Scheme == "http" && here
}

// keys says how webhooks are checked; nil takes none.
func (o kickFlags) keys() (kick.KeySource, error) {
	switch {
	case o.publicKey != "":
		text, err := os.ReadFile(o.publicKey)
		if err != nil {
			return nil, unreadable("--kick-public-key", o.publicKey, err)
		}
		key, err := kick.ParseKey(text)
		if err != nil {
			return nil, wrongUse("serve", "--kick-public-key %s: %w; it must be an RSA public key, PEM", o.publicKey, err)
		}
		return kick.Fixed(key), nil
	case o.webhooks:
		return kick.NewFetcher(kick.FetchOptions{URL: strings.TrimSuffix(o.apiURL, "/") + kick.PublicKeyPath}), nil
	}
	return nil, nil
}

// secret is the application's, from its file or its variable; "" without an application.
func (o kickFlags) secret(env func(string) (string, bool)) (string, error) {
	if o.clientID == "" {
		return "", nil
	}
	secret, _ := env(variable(kickSecret))
	if o.secretFile != "" {
		info, err := os.Stat(o.secretFile)
		if err != nil {
			return "", unreadable("--kick-client-secret-file", o.secretFile, err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			return "", wrongUse("serve", "--kick-client-secret-file %s can be read by others; run chmod 600 %[1]s", o.secretFile)
		}
		text, err := os.ReadFile(o.secretFile)
		if err != nil {
			return "", unreadable("--kick-client-secret-file", o.secretFile, err)
		}
		secret = string(text)
	}
	if secret = strings.TrimSpace(secret); secret == "" {
		return "", wrongUse("serve", "--kick-client-id needs the application's secret, in --kick-client-secret-file or %s", variable(kickSecret))
	}
	return secret, nil
}

// app is the application, through which the API's callers sign in and are answered in chat;
// nil when there is none.
func (o kickFlags) app(secret string, store *shard.Store, to *api.Options) *kickapp.App {
	if o.clientID == "" {
		return nil
	}
	app := kickapp.New(kickapp.Options{ClientID: o.clientID, ClientSecret: secret, IDURL: o.idURL, APIURL: o.apiURL, ChatAs: o.chatAs,
		Webhooks: to.Kick.Keys != nil, Channels: channelsOf(store),
		Tokens: func(id scope.StreamerID) tenant.TokenStore { return store.Tenant(id) }, Log: to.Log, Now: to.Kick.Now})
	to.Kick.Chat = app
	to.KickLogin = api.KickLogin{App: app, PublicURL: strings.TrimSuffix(o.publicURL, "/"), Closed: o.signup == "off", Now: to.Kick.Now}
	return app
}

// channelsOf lists those who are at Kick and are served, 200 rows of the registry at a time.
func channelsOf(store *shard.Store) func(context.Context, scope.StreamerID) ([]kick.Channel, scope.StreamerID, error) {
	return func(ctx context.Context, after scope.StreamerID) (some []kick.Channel, next scope.StreamerID, err error) {
		all, err := store.Streamers(ctx, after, channelsAtOnce, "")
		for _, s := range all {
			if s.KickUserID != nil && s.State == registry.Active {
				some = append(some, kick.Channel{ID: s.ID, Username: s.Username, KickID: *s.KickUserID})
			}
		}
		if len(all) == channelsAtOnce {
			next = all[len(all)-1].ID
		}
		return some, next, err
	}
}

const channelsAtOnce = 200
