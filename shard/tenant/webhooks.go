package tenant

import (
	"context"
	"time"

	"streamvault/shard/scope"
)

// webhookMemory is how long a message is remembered; a provider gives up long before.
const webhookMemory = 7 * 24 * time.Hour

// WebhookStore deals with the messages of a provider, each once.
type WebhookStore interface {
	HandleMessage(ctx context.Context, m Message) (Handled, error)
}

var insertWebhook = scope.SQL(`
	INSERT INTO processed_webhooks (streamer_id, message_id, processed_at)
	VALUES (?1, ?2, ?3)
	ON CONFLICT (streamer_id, message_id) DO NOTHING`)

var sweepWebhooks = scope.SQL(`
	DELETE FROM processed_webhooks
	WHERE streamer_id = ?1
	  AND processed_at <= ?2`)

// onceForWebhook answers true the first time it sees a message id of 1 to 200 characters, and
// false for 7 days after, or returns an InvalidError. What the message does commits with its
// id or not at all.
func onceForWebhook(ctx context.Context, tx *scope.Tx, id string, now time.Time) (first bool, err error) {
	if err := checkFilled("messageId", id, 200); err != nil {
		return false, err
	}
	if _, err := tx.Exec(ctx, sweepWebhooks, now.Add(-webhookMemory)); err != nil {
		return false, err
	}
	n, err := tx.Exec(ctx, insertWebhook, id, now)
	return n == 1, err
}
