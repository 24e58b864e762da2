package legacy

import (
	"crypto/sha256"
	"fmt"
)

const (
	tokenProvider = iota
	tokenAccess
	tokenRefresh
	tokenExpires
	tokenScope
	tokenCreated
	tokenUpdated
)

// Tokens of providers were kept in clear; here they are sealed.
func tokensTable() table {
	return plainTable(table{
		name: "api_tokens", into: []string{"api_tokens"}, unused: []string{"id"},
		columns: []string{"provider", "access_token", "refresh_token", "expires_at", "scope", "created_at", "updated_at"},
	}, `INSERT INTO api_tokens (streamer_id, provider, access_token, refresh_token, expires_at, scope, created_at, updated_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
		func(p *plain, r *row) (verdict, []any, error) {
			if r.values[tokenAccess] == nil {
				return reject(r, "no-value", tokenAccess)
			}
			provider := r.text(tokenProvider)
			access, err := p.b.seal(provider, "access_token", []byte(r.text(tokenAccess)))
			if err != nil {
				return 0, nil, fmt.Errorf("seal token: %w", err)
			}
			var refresh any
			if text := r.optional(tokenRefresh); text != nil {
				if refresh, err = p.b.seal(provider, "refresh_token", []byte(*text)); err != nil {
					return 0, nil, fmt.Errorf("seal token: %w", err)
				}
			}
			created := r.time(tokenCreated, p.b.src.newest)
			return carried, []any{provider, access, refresh, r.time(tokenExpires, created), r.optional(tokenScope),
				created, r.time(tokenUpdated, created)}, nil
		})
}

const (
	sessionUser = 1 + iota
	sessionToken
	sessionCreated
	sessionExpires
)

// Sessions were kept in clear and sometimes outlived their time; only the hash of one that
// still runs is carried.
func sessionsTable() table {
	return plainTable(table{
		name: "user_sessions", numbered: true, into: []string{"user_sessions"},
		columns: []string{"id", "user_id", "session_token", "created_at", "expires_at"},
	}, `INSERT INTO user_sessions (streamer_id, id, user_id, token_hash, created_at, expires_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
		func(p *plain, r *row) (verdict, []any, error) {
			expires := r.time(sessionExpires, 0)
			if expires <= p.b.now.UnixMilli() {
				r.faults = r.faults[:0]
				r.fault("expired-session", sessionExpires)
				return skipped, nil, nil
			}
			user, ok := p.of(r, sessionUser)
			if !ok {
				return reject(r, "orphan", sessionUser)
			}
			if r.values[sessionToken] == nil {
				return reject(r, "no-value", sessionToken)
			}
			hash := sha256.Sum256([]byte(r.text(sessionToken)))
			return carried, []any{r.newID, user, hash[:], r.time(sessionCreated, p.b.src.newest), expires}, nil
		})
}

const (
	cooldownUser = iota
	cooldownCommand
	cooldownUsed
	cooldownExpires
)

func cooldownsTable() table {
	return plainTable(table{
		name: "command_cooldowns", into: []string{"command_cooldowns"}, unused: []string{"id"},
		columns: []string{"user_id", "command", "last_used_at", "expires_at"},
	}, `INSERT INTO command_cooldowns (streamer_id, user_id, command, last_used_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)`,
		func(p *plain, r *row) (verdict, []any, error) {
			user, ok := p.of(r, cooldownUser)
			if !ok {
				return reject(r, "orphan", cooldownUser)
			}
			used := r.time(cooldownUsed, p.b.src.newest)
			return carried, []any{user, r.text(cooldownCommand), used, r.time(cooldownExpires, used)}, nil
		})
}
