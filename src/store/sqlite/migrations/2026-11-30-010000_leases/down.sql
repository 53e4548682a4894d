ALTER TABLE executions DROP COLUMN lease_until;
ALTER TABLE executions DROP COLUMN lease_owner;
