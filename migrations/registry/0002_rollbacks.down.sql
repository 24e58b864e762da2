DROP TABLE legacy_rollbacks;
