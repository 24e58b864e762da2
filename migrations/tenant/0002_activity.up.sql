-- Points and drops by time, for the streamer's activity by the hour. Statements that read by
-- time run on version 1 too, more slowly.
CREATE INDEX point_transactions_by_time ON point_transactions (streamer_id, created_at, amount, kind, user_id);
CREATE INDEX drop_history_by_time ON drop_history (streamer_id, created_at, user_id);
