package kick

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"time"

	"streamvault/shard/tenant"
)

// The headers of a delivery. Type and version are not signed.
const (
	headerID        = "Kick-Event-Message-Id"
	headerTimestamp = "Kick-Event-Message-Timestamp"
	headerSignature = "Kick-Event-Signature"
	headerType      = "Kick-Event-Type"
	headerVersion   = "Kick-Event-Version"
)

// tolerance is how far the time of a delivery may be from ours.
const tolerance = 5 * time.Minute

var (
	// ErrDisabled says that there is no key to check signatures with, and none is to be had.
	ErrDisabled = errors.New("webhooks are not enabled")
	// ErrNoKey says that Kick's key could not be fetched.
	ErrNoKey = errors.New("the key of the provider is not known")
	// ErrUnsigned says that a delivery is not Kick's, or not of now.
	ErrUnsigned = errors.New("not signed, or not now")
)

// Delivery is a message that Kick has signed.
type Delivery struct {
	ID     string
	Sent   time.Time
	Type   string // not signed
	fields map[string]json.RawMessage
}

// Verify checks who sent a request and when. It returns ErrDisabled, ErrNoKey, ErrUnsigned,
// or an InvalidError for a signed body that is no event.
func (h *Hooks) Verify(ctx context.Context, header http.Header, body []byte) (Delivery, error) {
	if h.o.Keys == nil {
		return Delivery{}, ErrDisabled
	}
	d := Delivery{ID: only(header, headerID), Type: only(header, headerType)}
	stamp := only(header, headerTimestamp)
	signature, err := base64.StdEncoding.DecodeString(only(header, headerSignature))
	if err != nil || len(signature) == 0 || d.ID == "" {
		return Delivery{}, ErrUnsigned
	}
	if d.Sent, err = time.Parse(time.RFC3339, stamp); err != nil {
		return Delivery{}, ErrUnsigned
	}
	if off := h.o.Now().Sub(d.Sent); off > tolerance || off < -tolerance {
		return Delivery{}, ErrUnsigned
	}
	sum := sha256.Sum256([]byte(d.ID + "." + stamp + "." + string(body)))
	if err := h.signed(ctx, sum[:], signature); err != nil {
		return Delivery{}, err
	}
	if v := header.Get(headerVersion); v != "" && v != "1" {
		return Delivery{}, &tenant.InvalidError{Field: headerVersion, Problem: "must be 1"}
	}
	if json.Unmarshal(body, &d.fields) != nil || d.fields == nil {
		return Delivery{}, &tenant.InvalidError{Field: "body", Problem: "must be a JSON object"}
	}
	return d, nil
}

// signed holds a signature against the key, and against a newer one when it does not fit.
func (h *Hooks) signed(ctx context.Context, sum, signature []byte) error {
	var failed *rsa.PublicKey
	for range 2 {
		key, err := h.o.Keys.Key(ctx, failed)
		if err != nil {
			return err
		}
		if key == failed {
			break
		}
		if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum, signature) == nil {
			return nil
		}
		failed = key
	}
	return ErrUnsigned
}

// only is the value of a header that was sent once, else "".
func only(header http.Header, name string) string {
	if sent := header.Values(name); len(sent) == 1 {
		return sent[0]
	}
	return ""
}

var digits = regexp.MustCompile(`^[0-9]{1,20}$`)

// Broadcaster is the Kick user id of the channel that the event is of, or an InvalidError.
func (d Delivery) Broadcaster() (string, error) {
	var b struct {
		ID json.Number `json:"user_id"`
	}
	if err := json.Unmarshal(d.fields["broadcaster"], &b); err != nil || !digits.MatchString(b.ID.String()) {
		return "", &tenant.InvalidError{Field: "broadcaster.user_id", Problem: "must be the id of a channel"}
	}
	return b.ID.String(), nil
}
