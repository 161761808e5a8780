-- What of a database Galope can't work with. Each statement returns one sentence, which says what is in the way and what to
-- do, or null. Read by postgres/checks.py, in this order: later ones rely on what earlier ones found.

-- server --
-- Whether the server, the database and the role's settings take writes of text.
SELECT CASE
    WHEN pg_is_in_recovery()
    THEN 'This server is a standby, which takes no writes. Give DATABASE_URL the primary''s address.'
    WHEN current_setting('transaction_read_only')::boolean
    THEN format('Transactions of role %I are read-only. Run: ALTER ROLE %1$I SET default_transaction_read_only = off',
                current_user)
    WHEN current_setting('server_encoding') <> 'UTF8'
    THEN format('Database %I stores text as %s, which can''t hold all that Galope writes. Use a database in UTF8.',
                current_database(), current_setting('server_encoding'))
END;

-- search_path --
-- Whether the role looks into any schema.
SELECT format('The search path of role %I names no schema that exists. Run: ALTER ROLE %1$I SET search_path = public',
              current_user)
WHERE array_remove(current_schemas(false), 'galope') = '{}';

-- schema --
-- Whether schema galope is somebody else's.
SELECT format('Schema galope exists and is not Galope''s: it holds %s. Rename it: ALTER SCHEMA galope RENAME TO …',
              string_agg(c.relname, ', ' ORDER BY c.relname))
FROM pg_class AS c
WHERE c.relnamespace = to_regnamespace('galope') AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
HAVING count(*) > 0 AND count(*) FILTER (WHERE c.relname IN ('cursor', 'added_column')) = 0;

-- elsewhere --
-- Whether leads or events are in a schema that the role does not look into, or under another case.
SELECT string_agg(
    format('There is a table %I.%I, but role %I finds no %s. Add schema=%s to DATABASE_URL, or name the table in'
           ' galope.toml.', n.nspname, c.relname, current_user, wanted, n.nspname), ' ' ORDER BY wanted)
FROM unnest(ARRAY['leads', 'events']) AS wanted
JOIN pg_class AS c ON lower(c.relname) = wanted AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
JOIN pg_namespace AS n ON n.oid = c.relnamespace
    AND n.nspname NOT LIKE 'pg\_%' AND n.nspname NOT IN ('information_schema', 'galope')
WHERE to_regclass(wanted) IS NULL;

-- kind --
-- Whether leads and events are tables whose writes fire their triggers.
SELECT string_agg(format(
    '%s is %s. %s', r.wanted,
    CASE WHEN c.relpersistence = 't' THEN 'a temporary table'
         WHEN c.relkind = 'v' THEN 'a view' WHEN c.relkind = 'm' THEN 'a materialized view'
         WHEN c.relkind = 'f' THEN 'a foreign table' ELSE 'not a table' END,
    'Galope reads changes from the table itself: name it in galope.toml.'), ' ')
FROM unnest(ARRAY['leads', 'events']) AS r (wanted)
JOIN pg_class AS c ON c.oid = to_regclass(r.wanted)
WHERE c.relkind NOT IN ('r', 'p') OR c.relpersistence = 't';

