-- The same conditions, a comparison for each value: for a list of three SQLite makes a table at each change of an execution, only
-- to learn whether the index is concerned.
DROP INDEX executions_status;
DROP INDEX executions_failed;
CREATE INDEX executions_status ON executions (status, exec_id)
    WHERE status <> 'queued' AND status <> 'running' AND status <> 'success';
CREATE INDEX executions_failed ON executions (job_id, exec_id)
    WHERE status = 'failed' OR status = 'timeout' OR status = 'interrupted';
