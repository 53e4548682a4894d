DROP TABLE audit_jobs;
