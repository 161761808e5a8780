-- What is made of a galope.toml, as templates that postgres/mapped_tables.py fills in: {relation} and {alias} are the
-- table's quoted names, {id} is the expression for its subject's uuid, the other names are expressions over its columns.
--
-- A trigger never makes the team's statement fail: the subjects of what it can't read are read anew by the stream.

-- subjects --
-- As in sql/subjects.sql.
CREATE OR REPLACE FUNCTION galope.subjects()
    RETURNS TABLE (lead_id uuid, key text, created_at timestamptz, profile json)
    LANGUAGE sql STABLE PARALLEL SAFE
AS $galope$
    SELECT {id}, {key}::text, {created_at}, (SELECT to_json(answers) FROM (SELECT {answers}) AS answers)
    FROM {relation} AS {alias} WHERE {where}
$galope$;

-- subject_events --
-- As in sql/subjects.sql: the sources' rows, and the changes of tracked columns.
CREATE OR REPLACE FUNCTION galope.subject_events()
    RETURNS TABLE (event_id uuid, lead_id uuid, event_type text, occurred_at timestamptz, attributes jsonb)
    LANGUAGE sql STABLE PARALLEL SAFE
AS $galope$
    {sources}
$galope$;

-- declaration --
-- As in sql/triggers.sql: the number of what the file says that events carry, or NULL.
CREATE OR REPLACE FUNCTION galope.declaration() RETURNS int
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN {declaration}::int;
CREATE OR REPLACE FUNCTION galope.leaves_out_machines() RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN false

-- carried --
-- What an event carries, in galope.change_log: the number of the declaration, an amount, and labels.
jsonb_build_array({declaration}, {amount}, to_jsonb(array_remove(ARRAY[{labels}]::text[], NULL)))

-- amount --
-- An amount in SQL; what is no number of up to twelve digits is none.
CASE WHEN abs({number}) < 1e12 THEN ({number})::float8 END

-- label --
-- A label in SQL.
{name} || nullif(left(btrim(({text})::text), 100), '')

-- source_events --
-- The events that the rows of a source are.
SELECT {event_id} AS event_id, {id} AS lead_id, {type} AS event_type, {at} AS occurred_at, {attributes} AS attributes
FROM {rows} AS {alias} WHERE {where} AND {key} IS NOT NULL

-- tracked_events --
-- The events that changes of tracked columns are.
SELECT event_id, lead_id, event_type, occurred_at, {attributes} FROM galope.tracked_change

-- subject_rows --
-- What a subject's trigger compares.
SELECT {id} AS lead_id, ARRAY[{tracked_values}]::text[] AS tracked, ROW({compared}) AS answers, ROW({written}) AS written
FROM {rows} AS {alias} WHERE {where}

-- source_inserted --
-- What a trigger of the team's writes beneath a write-back is an echo of it: it counts, and has no score written.
WITH events AS (
    {new_events}
)
INSERT INTO galope.change_log (kind, lead_id, event_id, event_type, occurred_at, attributes)
SELECT CASE WHEN current_setting('galope.writing_scores', true) = 'on' THEN 'echo' ELSE 'event' END,
       lead_id, event_id, event_type, occurred_at, attributes
FROM events;

-- source_updated --
WITH earlier AS (
    {old_events}
), now AS (
    {new_events}
), before AS (
    SELECT lead_id, event_type, occurred_at, attributes FROM earlier
), after AS (
    SELECT lead_id, event_type, occurred_at, attributes FROM now
), changed AS (
    (TABLE before EXCEPT ALL TABLE after) UNION ALL (TABLE after EXCEPT ALL TABLE before)
)
INSERT INTO galope.change_log (kind, lead_id) SELECT DISTINCT 'rebuild', lead_id FROM changed;

-- source_deleted --
WITH events AS (
    {old_events}
)
INSERT INTO galope.change_log (kind, lead_id) SELECT DISTINCT 'rebuild', lead_id FROM events;

-- subject_inserted --
-- A subject that comes with its outcome has it from an event too.
WITH now AS (
    {new_subjects}
), decided AS (
    INSERT INTO galope.tracked_change (lead_id, event_type, occurred_at)
    SELECT now.lead_id, kind, clock_timestamp()
    FROM now, unnest({tracked}::text[], now.tracked) AS t (name, value), left(name || ':' || value, 100) AS kind
    WHERE kind = ANY ({decisive}::text[])
    RETURNING event_id, lead_id, event_type, occurred_at
)
INSERT INTO galope.change_log (kind, lead_id, event_id, event_type, occurred_at, attributes)
SELECT 'lead', lead_id, NULL, NULL, NULL, NULL FROM now
UNION ALL
SELECT 'event', lead_id, event_id, event_type, occurred_at, {attributes} FROM decided;

