package tenant

import (
	"context"
	"fmt"
	"regexp"
	"time"
	"unicode/utf8"

	"streamvault/shard/scope"
)

// Token is what a provider such as Kick gave the streamer to act in his name. The two
// secrets lie sealed in the file and are never part of its JSON.
type Token struct {
	Provider     string    `json:"provider"` // 1 to 40 of a to z, 0 to 9, _ and -
	AccessToken  string    `json:"-"`        // 1 to 8192 characters
	RefreshToken *string   `json:"-"`        // 1 to 8192 characters, or none
	ExpiresAt    time.Time `json:"expiresAt"`
	Scope        *string   `json:"scope"` // at most 2048 characters
	CreatedAt    time.Time `json:"createdAt"`
	UpdatedAt    time.Time `json:"updatedAt"`
}

// TokenStore keeps one token a provider.
type TokenStore interface {
	SaveToken(ctx context.Context, t Token) error
	Token(ctx context.Context, provider string) (Token, error)
	TokenInfo(ctx context.Context, provider string) (Token, error)
	TokenInfos(ctx context.Context) ([]Token, error)
	DeleteToken(ctx context.Context, provider string) error
}

var saveToken = scope.SQL(`
	INSERT INTO api_tokens (streamer_id, provider, access_token, refresh_token, expires_at, scope, created_at, updated_at)
	VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)
	ON CONFLICT (streamer_id, provider) DO UPDATE
	SET access_token = ?3, refresh_token = ?4, expires_at = ?5, scope = ?6, updated_at = ?7`)

var tokenByProvider = scope.SQL(`
	SELECT provider, expires_at, scope, created_at, updated_at, access_token, refresh_token
	FROM api_tokens
	WHERE streamer_id = ?1
	  AND provider = ?2`)

var tokenInfo = scope.SQL(`
	SELECT provider, expires_at, scope, created_at, updated_at
	FROM api_tokens
	WHERE streamer_id = ?1
	  AND provider = ?2`)

var tokenInfos = scope.SQL(`
	SELECT provider, expires_at, scope, created_at, updated_at
	FROM api_tokens
	WHERE streamer_id = ?1
	ORDER BY provider
	LIMIT 200`)

var deleteToken = scope.SQL(`
	DELETE FROM api_tokens
	WHERE streamer_id = ?1
	  AND provider = ?2`)

func scanToken(r scope.Row) Token {
	return Token{Provider: r.Text(0), ExpiresAt: r.Time(1), Scope: r.TextOrNil(2), CreatedAt: r.Time(3), UpdatedAt: r.Time(4)}
}

// SaveToken seals a provider's token and puts it in the place of the one before. Its
// CreatedAt and UpdatedAt are not read. It returns an InvalidError when a value is outside
// what Token says, or an ExpiresAt outside the years 1970 to 9999.
func (s *Store) SaveToken(ctx context.Context, t Token) error {
	if err := t.check(); err != nil {
		return err
	}
	access, err := s.sealer.Seal(ctx, TokenPurpose(t.Provider, accessToken), []byte(t.AccessToken))
	if err != nil {
		return fmt.Errorf("seal token of %q: %w", t.Provider, err)
	}
	var refresh []byte
	if t.RefreshToken != nil {
		refresh, err = s.sealer.Seal(ctx, TokenPurpose(t.Provider, refreshToken), []byte(*t.RefreshToken))
		if err != nil {
			return fmt.Errorf("seal token of %q: %w", t.Provider, err)
		}
	}
	if _, err := s.db.Exec(ctx, saveToken, t.Provider, access, refresh, t.ExpiresAt, t.Scope, s.now()); err != nil {
		return fmt.Errorf("save token of %q: %w", t.Provider, err)
	}
	return nil
}

// Token returns a provider's token with its secrets, expired or not, or ErrNotFound. A
// ciphertext that was sealed for another streamer, provider or column is an error.
func (s *Store) Token(ctx context.Context, provider string) (Token, error) {
	type kept struct {
		Token
		access, refresh []byte
	}
	k, err := scope.One(ctx, s.db, tokenByProvider, func(r scope.Row) kept {
		return kept{scanToken(r), r.Bytes(5), r.Bytes(6)}
	}, provider)
	if err != nil {
		return Token{}, fmt.Errorf("token of %q: %w", provider, err)
	}
	access, err := s.sealer.Open(ctx, TokenPurpose(provider, accessToken), k.access)
	if err != nil {
		return Token{}, fmt.Errorf("token of %q: %w", provider, err)
	}
	k.AccessToken = string(access)
	if k.refresh == nil {
		return k.Token, nil
	}
	refresh, err := s.sealer.Open(ctx, TokenPurpose(provider, refreshToken), k.refresh)
	if err != nil {
		return Token{}, fmt.Errorf("token of %q: %w", provider, err)
	}
	text := string(refresh)
	k.RefreshToken = &text
	return k.Token, nil
}

// TokenInfo is Token without the two secrets, which it neither reads nor opens.
func (s *Store) TokenInfo(ctx context.Context, provider string) (Token, error) {
	t, err := scope.One(ctx, s.db, tokenInfo, scanToken, provider)
	if err != nil {
		return Token{}, fmt.Errorf("token of %q: %w", provider, err)
	}
	return t, nil
}

// TokenInfos are the tokens of all providers by name, the first 200, as TokenInfo has them.
func (s *Store) TokenInfos(ctx context.Context) ([]Token, error) {
	all, err := scope.All(ctx, s.db, tokenInfos, scanToken)
	if err != nil {
		return nil, fmt.Errorf("tokens: %w", err)
	}
	return all, nil
}

// DeleteToken forgets a provider's token, or returns ErrNotFound.
func (s *Store) DeleteToken(ctx context.Context, provider string) error {
	if err := existing(ctx, s.db, deleteToken, provider); err != nil {
		return fmt.Errorf("delete token of %q: %w", provider, err)
	}
	return nil
}

const (
	accessToken  = "access_token"
	refreshToken = "refresh_token"
)

// TokenPurpose is what a provider's token is sealed for; column is the one that holds it. A
// change here makes every stored token unreadable.
func TokenPurpose(provider, column string) string { return "token " + provider + " " + column }

var providerName = regexp.MustCompile(`^[a-z0-9_-]{1,40}$`)

// maxSecret bounds each secret of a token, in characters.
const maxSecret = 8192

func (t Token) check() error {
	switch {
	case !providerName.MatchString(t.Provider):
		return &InvalidError{"provider", "must be 1 to 40 of a to z, 0 to 9, _ and -"}
	case !isSecret(t.AccessToken):
		return &InvalidError{"accessToken", "must be 1 to 8192 characters"}
	case t.RefreshToken != nil && !isSecret(*t.RefreshToken):
		return &InvalidError{"refreshToken", "must be 1 to 8192 characters"}
	case t.ExpiresAt.Before(time.UnixMilli(0)) || t.ExpiresAt.UTC().Year() > 9999:
		return &InvalidError{"expiresAt", "must be in the years 1970 to 9999"}
	}
	return checkText("scope", t.Scope, 2048)
}

func isSecret(text string) bool {
	return text != "" && utf8.RuneCountInString(text) <= maxSecret && utf8.ValidString(text)
}
