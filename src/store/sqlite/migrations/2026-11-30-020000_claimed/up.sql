-- All occurrences of the job up to this instant have been claimed: a clock that was set back a little does not make them due again,
-- whatever changes the job.
ALTER TABLE jobs ADD COLUMN claimed_until BIGINT;