-- subject_updated --
-- A score that others write is written over at once; what they write beneath a write-back is left alone, lest they answer
-- each score with one of their own.
WITH earlier AS (
    {old_subjects}
), now AS (
    {new_subjects}
), moved AS (
    INSERT INTO galope.tracked_change (lead_id, event_type, occurred_at)
    SELECT now.lead_id, left(name || ':' || value, 100), clock_timestamp()
    FROM now JOIN earlier USING (lead_id), unnest({tracked}::text[], earlier.tracked, now.tracked) AS t (name, before, value)
    WHERE value IS NOT NULL AND value IS DISTINCT FROM before
    RETURNING event_id, lead_id, event_type, occurred_at
)
INSERT INTO galope.change_log (kind, lead_id, event_id, event_type, occurred_at, attributes)
SELECT CASE WHEN now.lead_id IS NULL THEN 'gone' ELSE 'lead' END, lead_id, NULL, NULL, NULL, NULL
FROM earlier FULL JOIN now USING (lead_id)
WHERE now.lead_id IS NULL OR earlier.lead_id IS NULL OR now.answers OPERATOR(pg_catalog.*<>) earlier.answers
   OR (now.written OPERATOR(pg_catalog.*<>) earlier.written
       AND current_setting('galope.writing_scores', true) IS DISTINCT FROM 'on')
UNION ALL
SELECT CASE WHEN current_setting('galope.writing_scores', true) = 'on' THEN 'echo' ELSE 'event' END,
       lead_id, event_id, event_type, occurred_at, {attributes}
FROM moved;

-- subject_deleted --
WITH earlier AS (
    {old_subjects}
)
INSERT INTO galope.change_log (kind, lead_id) SELECT 'gone', lead_id FROM earlier;

-- truncated --
INSERT INTO galope.change_log (kind) VALUES ('reset');

-- unread --
-- Has the subjects of rows that could not be read be read anew; the stream sets aside those of which that fails too.
INSERT INTO galope.change_log (kind, lead_id)
SELECT DISTINCT 'rebuild', {id} FROM {rows} AS {alias} WHERE {key} IS NOT NULL;

-- trigger --
CREATE OR REPLACE FUNCTION galope.{name}() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $galope$
BEGIN
    IF pg_sequence_last_value('galope.log_full') = 1 OR (random() < 0.01 AND galope.log_is_full()) THEN
        RETURN NULL;
    END IF;
    BEGIN
        {log}
    EXCEPTION WHEN OTHERS THEN
        BEGIN
            {unread}
        EXCEPTION WHEN OTHERS THEN
            PERFORM galope.miss(TG_RELID);
        END;
    END;
    IF FOUND AND pg_sequence_last_value('galope.notify_enabled') = 1 THEN
        PERFORM pg_notify('galope_wake', '');
    END IF;
    RETURN NULL;
END
$galope$;

CREATE OR REPLACE TRIGGER galope_{name} AFTER {event} ON {relation} {transition}
    FOR EACH STATEMENT EXECUTE FUNCTION galope.{name}();

-- decided_already --
-- The outcomes that rows have when Galope is installed, as events of when the row says it changed.
INSERT INTO galope.tracked_change (lead_id, event_type, occurred_at)
SELECT s.lead_id, kind, s.changed_at
FROM (
         SELECT {id} AS lead_id, {tracked_at} AS changed_at, ARRAY[{tracked_values}]::text[] AS tracked
         FROM {relation} AS {alias} WHERE {where}
     ) AS s,
     unnest({tracked}::text[], s.tracked) AS t (name, value), left(name || ':' || value, 100) AS kind
WHERE kind = ANY ({decisive}::text[]) AND s.changed_at IS NOT NULL
  AND NOT EXISTS (SELECT FROM galope.tracked_change AS known WHERE known.lead_id = s.lead_id AND known.event_type = kind);

-- clear --
-- Takes off the triggers of a mapping, or of leads and events, before another one is put on.
DO $$
DECLARE
    old record;
BEGIN
    FOR old IN
        SELECT t.tgname, t.tgrelid::regclass AS relation
        FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
        WHERE p.pronamespace = 'galope'::regnamespace AND t.tgparentid = 0
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', old.tgname, old.relation);
    END LOOP;
    FOR old IN
        SELECT oid::regclass AS name FROM pg_class
        WHERE relkind IN ('i', 'I') AND relname ~ '^galope_(subject|source_\d+)_key$' AND NOT relispartition
    LOOP
        EXECUTE format('DROP INDEX %s', old.name);
    END LOOP;
END
$$;

-- write_nothing --
-- Scores go to galope.score alone: every subject has been seen to.
CREATE OR REPLACE FUNCTION galope.write_columns(scored galope.rescore[]) RETURNS TABLE (lead_id uuid, written boolean)
    LANGUAGE sql IMMUTABLE
AS $galope$
    SELECT s.lead_id, true FROM unnest(scored) AS s
$galope$;

-- write_columns --
-- Writes scores to the team's columns, where they differ from what stands there, and keeps what stood there at first. Rows
-- that somebody else holds locked are not waited for, and not returned; `written` is whether a trigger let it be stored.
CREATE OR REPLACE FUNCTION galope.write_columns(scored galope.rescore[]) RETURNS TABLE (lead_id uuid, written boolean)
    LANGUAGE plpgsql
