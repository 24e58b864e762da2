package kickapp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// What can go wrong with Kick. None of it says what Kick has answered.
var (
	// ErrUnreachable says that Kick did not answer, or that it is out of order.
	ErrUnreachable = errors.New("kick does not answer")
	// ErrGarbled says that Kick's answer is none.
	ErrGarbled = errors.New("kick's answer makes no sense")
	// ErrRefused says that Kick does not accept a code or a token. See RefusedError.
	ErrRefused = errors.New("kick refuses")
	// ErrClient says that Kick does not know this application, or not by this secret.
	ErrClient = errors.New("kick does not accept the application's id and secret")
	// ErrExpired says that a streamer has to sign in again.
	ErrExpired = errors.New("the token has expired and cannot be renewed")
)

// RefusedError is the status that Kick answered, and what it called the reason if it is one
// of OAuth's words.
type RefusedError struct {
	Status     int
	Code       string
	retryAfter time.Duration
}

func (e *RefusedError) Error() string {
	text := ErrRefused.Error() + ": status " + strconv.Itoa(e.Status)
	if e.Code != "" {
		text += ", " + e.Code
	}
	return text
}

// Unwrap makes it an ErrUnreachable when Kick is out of order or overrun, an ErrClient when
// it does not know us, and else an ErrRefused.
func (e *RefusedError) Unwrap() error {
	switch {
	case e.Status >= http.StatusInternalServerError || e.Status == http.StatusTooManyRequests:
		return ErrUnreachable
	case e.Code == "invalid_client" || e.Code == "unauthorized_client":
		return ErrClient
	}
	return ErrRefused
}

// words are what OAuth has for reasons (RFC 6749). Nothing else of an answer is repeated.
var words = []string{"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type",
	"invalid_scope", "access_denied", "server_error", "temporarily_unavailable"}

func knownWord(word string) string {
	if slices.Contains(words, word) {
		return word
	}
	return ""
}

// status is that of a refusal, else 0.
func status(err error) int {
	var refused *RefusedError
	if errors.As(err, &refused) {
		return refused.Status
	}
	return 0
}

// unreachable tells what kept us from an answer. What net/http says of a broken answer
// quotes it, and so is left out.
func unreachable(err error) error {
	var (
		op  *net.OpError
		dns *net.DNSError
		bad *tls.CertificateVerificationError
		net net.Error
	)
	switch {
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%w: %w", ErrUnreachable, context.Canceled)
	case errors.As(err, &net) && net.Timeout():
		return fmt.Errorf("%w in time", ErrUnreachable)
	case errors.As(err, &dns):
		return fmt.Errorf("%w: %w", ErrUnreachable, dns)
	case errors.As(err, &bad):
		return fmt.Errorf("%w: its certificate is not valid", ErrUnreachable)
	case errors.As(err, &op):
		return fmt.Errorf("%w: %w", ErrUnreachable, op)
	}
	return fmt.Errorf("%w: the connection broke", ErrUnreachable)
}
