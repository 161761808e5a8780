-- Every statement of Galope's, by name. Read by postgres/statements.py.

-- position --
-- The committed cursor, and whether it is of this cluster: not of another one, nor of a later state of it, whose
-- transactions a restored snapshot or a copy of its disk has not seen.
SELECT c.snapshot, c.window_snapshot, c.after_xid, c.after_id, c.model_version,
       c.system_identifier = s.system_identifier
       AND pg_snapshot_xmax(c.snapshot) <= pg_snapshot_xmax(pg_current_snapshot()) AS of_this_cluster
FROM pg_control_system() AS s LEFT JOIN galope.cursor AS c ON c.partition = 0;

-- start_cursor --
-- Begins anew from what is visible now: states are forgotten and rebuilt from the rows.
INSERT INTO galope.cursor (snapshot, system_identifier)
SELECT pg_current_snapshot(), system_identifier FROM pg_control_system()
ON CONFLICT (partition) DO UPDATE
SET snapshot = excluded.snapshot, window_snapshot = NULL, after_xid = '0', after_id = 0,
    system_identifier = excluded.system_identifier, heartbeat_at = now();

-- take_over --
-- Becomes the one consumer: whoever held the cursor before can commit nothing more, and NOTIFY, which it may have left
-- enabled, is disabled.
UPDATE galope.cursor SET epoch = epoch + 1, heartbeat_at = now() WHERE partition = 0
RETURNING epoch, setval('galope.notify_enabled', 0);

-- set_notify --
-- Has writers, at once, notify of changes (1) or not (0).
SELECT setval('galope.notify_enabled', $1);

-- forget_foreign_changes --
-- Drops logged changes of transactions that this cluster has not begun: they came with a restored dump.
DELETE FROM galope.change_log WHERE xid >= pg_snapshot_xmax(pg_current_snapshot());

-- empty_states --
-- Empties the folded states, to be rebuilt from the rows.
TRUNCATE galope.lead_state;

-- forget_states --
-- The same while somebody reads them.
DELETE FROM galope.lead_state;

-- fetch_changes --
-- The next page of changes that became visible after $1 and up to $2 (null: now), after row ($3, $4), at most $5.
-- First come those of transactions that were still running at $1, a few index points; then those begun since, one index
-- range: what is read does not grow with the log, nor while an old transaction stays open.
WITH upto AS (SELECT coalesce($2::pg_snapshot, pg_current_snapshot()) AS snapshot)
SELECT upto.snapshot, change.xid, change.id, change.kind, change.lead_id, change.event_id, change.event_type,
       extract(epoch FROM change.occurred_at)::float8 AS occurred_at
FROM upto LEFT JOIN LATERAL (
    SELECT * FROM (
        (
            SELECT * FROM galope.change_log
            WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip($1::pg_snapshot)))
              AND (xid, id) > ($3::xid8, $4::bigint)
              AND pg_visible_in_snapshot(xid, upto.snapshot)
            ORDER BY xid, id
            LIMIT $5
        )
        UNION ALL
        (
            SELECT * FROM galope.change_log
            WHERE (xid, id) > (
                      greatest($3::xid8, pg_snapshot_xmax($1::pg_snapshot)),
                      CASE WHEN $3::xid8 >= pg_snapshot_xmax($1::pg_snapshot) THEN $4::bigint ELSE 0 END
                  )
              AND pg_visible_in_snapshot(xid, upto.snapshot)
            ORDER BY xid, id
            LIMIT $5
        )
    ) AS newer
    ORDER BY xid, id
    LIMIT $5
) AS change ON true;

-- states --
-- The stored states of some leads, and what is known of their outcome for head $2. LIMIT 1 keeps the outcomes a lookup
-- a lead; a plan made for any number of leads would read all of them (15 ms at 100,000).
SELECT s.lead_id, s.state, s.built_snapshot, s.score, s.rescore_at <= 'epoch' AS outdated, o.converted, o.source, o.evaluated,
       extract(epoch FROM o.resolved_at)::float8 AS resolved_at
FROM galope.lead_state AS s
LEFT JOIN LATERAL (SELECT * FROM galope.outcome WHERE lead_id = s.lead_id AND head = $2 LIMIT 1) AS o ON true
WHERE s.lead_id = ANY ($1::uuid[]);

