DROP INDEX executions_retries;
ALTER TABLE executions DROP COLUMN waits_until;
ALTER TABLE executions DROP COLUMN retries_left;
ALTER TABLE executions DROP COLUMN retry_number;
ALTER TABLE executions DROP COLUMN retry_of;
ALTER TABLE jobs DROP COLUMN retry_max;
ALTER TABLE jobs DROP COLUMN retry_backoff;
ALTER TABLE jobs DROP COLUMN retry_delay;
ALTER TABLE jobs DROP COLUMN retries;
