-- What an installation asks: what was applied, and what is missing.

-- applied_migrations --
-- Which migrations were applied.
SELECT name FROM galope.migration;

-- record_migration --
-- Says that a migration was applied.
INSERT INTO galope.migration (name) VALUES ($1);

-- missing_triggers --
-- Names of Galope's triggers that are not there or do not fire; null when all do. ENABLE TRIGGER ALL, as after a bulk load,
-- leaves them enabled, if not always.
SELECT string_agg(name, ', ')
FROM galope.mapped_table,
     unnest(ARRAY['inserted', 'updated', 'deleted', 'truncated']) AS event,
     format('%s_%s', triggers, event) AS name
WHERE NOT EXISTS (
    SELECT FROM pg_trigger WHERE tgname = name AND tgrelid = relation::regclass AND tgenabled IN ('A', 'O')
);

-- mapped_subject --
-- The table that is scored, where it is mapped.
SELECT relation FROM galope.subject;

-- try_reading --
-- Fails where the tables are not as they were when Galope was installed.
SELECT FROM galope.subjects() AS s, galope.subject_events() AS e LIMIT 0;

-- made_functions --
-- The bodies of the functions that are made of a mapping.
SELECT prosrc AS body FROM pg_proc
WHERE pronamespace = 'galope'::regnamespace AND proname IN ('subjects', 'subject_events', 'write_columns');

-- missing_rights --
-- What the role may not do and must, as sql/grants.sql gives it; null when nothing.
SELECT string_agg(format('%s on %s', verb, relation), ', ')
FROM (SELECT relation, 'SELECT' FROM galope.mapped_table UNION ALL VALUES
    ('galope.notify_enabled', 'UPDATE'), ('galope.log_full', 'UPDATE'),
    ('galope.change_log', 'SELECT,INSERT,DELETE,TRUNCATE'),
    ('galope.cursor', 'SELECT,INSERT,UPDATE'), ('galope.lead_state', 'SELECT,INSERT,UPDATE,DELETE,TRUNCATE'),
    ('galope.score_history', 'SELECT,INSERT,DELETE'), ('galope.model_version', 'SELECT,INSERT,UPDATE'),
    ('galope.outcome', 'SELECT,INSERT,UPDATE,DELETE'), ('galope.prediction', 'SELECT,INSERT,UPDATE,DELETE'),
    ('galope.question', 'SELECT,INSERT,UPDATE,DELETE'),
    ('galope.learner', 'SELECT,INSERT,UPDATE'), ('galope.dead_letter', 'SELECT,INSERT,DELETE'),
    ('galope.partner_feedback', 'SELECT,DELETE'), ('galope.policy', 'SELECT'),
    ('galope.migration', 'SELECT'), ('galope.watched', 'SELECT,INSERT,UPDATE,DELETE'),
    ('galope.earlier_value', 'SELECT,INSERT,DELETE'), ('galope.subject', 'SELECT'), ('galope.source', 'SELECT'),
    ('galope.score', 'SELECT,INSERT,UPDATE,DELETE'), ('galope.tracked_change', 'SELECT,DELETE'),
    ('galope.webhook_delivery', 'SELECT,DELETE'), ('galope.alert', 'SELECT,INSERT,UPDATE,DELETE'),
    ('galope.finding', 'SELECT,DELETE'), ('galope.merged_lead', 'SELECT,DELETE'), ('galope.grouping', 'SELECT'),
    ('galope.action_model', 'SELECT'), ('galope.experiment', 'SELECT'), ('galope.exposure', 'SELECT,INSERT,DELETE'),
    ('galope.lead_group', 'SELECT,INSERT,UPDATE,DELETE')
) AS needed (relation, verbs), unnest(string_to_array(verbs, ',')) AS verb
WHERE NOT has_table_privilege(relation, verb);

-- unwritable_columns --
-- Columns of the team's table that the role may not update and must; null when none.
SELECT format('UPDATE (%s) on %s', string_agg(name, ', '), relation)
FROM (
    SELECT 'leads' AS relation, name
    FROM unnest(ARRAY[
        'score', 'status', 'score_motivos', 'score_engine', 'score_model_name', 'score_probability', 'score_scored_at',
        'score_meta', 'next_best_action', 'next_action_text', 'next_action_date', 'next_action_time',
        'next_action_at'
    ]) AS name
    WHERE EXISTS (SELECT FROM galope.mapped_table WHERE triggers = 'galope_leads')
    UNION ALL
    -- One that is gone is told of by its entry.
    SELECT s.relation, a.attname
    FROM galope.subject AS s, jsonb_each_text(s.mapping -> 'subject' -> s.name -> 'columns') AS c
    JOIN pg_attribute AS a ON a.attname = c.value
    WHERE a.attrelid = s.relation::regclass AND NOT a.attisdropped
) AS written
WHERE NOT has_column_privilege(relation, name, 'UPDATE')
GROUP BY relation;
