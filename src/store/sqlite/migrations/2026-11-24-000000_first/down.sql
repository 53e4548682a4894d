DROP TABLE removed_jobs;
DROP TABLE facts;
DROP TABLE executions;
DROP TABLE jobs;