AS $galope$
#variable_conflict use_column
BEGIN
    IF cardinality(scored) = 0 THEN
        RETURN;
    END IF;
    PERFORM set_config('galope.writing_scores', 'on', true);
    RETURN QUERY
    WITH galope_scored AS (
        SELECT * FROM unnest(scored)
    ), galope_free AS (
        SELECT {id} AS lead_id, jsonb_build_object({earlier}) AS earlier, {differs} AS differs
        FROM {relation} AS {alias} JOIN galope_scored ON galope_scored.lead_id = {id}
        WHERE {where}
        FOR NO KEY UPDATE OF {alias} SKIP LOCKED
    ), galope_replaced AS (
        INSERT INTO galope.earlier_value AS v (lead_id, columns)
        SELECT f.lead_id, f.earlier FROM galope_free AS f
        WHERE NOT EXISTS (SELECT FROM galope.earlier_value AS e WHERE e.lead_id = f.lead_id AND e.columns ?& {columns})
        ON CONFLICT (lead_id) DO UPDATE SET columns = v.columns || excluded.columns
    ), galope_written AS (
        UPDATE {relation} AS {alias} SET {assigned}
        FROM galope_scored JOIN galope_free USING (lead_id)
        WHERE galope_scored.lead_id = {id} AND galope_free.differs
        RETURNING {id} AS lead_id
    )
    SELECT f.lead_id, NOT f.differs OR w.lead_id IS NOT NULL
    FROM galope_free AS f LEFT JOIN galope_written AS w ON w.lead_id = f.lead_id;
END
$galope$;

CREATE OR REPLACE FUNCTION galope.give_back() RETURNS void
    LANGUAGE plpgsql
AS $galope$
BEGIN
    PERFORM set_config('galope.writing_scores', 'on', true);
    UPDATE {relation} AS {alias} SET {given_back}
    FROM galope.earlier_value AS galope_earlier,
         LATERAL jsonb_populate_record(NULL::{relation}, galope_earlier.columns) AS galope_row
    WHERE galope_earlier.lead_id = {id} AND galope_earlier.columns ?& {columns};
    UPDATE galope.earlier_value SET columns = columns - {columns};
EXCEPTION WHEN undefined_table OR undefined_column THEN
    RAISE NOTICE 'nothing is given back to a table that is another one now';
END
$galope$;

-- give_back --
-- Gives the team's columns back what stood there before, where other ones, or none, are written from now on.
DO $$
BEGIN
    IF to_regprocedure('galope.give_back()') IS NOT NULL THEN
        PERFORM galope.give_back();
        DROP FUNCTION galope.give_back();
    END IF;
END
$$;

-- table --
-- The table of a name, $1 as SQL reads it or $2 as it stands.
SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS relation, c.relname AS name, quote_ident(c.relname) AS alias,
       c.relkind::text AS kind
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.oid = coalesce(to_regclass($1), to_regclass($2));

-- columns --
-- The columns of table $1: their types, domains as what they are of, and as they are declared; whether they are worked out
-- by Postgres, refer to another table, and whether each is unique by itself.
SELECT a.attname AS name, format_type(coalesce(nullif(t.typbasetype, 0), t.oid), NULL) AS type,
       format_type(a.atttypid, a.atttypmod) AS declared, t.typcategory::text AS category,
       a.attgenerated <> '' OR a.attidentity = 'a' AS generated, a.attnotnull AS required,
       EXISTS (
           SELECT FROM pg_constraint AS f WHERE f.contype = 'f' AND f.conrelid = a.attrelid AND f.conkey = ARRAY[a.attnum]
       ) AS refers,
       EXISTS (
           SELECT FROM pg_index AS i
           WHERE i.indrelid = a.attrelid AND i.indisunique AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum
             AND i.indpred IS NULL
       ) AS "unique",
       EXISTS (
           SELECT FROM pg_index AS i
           WHERE i.indrelid = a.attrelid AND i.indkey[0] = a.attnum AND i.indisvalid AND i.indpred IS NULL
       ) AS indexed
FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum;

-- attempt --
-- Tries an expression on some rows before anything is installed; as a condition too, which says what a value can't be.
SELECT {expression} FROM (SELECT * FROM {relation} LIMIT 10000) AS {alias} WHERE ({expression}) IS NULL OR true

-- keep_subject --
-- Keeps what galope.toml says of the subject.
INSERT INTO galope.subject (name, relation, head, mapping) VALUES ($1, $2, $3, $4);

-- keep_source --
-- Keeps what galope.toml says of a source.
INSERT INTO galope.source (number, relation, mapping) VALUES ($1, $2, $3);

-- forget_mapping --
-- Forgets what an earlier galope.toml said.
WITH sources AS (DELETE FROM galope.source) DELETE FROM galope.subject;

-- stored_mapping --
-- What galope.toml said when it was last installed, whole; null where there was none.
SELECT s.mapping FROM galope.subject AS s;
