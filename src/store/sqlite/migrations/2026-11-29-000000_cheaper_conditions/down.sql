DROP INDEX executions_status;
DROP INDEX executions_failed;
CREATE INDEX executions_status ON executions (status, exec_id) WHERE status NOT IN ('queued', 'running', 'success');
CREATE INDEX executions_failed ON executions (job_id, exec_id) WHERE status IN ('failed', 'timeout', 'interrupted');