-- first_states --
-- The stored states that are due first, at most $1, and what is known of their outcome for head $2.
SELECT s.lead_id, s.state, s.built_snapshot, s.score, s.rescore_at <= 'epoch' AS outdated, o.converted, o.source, o.evaluated,
       extract(epoch FROM o.resolved_at)::float8 AS resolved_at
FROM galope.lead_state AS s
LEFT JOIN LATERAL (SELECT * FROM galope.outcome WHERE lead_id = s.lead_id AND head = $2 LIMIT 1) AS o ON true
ORDER BY s.rescore_at LIMIT $1;

-- rows --
-- What the team's tables say of some leads, the snapshot in which they say it, their last score, also when their states
-- were forgotten, and their outcome for head $2.
SELECT l.lead_id, l.profile, extract(epoch FROM l.created_at)::float8 AS created_at, e.event_types, e.times,
       coalesce(
           s.score, (SELECT score_after FROM galope.score_history WHERE lead_id = l.lead_id ORDER BY id DESC LIMIT 1)
       ) AS score,
       o.converted, o.source, o.evaluated,
       extract(epoch FROM o.resolved_at)::float8 AS resolved_at, pg_current_snapshot() AS snapshot
FROM galope.subjects() AS l
LEFT JOIN (
    SELECT e.lead_id, array_agg(e.event_type) AS event_types,
           array_agg(extract(epoch FROM e.occurred_at)::float8) AS times
    FROM galope.subject_events() AS e
    WHERE e.lead_id = ANY ($1::uuid[])
    GROUP BY e.lead_id
) AS e ON e.lead_id = l.lead_id
LEFT JOIN galope.lead_state AS s ON s.lead_id = l.lead_id
LEFT JOIN LATERAL (SELECT * FROM galope.outcome WHERE lead_id = l.lead_id AND head = $2 LIMIT 1) AS o ON true
WHERE l.lead_id = ANY ($1::uuid[]);

-- event_ids --
-- One lead's events with their ids, to set some aside.
SELECT event_id, lead_id, event_type, extract(epoch FROM occurred_at)::float8 AS occurred_at
FROM galope.subject_events() WHERE lead_id = $1;

-- leads_without_state --
-- Leads that have not been read from their rows yet, after id $1, at most $2. That bounds the states too, which Postgres
-- does not work out by itself: it would go through all of them, from the first, for every page.
SELECT l.lead_id AS id FROM galope.subjects() AS l
WHERE l.lead_id > $1 AND NOT EXISTS (SELECT FROM galope.lead_state AS s WHERE s.lead_id = l.lead_id AND s.lead_id > $1)
ORDER BY l.lead_id LIMIT $2;

-- profiles --
-- What the team's table says of some leads whose events are already folded.
SELECT lead_id, profile, extract(epoch FROM created_at)::float8 AS created_at
FROM galope.subjects() WHERE lead_id = ANY ($1::uuid[]);

-- due_leads --
-- Leads whose score is due by time, by a new model or by a change put off before $1, the longest overdue first, at
-- most $2.
SELECT lead_id, CASE rescore_at WHEN '-infinity' THEN 'model' WHEN 'epoch' THEN 'lead' ELSE 'time' END AS cause
FROM galope.lead_state WHERE rescore_at <= to_timestamp($1) ORDER BY rescore_at LIMIT $2;

-- rescore_all --
-- Makes every lead due at once, to be scored with model version $1.
WITH scored_with AS (UPDATE galope.cursor SET model_version = $1 WHERE partition = 0)
UPDATE galope.lead_state SET rescore_at = '-infinity' WHERE rescore_at > '-infinity';

-- put_off --
-- Makes some leads due at once, whose rows changed and were not read: until then their states are outdated.
UPDATE galope.lead_state SET rescore_at = 'epoch' WHERE lead_id = ANY ($1::uuid[]) AND rescore_at > 'epoch';

-- heartbeat --
-- Says that the consumer of this epoch is alive.
UPDATE galope.cursor SET heartbeat_at = now() WHERE partition = 0 AND epoch = $1 RETURNING epoch;

