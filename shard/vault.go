package shard

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"fmt"

	"streamvault/registry"
	"streamvault/shard/scope"
)

// vault seals one streamer's secrets with AES-256-GCM under his data key, which the
// registry keeps wrapped. Streamer and purpose are the additional data, so a ciphertext
// that is moved to another streamer, provider or column does not open.
type vault struct {
	keys     *registry.Registry
	streamer scope.StreamerID
}

// Seal returns a random nonce and the ciphertext behind it.
func (v vault) Seal(ctx context.Context, purpose string, secret []byte) ([]byte, error) {
	aead, err := v.aead(ctx)
	if err != nil {
		return nil, err
	}
	return aead.Seal(nil, nil, secret, v.bound(purpose)), nil
}

// Open undoes Seal. The error does not say which part does not fit.
func (v vault) Open(ctx context.Context, purpose string, sealed []byte) ([]byte, error) {
	aead, err := v.aead(ctx)
	if err != nil {
		return nil, err
	}
	secret, err := aead.Open(nil, nil, sealed, v.bound(purpose))
	if err != nil {
		return nil, fmt.Errorf("open %s of streamer %d: it was sealed for something else or is damaged", purpose, v.streamer)
	}
	return secret, nil
}

func (v vault) bound(purpose string) []byte {
	return fmt.Appendf(nil, "streamer %d, %s", v.streamer, purpose)
}

func (v vault) aead(ctx context.Context) (cipher.AEAD, error) {
	key, err := v.keys.DataKey(ctx, v.streamer)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
