package registry

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"streamvault/shard/scope"
)

// masterKey wraps the streamers' data keys. Whoever has it and the files has their
// secrets, so it lies beside the data directory and not in it.
type masterKey []byte

const keyBytes = 32

// openMasterKey reads the key of an installation, or makes it for a fresh one. One that others
// can read is taken for an examination only.
func openMasterKey(file, dir string, fresh, examined bool) (masterKey, error) {
	if err := outside(file, dir); err != nil {
		return nil, err
	}
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && fresh:
		return makeMasterKey(file)
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: %s is missing; put it back or name it with --master-key-file "+
			"(a new one could not open what the old one sealed)", ErrMasterKey, file)
	case err != nil:
		return nil, err
	case info.Mode().Perm()&0o077 != 0 && !examined:
		return nil, fmt.Errorf("%w: %s can be read by others; run chmod 600 %s", ErrMasterKey, file, file)
	}
	body, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(body)))
	if err != nil || len(key) != keyBytes {
		return nil, fmt.Errorf("%w: %s does not hold 64 hexadecimal digits", ErrMasterKey, file)
	}
	return key, nil
}

// outside refuses a key that every copy of the data would carry along.
func outside(file, dir string) error {
	file, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	if inside, err := filepath.Rel(dir, file); err == nil && filepath.IsLocal(inside) {
		return fmt.Errorf("%w: %s lies inside the data directory; keep it elsewhere", ErrMasterKey, file)
	}
	return nil
}

func makeMasterKey(file string) (masterKey, error) {
	key := make([]byte, keyBytes)
	_, _ = rand.Read(key) // never fails
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMasterKey, err)
	}
	_, err = f.WriteString(hex.EncodeToString(key) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMasterKey, err)
	}
	return key, nil
}

// check is what the registry keeps to know the key by.
func (m masterKey) check() []byte {
	sum := sha256.Sum256(append([]byte("streamvault master key\x00"), m...))
	return sum[:]
}

func (m masterKey) confirm(check []byte) error {
	if !bytes.Equal(m.check(), check) {
		return fmt.Errorf("%w: the file holds the key of another installation", ErrMasterKey)
	}
	return nil
}

func (m masterKey) aead() (cipher.AEAD, error) {
	block, err := aes.NewCipher(m)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func dataKeyOf(id scope.StreamerID) []byte { return fmt.Appendf(nil, "data key of streamer %d", id) }

// newDataKey makes a streamer's data key, wrapped. It opens for this streamer only.
func (m masterKey) newDataKey(id scope.StreamerID) ([]byte, error) {
	aead, err := m.aead()
	if err != nil {
		return nil, err
	}
	key := make([]byte, keyBytes)
	_, _ = rand.Read(key)
	return aead.Seal(nil, nil, key, dataKeyOf(id)), nil
}

// DataKey unwraps the 32 bytes under which a streamer's secrets are sealed, or returns
// ErrNotFound when they were destroyed.
func (r *Registry) DataKey(ctx context.Context, id scope.StreamerID) ([]byte, error) {
	row, err := r.one(ctx, `SELECT data_key FROM streamers WHERE id = ?1 AND data_key IS NOT NULL`, int64(id))
	if err != nil {
		return nil, fmt.Errorf("data key of streamer %d: %w", id, err)
	}
	return r.master.unwrap(row[0].([]byte), id)
}

func (m masterKey) unwrap(wrapped []byte, id scope.StreamerID) ([]byte, error) {
	aead, err := m.aead()
	if err != nil {
		return nil, err
	}
	key, err := aead.Open(nil, nil, wrapped, dataKeyOf(id))
	if err != nil {
		return nil, fmt.Errorf("%w: the data key of streamer %d does not open", ErrMasterKey, id)
	}
	return key, nil
}