-- commit_batch --
-- One batch, whole: cursor, states, scores and history. Nothing is written when the epoch is no longer $1. Lead rows
-- that somebody else holds locked are not waited for: their states are due again at once. What is said of a lead that
-- is gone is dropped. Of what others write in the same columns, a status that is not one of the scorer's stays, and so
-- do other keys of score_meta, an engine that is no scorer's (a mark), and an action that a person saved, in the last
-- minute too: its event may not have been taken yet. What stood there before the first write is kept.
WITH fence AS (
    UPDATE galope.cursor
    SET snapshot = $2, window_snapshot = $3, after_xid = $4, after_id = $5, heartbeat_at = now()
    WHERE partition = 0 AND epoch = $1
    RETURNING epoch, jsonb_build_object('model_version', $7::bigint, 'learned', $9::bigint) AS meta
), scored AS (
    SELECT s.*
    FROM fence, unnest($6::galope.rescore[]) AS s
), free AS (
    SELECT l.id,
           coalesce(l.next_action_text, '') = ''
           OR (l.next_action_text, l.next_action_date, l.next_action_time) IS NOT DISTINCT FROM (
               l.next_best_action ->> 'text',
               left(l.next_best_action ->> 'due_at', 10)::date,
               substr(l.next_best_action ->> 'due_at', 12, 5)::time
           ) AND NOT EXISTS (
               SELECT FROM events AS e
               WHERE e.lead_id = l.id AND e.ts > to_timestamp(s.scored_at) - interval '1 minute'
                 AND e.event_type::text = 'next_action_saved'
           ) AS unsaved,
           CASE WHEN l.next_best_action IS NULL AND (l.status IS DISTINCT FROM 'CURIOSO' OR num_nonnulls(
               l.score, l.score_motivos, l.score_engine, l.score_model_name, l.score_probability, l.score_scored_at,
               l.score_meta, l.next_action_text, l.next_action_date, l.next_action_time, l.next_action_at
           ) > 0) THEN jsonb_build_object(
               'status', l.status, 'score', l.score, 'score_motivos', l.score_motivos, 'score_engine', l.score_engine,
               'score_model_name', l.score_model_name, 'score_probability', l.score_probability,
               'score_scored_at', l.score_scored_at, 'score_meta', l.score_meta,
               'next_action_text', l.next_action_text, 'next_action_date', l.next_action_date,
               'next_action_time', l.next_action_time, 'next_action_at', l.next_action_at
           ) END AS earlier
    FROM leads AS l JOIN scored AS s ON s.lead_id = l.id
    FOR NO KEY UPDATE OF l SKIP LOCKED
), replaced AS (
    INSERT INTO galope.earlier_value (lead_id, columns)
    SELECT id, earlier FROM free WHERE earlier IS NOT NULL
    ON CONFLICT (lead_id) DO NOTHING
), written AS (
    UPDATE leads AS l
    SET score = s.score,
        status = CASE WHEN coalesce(l.status, '') IN ('', 'CURIOSO', 'AQUECENDO', 'QUALIFICADO') THEN s.status
                      ELSE l.status END,
        score_motivos = s.motivos,
        score_engine = CASE WHEN coalesce(l.score_engine, '') IN ('', 'ml') THEN 'galope' ELSE l.score_engine END,
        score_model_name = $8,
        score_probability = s.probability,
        score_scored_at = to_timestamp(s.scored_at),
        score_meta = CASE WHEN jsonb_typeof(l.score_meta) = 'object' THEN l.score_meta ELSE '{}' END || fence.meta,
        next_best_action = s.action,
        next_action_text = CASE WHEN NOT f.unsaved OR s.suggestion = 'keep' THEN l.next_action_text
                                WHEN s.suggestion = 'suggest' THEN s.action ->> 'text' END,
        next_action_date = CASE WHEN NOT f.unsaved OR s.suggestion = 'keep' THEN l.next_action_date
                                WHEN s.suggestion = 'suggest' THEN left(s.action ->> 'due_at', 10)::date END,
        next_action_time = CASE WHEN NOT f.unsaved OR s.suggestion = 'keep' THEN l.next_action_time
                                WHEN s.suggestion = 'suggest' THEN substr(s.action ->> 'due_at', 12, 5)::time END,
        next_action_at = CASE
            WHEN f.unsaved AND s.suggestion = 'suggest' THEN (s.action ->> 'due_at')::timestamptz
            WHEN f.unsaved AND s.suggestion <> 'keep' THEN NULL
            WHEN l.next_action_at IS DISTINCT FROM (l.next_best_action ->> 'due_at')::timestamptz THEN l.next_action_at
            -- A person changed its day or hour and left the moment that was suggested.
            ELSE (l.next_action_date + coalesce(l.next_action_time, '00:00')
                  || right(l.next_best_action ->> 'due_at', 6))::timestamptz END
    FROM fence, scored AS s JOIN free AS f ON f.id = s.lead_id
    WHERE l.id = s.lead_id
    RETURNING l.id
), kept AS (
    INSERT INTO galope.lead_state AS k (lead_id, state, built_snapshot, score, rescore_at)
    SELECT s.lead_id, s.state, s.built_snapshot, s.score,
           CASE WHEN w.id IS NULL THEN now() ELSE to_timestamp(s.rescore_at) END
    FROM scored AS s JOIN leads AS l ON l.id = s.lead_id LEFT JOIN written AS w ON w.id = s.lead_id
    ON CONFLICT (lead_id) DO UPDATE
    SET state = excluded.state, built_snapshot = excluded.built_snapshot, score = excluded.score,
        rescore_at = excluded.rescore_at
), history AS (
    INSERT INTO galope.score_history
        (lead_id, scored_at, cause, score_before, score_after, status, probability, points, model_version, learned)
    SELECT s.lead_id, to_timestamp(s.scored_at), s.cause, s.score_before, s.score, s.status, s.probability, s.points,
           $7, $9
    FROM scored AS s LEFT JOIN written AS w ON w.id = s.lead_id
    WHERE w.id IS NOT NULL OR s.score IS DISTINCT FROM s.score_before
), predicted AS (
    INSERT INTO galope.prediction (lead_id, head, model_version, snapshots)
    SELECT p.lead_id, $10, $7, p.snapshots FROM fence, unnest($11::uuid[], $12::json[]) AS p (lead_id, snapshots)
)
SELECT epoch, set_config('galope.writing_scores', 'on', true) FROM fence;

