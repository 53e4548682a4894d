-- Delays are seconds.
ALTER TABLE jobs ADD COLUMN retries       BIGINT NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN retry_delay   BIGINT NOT NULL DEFAULT 60;
ALTER TABLE jobs ADD COLUMN retry_backoff DOUBLE NOT NULL DEFAULT 1;
ALTER TABLE jobs ADD COLUMN retry_max     BIGINT NOT NULL DEFAULT 0;

-- The first of a chain, which retry of it this one is, how many may follow, and how long it waits.
ALTER TABLE executions ADD COLUMN retry_of     BIGINT;
ALTER TABLE executions ADD COLUMN retry_number BIGINT NOT NULL DEFAULT 0;
ALTER TABLE executions ADD COLUMN retries_left BIGINT NOT NULL DEFAULT 0;
ALTER TABLE executions ADD COLUMN waits_until  BIGINT;
-- A few rows: the retries that wait for their time.
CREATE INDEX executions_retries ON executions (waits_until) WHERE status = 'queued' AND waits_until IS NOT NULL;
