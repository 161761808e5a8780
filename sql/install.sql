-- What installing asks of the catalogue, by name. Read by postgres/install.py and postgres/indexes.py.

-- events_index_serves --
-- Whether an index of the team's finds a lead's events.
SELECT EXISTS (
    SELECT FROM pg_index AS i
    JOIN pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE i.indrelid = 'events'::regclass AND a.attname = 'lead_id' AND i.indisvalid AND i.indpred IS NULL
      AND c.relname <> 'galope_events_lead'
);

-- index_exists --
-- Whether there is an index of name $1 on table $2, finished.
SELECT EXISTS (
    SELECT FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
    WHERE i.indrelid = to_regclass($2) AND c.relname = $1 AND i.indisvalid
);

-- unfit_indexes --
-- Galope's indexes of the team's tables that an interrupted installation left unfinished, and the one that held whole
-- names, by its name of then.
SELECT i.indexrelid::regclass::text AS name
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
WHERE c.relname LIKE 'galope\_%' AND c.relnamespace <> to_regnamespace('galope')
  AND (NOT i.indisvalid OR c.relname = 'galope_leads_name')
  AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = c.oid);

-- parts --
-- The tables that hold the rows of table $1: its partitions, or itself, and how many bytes each has.
SELECT c.oid::regclass::text AS name, pg_table_size(c.oid) AS bytes
FROM pg_class AS c
WHERE c.relkind = 'r' AND c.oid IN (
    SELECT to_regclass($1)::oid UNION SELECT relid FROM pg_partition_tree(to_regclass($1))
);

-- who_holds --
-- Who holds the tables that installing waits for; null when nobody does any more.
SELECT string_agg(DISTINCT CASE
    WHEN a.pid IS NULL THEN 'a prepared transaction'
    ELSE format('process %s (%s)', a.pid, coalesce(nullif(a.application_name, ''), a.usename::text, a.backend_type))
END, ', ')
FROM pg_locks AS l LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype = 'relation' AND l.granted AND l.pid IS DISTINCT FROM pg_backend_pid()
  AND l.relation IN (to_regclass('leads'), to_regclass('events'))
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database());

-- try_write_back --
-- Writes to one lead, whichever is free, what a batch writes: score $1 and status $2. Tells whether there is one, whether
-- it was written, and which triggers might have kept it from being.
WITH one AS (SELECT id FROM leads LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED),
marked AS (SELECT set_config('galope.writing_scores', 'on', true)),
written AS (
    UPDATE leads AS l
    SET score = $1::smallint, status = $2::text, score_motivos = '[]'::jsonb, score_engine = 'galope'::text,
        score_model_name = 'galope qualify v0'::text, score_probability = $1::float8 / 100, score_scored_at = now(),
        score_meta = '{"model_version": 0, "learned": 0}'::jsonb, next_best_action = '{}'::jsonb,
        next_action_text = l.next_action_text, next_action_date = l.next_action_date,
        next_action_time = l.next_action_time, next_action_at = l.next_action_at
    FROM one, marked WHERE l.id = one.id
    RETURNING l.id
)
SELECT EXISTS (SELECT FROM one) AS found, EXISTS (SELECT FROM written) AS written,
       (SELECT string_agg(tgname, ', ' ORDER BY tgname) FROM pg_trigger
        WHERE tgrelid = 'leads'::regclass AND NOT tgisinternal AND tgname NOT LIKE 'galope\_%') AS triggers;

-- try_columns --
-- The same where galope.toml maps a table.
SELECT true AS found, w.written, (
    SELECT string_agg(tgname, ', ' ORDER BY tgname) FROM pg_trigger, galope.subject
    WHERE tgrelid = relation::regclass AND NOT tgisinternal AND tgname NOT LIKE 'galope\_%'
) AS triggers
FROM (SELECT lead_id FROM galope.subjects() LIMIT 1) AS one, galope.write_columns(ARRAY[ROW(
    one.lead_id, '{}', NULL, NULL, $1::smallint, $2::text, '[]', '{}', 'keep', '[]', $1::float8 / 100, 'try',
    extract(epoch FROM now()), 0
)::galope.rescore]) AS w;

-- hurry --
-- Whether statements get too little time for a batch, on connections where Galope can't set it, as behind a pooler.
SELECT format('Statements of role %I may take %s ms, which is too short for a batch. Run: ALTER ROLE %1$I SET'
              ' statement_timeout = 0', current_user, setting)
FROM pg_settings WHERE name = 'statement_timeout' AND setting::int BETWEEN 1 AND 9999;