-- commit_scores --
-- One batch, whole, as `commit_batch`: where galope.toml maps a table, of which nothing is written. Scores go to
-- galope.score.
WITH fence AS (
    UPDATE galope.cursor
    SET snapshot = $2, window_snapshot = $3, after_xid = $4, after_id = $5, heartbeat_at = now()
    WHERE partition = 0 AND epoch = $1
    RETURNING epoch
), scored AS (
    SELECT s.*, l.key
    FROM fence, unnest($6::galope.rescore[]) AS s JOIN galope.subjects() AS l ON l.lead_id = s.lead_id
), written AS (
    INSERT INTO galope.score AS w
        (lead_id, key, score, probability, status, reasons, next_action, scored_at, model_version)
    SELECT lead_id, key, score, probability, status, motivos, action, to_timestamp(scored_at), $7
    FROM scored
    ON CONFLICT (lead_id) DO UPDATE
    SET key = excluded.key, score = excluded.score, probability = excluded.probability, status = excluded.status,
        reasons = excluded.reasons, next_action = excluded.next_action, scored_at = excluded.scored_at,
        model_version = excluded.model_version
), kept AS (
    INSERT INTO galope.lead_state (lead_id, state, built_snapshot, score, rescore_at)
    SELECT lead_id, state, built_snapshot, score, to_timestamp(rescore_at) FROM scored
    ON CONFLICT (lead_id) DO UPDATE
    SET state = excluded.state, built_snapshot = excluded.built_snapshot, score = excluded.score,
        rescore_at = excluded.rescore_at
), history AS (
    INSERT INTO galope.score_history
        (lead_id, scored_at, cause, score_before, score_after, status, probability, points, model_version, learned)
    SELECT lead_id, to_timestamp(scored_at), cause, score_before, score, status, probability, points, $7, $9
    FROM scored
), predicted AS (
    INSERT INTO galope.prediction (lead_id, head, model_version, snapshots)
    SELECT p.lead_id, $10, $7, p.snapshots FROM fence, unnest($11::uuid[], $12::json[]) AS p (lead_id, snapshots)
)
SELECT epoch, $8::text AS model FROM fence;

