DROP INDEX executions_due;
DROP TABLE audit;
DROP TABLE networks;
DROP TABLE tokens;
DROP TABLE admins;
