DROP INDEX drop_history_by_time;
DROP INDEX point_transactions_by_time;
