package tenant

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"streamvault/shard/scope"
)

var idempotencyKey = scope.SQL(`
	SELECT request_hash, response
	FROM idempotency_keys
	WHERE streamer_id = ?1
	  AND key = ?2`)

var insertIdempotencyKey = scope.SQL(`
	INSERT INTO idempotency_keys (streamer_id, key, request_hash, response, created_at)
	VALUES (?1, ?2, ?3, ?4, ?5)`)

// idempotencyMemory is how long a key keeps its answer.
const idempotencyMemory = 7 * 24 * time.Hour

var sweepIdempotencyKeys = scope.SQL(`
	DELETE FROM idempotency_keys
	WHERE streamer_id = ?1
	  AND created_at <= ?2`)

// onceKey is what is kept of a caller's key. It is a hash, as a key may well hold a viewer's
// name.
func onceKey(purpose, key string) string { return hex.EncodeToString(requestHash(purpose, key)) }

// once runs do at most once for a key of a purpose and keeps its answer in the same transaction, so
// that a repeated request gets the same answer, after a crash too. An empty key always
// runs. Keys older than 7 days are forgotten first, in the same transaction, whosever
// request it is, so that the table holds a week and no more. A key that comes back with
// another request is a KeyReusedError. Keys of one purpose are not those of another: a
// viewer, who chooses keys too, must not use up those of the bot.
func once[T any](ctx context.Context, tx *scope.Tx, purpose, key string, now time.Time, hash []byte, answer *T, do func() (T, error)) (replayed bool, err error) {
	if key != "" {
		if _, err := tx.Exec(ctx, sweepIdempotencyKeys, now.Add(-idempotencyMemory)); err != nil {
			return false, err
		}
		err := replay(ctx, tx, purpose, key, hash, answer)
		if !errors.Is(err, scope.ErrNotFound) {
			return err == nil, err
		}
	}
	done, err := do()
	if err != nil {
		return false, err
	}
	*answer = done
	if key == "" {
		return false, nil
	}
	body, err := json.Marshal(done)
	if err != nil {
		return false, err
	}
	_, err = tx.Exec(ctx, insertIdempotencyKey, onceKey(purpose, key), hash, string(body), now)
	return false, err
}

func replay[T any](ctx context.Context, tx *scope.Tx, purpose, key string, hash []byte, answer *T) error {
	type kept struct {
		hash     []byte
		response string
	}
	k, err := scope.One(ctx, tx, idempotencyKey, func(r scope.Row) kept { return kept{r.Bytes(0), r.Text(1)} }, onceKey(purpose, key))
	if err != nil {
		return err
	}
	if !bytes.Equal(k.hash, hash) {
		return &KeyReusedError{key}
	}
	return json.Unmarshal([]byte(k.response), answer)
}

// requestHash tells requests apart that came with one key. The parts are plain data.
func requestHash(parts ...any) []byte {
	body, err := json.Marshal(parts)
	if err != nil {
		panic(fmt.Sprintf("requestHash: %v", err))
	}
	sum := sha256.Sum256(body)
	return sum[:]
}
