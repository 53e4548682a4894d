DROP TABLE channel_hours;
DROP TABLE notices;
DROP TABLE alert_times;
DROP TABLE alerts;
DROP TABLE alert_rules;
DROP INDEX jobs_alerts;
UPDATE jobs SET alerts = json_extract(alerts, '$.mailto') WHERE alerts IS NOT NULL;
ALTER TABLE jobs RENAME COLUMN alerts TO mailto;
