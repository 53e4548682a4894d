DROP INDEX jobs_stopped;
