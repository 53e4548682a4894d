DROP INDEX executions_long;
