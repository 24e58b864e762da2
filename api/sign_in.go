package api

import (
	"context"
	"errors"
	"net/http"

	"streamvault/shard/scope"
	"streamvault/shard/tenant"
)

// signInRoutes let a viewer prove in chat who he is.
func signInRoutes() []Route {
	const verify = "/{channel}/api/verify/"
	return []Route{
		onTenant(Route{Method: http.MethodPost, Path: verify + "generate/{username}", Who: Anyone, SignIn: true,
			Summary: "A code for a viewer to type in chat; it lives 5 minutes"}, generateCode),
		onTenant(Route{Method: http.MethodGet, Path: verify + "check/{username}/{code}", Who: Anyone, SignIn: true, Effects: true,
			Summary: "Whether chat has confirmed a code, and then, once, the viewer's session"}, checkCode),
		onTenant(Route{Method: http.MethodPost, Path: verify + "confirm", Who: Owner,
			Summary: "Tells that chat has seen a viewer type a code"}, confirmCode),
		onTenant(Route{Method: http.MethodGet, Path: "/{channel}/api/session", Who: Viewer,
			Summary: "Whose session the caller's token opens"}, getSession),
		onTenant(Route{Method: http.MethodDelete, Path: "/{channel}/api/session", Who: Viewer,
			Summary: "Ends the caller's session"}, endSession),
	}
}

type code struct {
	Code      string `json:"code"` // 6 characters
	ExpiresAt Time   `json:"expiresAt"`
}

func generateCode(ctx context.Context, s tenant.CodeStore, in *newViewerName) (code, error) {
	c, err := s.NewCode(ctx, in.Username)
	return code{c.Code, Time{c.ExpiresAt}}, err
}

type codeCheck struct {
	viewerName
	Code string `path:"code"` // A to Z in any case
}

// verified names its fields as the old app did.
type verified struct {
	Verified     bool   `json:"verified"`
	SessionToken string `json:"sessionToken,omitempty"`
}

func checkCode(ctx context.Context, s tenant.CodeStore, in *codeCheck) (verified, error) {
	c, err := s.CheckCode(ctx, in.Username, in.Code)
	return verified{c.Verified, c.SessionToken}, err
}

type codeConfirmation struct {
	Body struct {
		Username string `json:"username"` // as chat knows him
		Code     string `json:"code"`
	}
}

func confirmCode(ctx context.Context, s tenant.CodeStore, in *codeConfirmation) (verified, error) {
	err := s.ConfirmCode(ctx, in.Body.Username, in.Body.Code)
	return verified{Verified: err == nil}, err
}

// ownSession is the token that a caller has come in with.
type ownSession struct {
	Authorization string `header:"Authorization"`
}

type session struct {
	Valid    bool    `json:"valid"`
	Username *string `json:"username"` // null for a key that is no viewer's
}

func getSession(ctx context.Context, s tenant.SessionStore, in *ownSession) (session, error) {
	found, err := s.Session(ctx, bearer(in.Authorization))
	if errors.Is(err, scope.ErrNotFound) {
		return session{}, nil
	}
	if err != nil {
		return session{}, err
	}
	return session{true, &found.Username}, nil
}

func endSession(ctx context.Context, s tenant.SessionStore, in *ownSession) (Nothing, error) {
	return Nothing{}, s.EndSession(ctx, bearer(in.Authorization))
}
