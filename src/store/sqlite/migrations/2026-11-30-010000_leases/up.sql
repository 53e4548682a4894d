-- The lease by which an execution was claimed: which instance of the daemon runs it, and until when that holds. Without a time it
-- holds as long as that instance lives.
ALTER TABLE executions ADD COLUMN lease_owner BIGINT;
ALTER TABLE executions ADD COLUMN lease_until BIGINT;
