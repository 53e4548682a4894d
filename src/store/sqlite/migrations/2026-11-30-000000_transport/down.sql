ALTER TABLE audit RENAME COLUMN transport TO door;
