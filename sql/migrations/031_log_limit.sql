-- Whether the log takes no more changes: 1 once it is full and no stream runs. A sequence, because it is read and set at once
-- by everybody, outside transactions, without a lock that inserts would queue for.
CREATE SEQUENCE galope.log_full AS smallint MINVALUE 0 MAXVALUE 1;

-- `log_limit` is the size in bytes at which it is full, as the last stream's settings say. `cut_off` is set while changes
-- may be missing from the log: those of transactions that it says were running.
ALTER TABLE galope.cursor ADD COLUMN log_limit bigint NOT NULL DEFAULT 1073741824, ADD COLUMN cut_off pg_snapshot;

-- Whoever may use the schema can be told of it.
GRANT SELECT ON SEQUENCE galope.log_full TO PUBLIC;
