-- The column says which transport brought the call: socket, http or inside.
ALTER TABLE audit RENAME COLUMN door TO transport;
