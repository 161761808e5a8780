-- Galope: take it off a database. The team's tables and rows stay; so does an added column that people have written to.
--
-- What Galope wrote is first put back to what stood there before it: scores, the status unless a person moved the lead
-- since, and next actions that were suggested and neither edited nor saved.

DO $$
DECLARE
    made record;
BEGIN
    -- Also on partitions, detached ones too, and on tables that others have taken the place of.
    FOR made IN
        SELECT t.tgname, t.tgrelid::regclass::text AS name
        FROM pg_trigger AS t JOIN pg_proc AS f ON f.oid = t.tgfoid
        WHERE t.tgname LIKE 'galope\_%' AND f.pronamespace = to_regnamespace('galope')
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', made.tgname, made.name);
    END LOOP;
END
$$;
DROP INDEX IF EXISTS galope_events_lead, galope_leads_newest, galope_leads_stage, galope_leads_name, galope_leads_same;

-- Tables that galope.toml maps get back what stood in their columns; their triggers are gone already, and these indexes go.
DO $$
DECLARE
    made regclass;
BEGIN
    IF to_regprocedure('galope.give_back()') IS NOT NULL THEN
        PERFORM galope.give_back();
    END IF;
    FOR made IN
        SELECT oid FROM pg_class
        WHERE relkind IN ('i', 'I') AND relname ~ '^galope_(subject|source_\d+)_key$' AND NOT relispartition
    LOOP
        EXECUTE format('DROP INDEX %s', made);
    END LOOP;
END
$$;

DO $$
DECLARE
    added record;
    kept  boolean;
BEGIN
    IF to_regclass('galope.added_column') IS NULL OR to_regclass('leads') IS NULL THEN
        RETURN;
    END IF;
    -- A table that galope.toml maps may be called leads too.
    IF to_regclass('galope.earlier_value') IS NOT NULL
        AND EXISTS (
            SELECT FROM pg_attribute
            WHERE attrelid = to_regclass('leads') AND attname = 'next_best_action' AND NOT attisdropped
        ) THEN
        UPDATE leads AS l
        SET next_action_text = r.next_action_text, next_action_date = r.next_action_date,
            next_action_time = r.next_action_time, next_action_at = r.next_action_at
        FROM (SELECT id, v.columns FROM leads LEFT JOIN galope.earlier_value AS v ON v.lead_id = id) AS e,
             jsonb_populate_record(NULL::leads, coalesce(e.columns, '{}')) AS r
        WHERE e.id = l.id AND (l.next_action_text, l.next_action_date, l.next_action_time) IS NOT DISTINCT FROM (
            l.next_best_action ->> 'text',
            left(l.next_best_action ->> 'due_at', 10)::date,
            substr(l.next_best_action ->> 'due_at', 12, 5)::time
        ) AND 'next_action_saved' IS DISTINCT FROM (
            SELECT event_type::text FROM events
            WHERE lead_id = l.id AND event_type::text IN ('next_action_saved', 'next_action_cleared')
            ORDER BY ts DESC LIMIT 1
        );
        UPDATE leads AS l
        SET score = r.score, score_motivos = r.score_motivos, score_model_name = r.score_model_name,
            score_probability = r.score_probability, score_scored_at = r.score_scored_at,
            score_engine = CASE WHEN l.score_engine = 'galope' THEN r.score_engine ELSE l.score_engine END,
            score_meta = coalesce(nullif(l.score_meta - ARRAY['model_version', 'learned'], '{}'), r.score_meta),
            status = CASE WHEN l.status NOT IN ('CURIOSO', 'AQUECENDO', 'QUALIFICADO') OR EXISTS (
                              SELECT FROM events
                              WHERE lead_id = l.id AND event_type::text = 'crm_manual_move'
                                AND ts >= coalesce(e.kept_at, '-infinity')
                          ) THEN l.status ELSE r.status END
        FROM (SELECT id, v.kept_at, v.columns FROM leads LEFT JOIN galope.earlier_value AS v ON v.lead_id = id) AS e,
             jsonb_populate_record(NULL::leads, coalesce(e.columns, '{"status": "CURIOSO"}')) AS r
        WHERE e.id = l.id AND l.next_best_action IS NOT NULL;
    END IF;
    FOR added IN SELECT table_name, column_name FROM galope.added_column LOOP
        kept := false;
        IF added.column_name = 'crm_stage' OR added.column_name LIKE 'next\_action\_%' THEN
            EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE %I::text <> ''INBOX'')',
                           added.table_name, added.column_name) INTO kept;
        END IF;
        IF kept THEN
            RAISE NOTICE 'column %.% is kept: people have written to it', added.table_name, added.column_name;
        ELSE
            EXECUTE format('ALTER TABLE %I DROP COLUMN IF EXISTS %I', added.table_name, added.column_name);
        END IF;
    END LOOP;
END
$$;

DROP SCHEMA IF EXISTS galope CASCADE;
