-- Galope: its schema, and what installing remembers. Safe to apply again. Before the migrations, which make the tables.

CREATE SCHEMA IF NOT EXISTS galope;

-- What Galope added to the team's tables, for uninstall.sql.
CREATE TABLE IF NOT EXISTS galope.added_column (
    table_name  text NOT NULL,
    column_name text NOT NULL,
    PRIMARY KEY (table_name, column_name)
);

-- Which migrations were applied, and when.
CREATE TABLE IF NOT EXISTS galope.migration (
    name       text PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- Notes that a table's trigger could not tell of a change, so that it is made up for once whatever is in the way is not.
-- A statement of the team's never fails because of Galope: not when a column is renamed, nor when a disk is full.
CREATE OR REPLACE FUNCTION galope.miss(relation oid) RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE galope.watched AS w SET triggers = 'missed' WHERE w.relation = miss.relation AND w.triggers <> 'missed';
EXCEPTION WHEN OTHERS THEN
    NULL;
END
$$;

-- Whether the log takes no more changes: it is full, and no stream has run for ten minutes. What is not logged any more is
-- read from the rows when one does. Now and then a writer looks at the size.
CREATE OR REPLACE FUNCTION galope.log_is_full() RETURNS boolean
    LANGUAGE plpgsql
AS $$
BEGIN
    IF pg_sequence_last_value('galope.log_full') = 1 THEN
        RETURN true;
    END IF;
    IF random() < 0.01 THEN
        PERFORM setval('galope.log_full', 1)
        FROM (SELECT pg_total_relation_size('galope.change_log') AS bytes) AS log
        LEFT JOIN galope.cursor AS c ON c.partition = 0
        WHERE bytes > coalesce(c.log_limit, 1073741824)
          AND coalesce(c.heartbeat_at < clock_timestamp() - interval '10 minutes', true);
    END IF;
    RETURN false;
END
$$;