-- columns --
-- Whether the columns that Galope reads and writes are there, of types it can use, and its to write. A domain is as
-- good as its type. S stands for all kinds of text, N for all kinds of numbers, E for enumerations.
WITH needed (relation, name, kinds, must, written) AS (VALUES
    ('leads', 'id', '{uuid}'::text[], true, false),
    ('leads', 'created_at', '{timestamp with time zone}', true, false),
    ('leads', 'nome', '{S}', true, false),
    ('leads', 'segmento_interesse', '{S,E}', true, false),
    ('leads', 'status', '{S}', true, true),
    ('leads', 'crm_stage', '{S}', false, false),
    ('leads', 'score', '{N}', false, true),
    ('leads', 'score_motivos', '{jsonb,json}', false, true),
    ('leads', 'score_engine', '{S}', false, true),
    ('leads', 'score_model_name', '{S}', false, true),
    ('leads', 'score_probability', '{N}', false, true),
    ('leads', 'score_scored_at', '{timestamp with time zone}', false, true),
    ('leads', 'score_meta', '{jsonb}', false, true),
    ('leads', 'next_best_action', '{jsonb,json}', false, true),
    ('leads', 'next_action_text', '{S}', false, true),
    ('leads', 'next_action_date', '{date}', false, true),
    ('leads', 'next_action_time', '{time without time zone}', false, true),
    ('leads', 'next_action_at', '{timestamp with time zone}', false, true),
    ('events', 'id', '{uuid}', true, false),
    ('events', 'lead_id', '{uuid}', true, false),
    ('events', 'event_type', '{S,E}', true, false),
    ('events', 'ts', '{timestamp with time zone}', true, false),
    ('events', 'metadata', '{jsonb}', true, false)
), found AS (
    SELECT n.*, a.attname, a.attgenerated <> '' OR a.attidentity = 'a' AS generated,
           format_type(a.atttypid, a.atttypmod) AS is_of, format_type(b.oid, NULL) AS type,
           b.typcategory::text AS category
    FROM needed AS n
    LEFT JOIN pg_attribute AS a
        ON a.attrelid = to_regclass(n.relation) AND a.attname = n.name AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_type AS t ON t.oid = a.atttypid
    LEFT JOIN pg_type AS b ON b.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
    WHERE to_regclass(n.relation) IS NOT NULL
), wrong AS (
    SELECT CASE
        WHEN attname IS NULL AND must
        THEN format('%s has no column %s (%s)', relation, name, replace(replace(kinds[1], 'S', 'text'), 'N', 'number'))
        WHEN attname IS NOT NULL AND NOT (type = ANY (kinds) OR category = ANY (kinds))
        THEN format('%s.%s is %s and must be %s', relation, name, is_of,
                    replace(replace(kinds[1], 'S', 'text'), 'N', 'a number'))
        WHEN generated AND written THEN format('%s.%s is generated, so scores can''t be written to it', relation, name)
    END AS what
    FROM found
)
SELECT 'Galope can''t use these tables as they are: ' || string_agg(what, '; ' ORDER BY what)
       || '. Change the columns, or say in galope.toml which ones to use.'
FROM wrong HAVING count(what) > 0;

-- key --
-- Whether an id names one lead. Partitioned tables can't say so when they are partitioned by something else.
SELECT 'leads.id is not unique. Run: ALTER TABLE leads ADD PRIMARY KEY (id)'
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'id'
WHERE c.oid = to_regclass('leads') AND c.relkind = 'r' AND NOT EXISTS (
    SELECT FROM pg_index AS i
    WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
      AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum
);

-- references --
-- Whether the events are those of other leads than the role finds, where several schemas have a table of that name.
SELECT format('events.lead_id refers to %s, but role %I finds %s. Add schema=… to DATABASE_URL, or name the tables in'
              ' galope.toml.', k.confrelid::regclass, current_user, format('%I.%I', n.nspname, c.relname))
FROM pg_constraint AS k
JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1] AND a.attname = 'lead_id'
JOIN pg_class AS c ON c.oid = to_regclass('leads')
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE k.conrelid = to_regclass('events') AND k.contype = 'f' AND k.conparentid = 0 AND cardinality(k.conkey) = 1
  AND k.confrelid <> c.oid
LIMIT 1;

-- rules --
-- Whether rules rewrite what is written: Postgres then refuses the statement that writes scores.
SELECT format('Rules rewrite writes: %s. Replace them by triggers.',
              string_agg(format('%s on %s', r.rulename, r.ev_class::regclass), ', ' ORDER BY r.rulename))
FROM pg_rewrite AS r
WHERE r.ev_class IN (to_regclass('leads'), to_regclass('events')) AND r.ev_type <> '1'
HAVING count(*) > 0;
