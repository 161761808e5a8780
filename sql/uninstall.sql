-- Galope: take it off a database. The team's tables and rows stay; so does an added column that people have written to.
--
-- Next actions that Galope suggested and nobody edited are blanked first; those a person saved are theirs.

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

DO $$
DECLARE
    added record;
    kept  boolean;
BEGIN
    IF to_regclass('galope.added_column') IS NULL THEN
        RETURN;
    END IF;
    UPDATE leads SET next_action_text = NULL, next_action_date = NULL, next_action_time = NULL
    WHERE (next_action_text, next_action_date, next_action_time) IS NOT DISTINCT FROM (
        next_best_action ->> 'text',
        left(next_best_action ->> 'due_at', 10)::date,
        substr(next_best_action ->> 'due_at', 12, 5)::time
    );
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