-- maps_a_table --
-- Whether galope.toml maps a table, of which nothing is written.
SELECT EXISTS (SELECT FROM galope.mapped_table WHERE triggers = 'galope_subject');

-- announce --
-- Says that scores were committed.
SELECT pg_notify('galope_scored', '');

-- forget_leads --
-- Erases what is held of leads that are gone.
WITH gone AS (SELECT unnest($1::uuid[]) AS lead_id),
     state AS (DELETE FROM galope.lead_state USING gone WHERE lead_state.lead_id = gone.lead_id),
     history AS (DELETE FROM galope.score_history USING gone WHERE score_history.lead_id = gone.lead_id),
     outcome AS (DELETE FROM galope.outcome USING gone WHERE outcome.lead_id = gone.lead_id),
     prediction AS (DELETE FROM galope.prediction USING gone WHERE prediction.lead_id = gone.lead_id),
     feedback AS (DELETE FROM galope.partner_feedback USING gone WHERE partner_feedback.lead_id = gone.lead_id),
     earlier AS (DELETE FROM galope.earlier_value USING gone WHERE earlier_value.lead_id = gone.lead_id),
     score AS (DELETE FROM galope.score USING gone WHERE score.lead_id = gone.lead_id),
     tracked AS (DELETE FROM galope.tracked_change USING gone WHERE tracked_change.lead_id = gone.lead_id)
DELETE FROM galope.dead_letter USING gone WHERE dead_letter.lead_id = gone.lead_id;

-- forget_missing_leads --
-- Erases what is held of leads that are gone without a trace, as after a TRUNCATE. Where policies hide leads, the stream's
-- own connections meet an error here, and not an empty table.
WITH history AS (
         DELETE FROM galope.score_history AS h
         WHERE NOT EXISTS (SELECT FROM galope.subjects() AS l WHERE l.lead_id = h.lead_id)
     ),
     outcome AS (
         DELETE FROM galope.outcome AS o
         WHERE NOT EXISTS (SELECT FROM galope.subjects() AS l WHERE l.lead_id = o.lead_id)
     ),
     prediction AS (
         DELETE FROM galope.prediction AS p
         WHERE NOT EXISTS (SELECT FROM galope.subjects() AS l WHERE l.lead_id = p.lead_id)
     ),
     earlier AS (
         DELETE FROM galope.earlier_value AS v
         WHERE NOT EXISTS (SELECT FROM galope.subjects() AS l WHERE l.lead_id = v.lead_id)
     ),
     feedback AS (
         DELETE FROM galope.partner_feedback AS f
         WHERE NOT EXISTS (SELECT FROM galope.subjects() AS l WHERE l.lead_id = f.lead_id)
     ),
     score AS (
         DELETE FROM galope.score AS s
         WHERE NOT EXISTS (SELECT FROM galope.subjects() AS l WHERE l.lead_id = s.lead_id)
     ),
     tracked AS (
         DELETE FROM galope.tracked_change AS t
         WHERE NOT EXISTS (SELECT FROM galope.subjects() AS l WHERE l.lead_id = t.lead_id)
     )
DELETE FROM galope.dead_letter AS d
WHERE NOT EXISTS (SELECT FROM galope.subjects() AS l WHERE l.lead_id = d.lead_id);

-- forget_state --
-- Drops some leads' states, to be rebuilt from their rows when they are next looked at.
DELETE FROM galope.lead_state WHERE lead_id = ANY ($1::uuid[]);

-- keep_dead_letters --
-- Keeps changes that can't be used, with the reason.
INSERT INTO galope.dead_letter (lead_id, event_id, event_type, reason)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[])
ON CONFLICT (event_id) DO NOTHING;

-- log_size --
-- Bytes of the change log.
SELECT pg_total_relation_size('galope.change_log');

-- lock_log --
-- Keeps writers out of the change log for the moment it takes to empty it.
LOCK TABLE galope.change_log IN ACCESS EXCLUSIVE MODE;

-- empty_log --
-- Gives the change log's space back; only when every row of it has been consumed.
TRUNCATE galope.change_log;

-- champion --
-- The model that scores for head $1.
SELECT version, model FROM galope.model_version WHERE head = $1 AND status = 'champion';

-- champion_version --
-- Which model scores for head $1.
SELECT version FROM galope.model_version WHERE head = $1 AND status = 'champion';

-- has_model --
-- Whether any model was ever kept for head $1; the one that scores may be none of them, if people chose the rules.
SELECT EXISTS (SELECT FROM galope.model_version WHERE head = $1);

-- rules_were_chosen --
-- Whether people went back from models to the rules, for head $1: models scored, and none does.
SELECT EXISTS (SELECT FROM galope.model_version WHERE head = $1 AND promoted_at IS NOT NULL)
   AND NOT EXISTS (SELECT FROM galope.model_version WHERE head = $1 AND status = 'champion');

-- store_model --
-- Keeps a model of head $1 as a candidate, for reason $4 with facts $5.
INSERT INTO galope.model_version (head, model, metrics, reason, reason_facts) VALUES ($1, $2, $3, $4, $5)
RETURNING version;

-- retire_champion --
-- Makes room for another champion of head $1.
UPDATE galope.model_version SET status = 'retired' WHERE head = $1 AND status = 'champion';

-- promote --
-- Makes version $1 the champion of its head, for reason $2 with facts $3.
UPDATE galope.model_version SET status = 'champion', promoted_at = now(), reason = $2, reason_facts = $3
WHERE version = $1
RETURNING head;

-- policy --
-- What the team decided last, on top of what galope.toml says of outcomes.
SELECT coalesce((SELECT head FROM galope.subject), '{}')
    || coalesce((SELECT policy FROM galope.policy ORDER BY id DESC LIMIT 1), '{}');

-- predictions --
-- What was predicted of some leads for head $2 before their outcome was known.
SELECT lead_id, snapshots FROM galope.prediction WHERE lead_id = ANY ($1::uuid[]) AND head = $2;

-- keep_outcomes --
-- Keeps what became of leads, for head $1; what was known before is replaced.
INSERT INTO galope.outcome (lead_id, head, converted, resolved_at, source, evaluated)
SELECT o.lead_id, $1, o.converted, to_timestamp(o.resolved_at), o.source, o.evaluated
FROM unnest($2::uuid[], $3::bool[], $4::float8[], $5::text[], $6::bool[])
    AS o (lead_id, converted, resolved_at, source, evaluated)
ON CONFLICT (lead_id, head) DO UPDATE
SET converted = excluded.converted, resolved_at = excluded.resolved_at, source = excluded.source,
    evaluated = excluded.evaluated;

-- drop_outcomes --
-- Takes back outcomes that are open again, for head $1.
DELETE FROM galope.outcome WHERE head = $1 AND lead_id = ANY ($2::uuid[]);

-- outcomes_of_others --
-- How many outcomes are kept for other heads than $1, which another horizon asked; null for none.
SELECT string_agg(format('%s for %s', kept, head), ', ' ORDER BY head)
FROM (SELECT head, count(*) AS kept FROM galope.outcome WHERE head <> $1 GROUP BY head) AS others;

-- learner --
-- What the models of head $1 have learned, and since which version.
SELECT model_version, state FROM galope.learner WHERE head = $1;

-- keep_learner --
-- Keeps what the models of head $1 have learned.
INSERT INTO galope.learner (head, model_version, learned, state) VALUES ($1, $2, $3, $4)
ON CONFLICT (head) DO UPDATE
SET model_version = excluded.model_version, learned = excluded.learned, state = excluded.state, updated_at = now();

-- evaluated_predictions --
-- What was predicted for head $1 of leads that were evaluated, of outcomes in the $3 days before $2; the earliest
-- outcome first.
SELECT p.lead_id, p.model_version, p.snapshots, o.converted, extract(epoch FROM o.resolved_at)::float8 AS resolved_at
FROM galope.prediction AS p JOIN galope.outcome AS o USING (lead_id, head)
WHERE head = $1 AND o.evaluated AND o.resolved_at > to_timestamp($2) - make_interval(secs => 86400 * $3::float8)
ORDER BY o.resolved_at, p.lead_id;

-- scales --
-- What log-odds mean in points, by model of head $1.
SELECT version, model ->> 'scale' AS scale FROM galope.model_version WHERE head = $1;

-- store_metric --
-- Keeps the measures of a contender of model version $2.
INSERT INTO galope.model_metric (head, version, contender, metrics) VALUES ($1, $2, $3, $4);

-- last_trained --
-- When head $1 was last trained, in seconds since 1970; null for never.
SELECT extract(epoch FROM max(created_at))::float8 FROM galope.model_version WHERE head = $1 AND metrics <> '{}';

-- applied_migrations --
-- Which migrations were applied.
SELECT name FROM galope.migration;

-- record_migration --
-- Says that a migration was applied.
INSERT INTO galope.migration (name) VALUES ($1);

-- missing_triggers --
-- Names of Galope's triggers that are not there or do not always fire; null when all do.
SELECT string_agg(name, ', ')
FROM galope.mapped_table,
     unnest(ARRAY['inserted', 'updated', 'deleted', 'truncated']) AS event,
     format('%s_%s', triggers, event) AS name
WHERE NOT EXISTS (
    SELECT FROM pg_trigger WHERE tgname = name AND tgrelid = relation::regclass AND tgenabled = 'A'
);

-- try_reading --
-- Fails where the tables are not as they were when Galope was installed.
SELECT FROM galope.subjects() AS s, galope.subject_events() AS e LIMIT 0;

-- missing_rights --
-- What the role may not do and must, as sql/grants.sql gives it; null when nothing.
SELECT string_agg(format('%s on %s', verb, relation), ', ')
FROM (SELECT relation, 'SELECT' FROM galope.mapped_table UNION ALL VALUES
    ('galope.notify_enabled', 'UPDATE'),
    ('galope.change_log', 'SELECT,INSERT,DELETE,TRUNCATE'),
    ('galope.cursor', 'SELECT,INSERT,UPDATE'), ('galope.lead_state', 'SELECT,INSERT,UPDATE,DELETE,TRUNCATE'),
    ('galope.score_history', 'SELECT,INSERT,DELETE'), ('galope.model_version', 'SELECT,INSERT,UPDATE'),
    ('galope.outcome', 'SELECT,INSERT,UPDATE,DELETE'), ('galope.prediction', 'SELECT,INSERT,UPDATE,DELETE'),
    ('galope.learner', 'SELECT,INSERT,UPDATE'), ('galope.dead_letter', 'SELECT,INSERT,DELETE'),
    ('galope.partner_feedback', 'SELECT,DELETE'), ('galope.policy', 'SELECT'),
    ('galope.migration', 'SELECT'), ('galope.watched', 'SELECT,INSERT,UPDATE,DELETE'),
    ('galope.earlier_value', 'SELECT,INSERT,DELETE'), ('galope.subject', 'SELECT'), ('galope.source', 'SELECT'),
    ('galope.score', 'SELECT,INSERT,UPDATE,DELETE'), ('galope.tracked_change', 'SELECT,DELETE')
) AS needed (relation, verbs), unnest(string_to_array(verbs, ',')) AS verb
WHERE NOT has_table_privilege(relation, verb);

-- unwritable_columns --
-- Columns of leads that the role may not update and must; null when none.
SELECT string_agg(name, ', ')
FROM unnest(ARRAY[
    'score', 'status', 'score_motivos', 'score_engine', 'score_model_name', 'score_probability', 'score_scored_at',
    'score_meta', 'next_best_action', 'next_action_text', 'next_action_date', 'next_action_time',
    'next_action_at'
]) AS name
WHERE CASE WHEN EXISTS (SELECT FROM galope.mapped_table WHERE triggers = 'galope_leads')
           THEN NOT has_column_privilege('leads', name, 'UPDATE') END;

-- ask_for_rebuild --
-- Has the stream, now or when it next starts, read every state anew from the rows.
WITH asked AS (INSERT INTO galope.change_log (kind) VALUES ('reset') RETURNING kind)
SELECT pg_notify('galope_wake', '') FROM asked;

-- all_leads --
-- Every lead, the oldest first.
SELECT lead_id AS id FROM galope.subjects() ORDER BY created_at, lead_id;

-- models --
-- Every model of head $1, the newest first.
SELECT version, status, reason, metrics, model, created_at, promoted_at
FROM galope.model_version WHERE head = $1 ORDER BY version DESC;

-- previous_champion --
-- The version that scored for head $1 before the one that does.
SELECT version FROM galope.model_version
WHERE head = $1 AND status = 'retired' AND promoted_at IS NOT NULL
ORDER BY promoted_at DESC LIMIT 1;
