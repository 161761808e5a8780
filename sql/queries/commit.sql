-- What a batch writes.

-- commit_batch --
-- One batch, whole: cursor, states, scores and history. Nothing is written when the epoch is no longer $1. Lead rows
-- that somebody else holds locked are not waited for: their states are due again at once; those of rows whose update a
-- trigger skips are not. What is said of a lead that is gone is dropped. Of what others write in the same columns, a
-- status that is not one of the scorer's stays, and so do other keys of score_meta, an engine that is no scorer's (a mark),
-- and an action that a person saved, in the last minute too: its event may not have been taken yet. What stood there before
-- the first write is kept. Where another action or channel is recommended than the row said, its line of the history says
-- which. $13 is what other heads say of the leads, $14 what is said of alerts, $16 the groups that leads $15 are in, $18
-- how actions of leads $17 were drawn anew, $19 what other heads are asked, and $20 the experiments of which leads $21 are served
-- arms $22, with their scores $23; null where there is nothing. Leads $24 were scored with version $25, called $26, in the place
-- of $7, called $8.
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
           ) END AS earlier,
           (l.next_best_action ->> 'code', l.next_best_action ->> 'channel')
               IS DISTINCT FROM (s.action ->> 'code', s.action ->> 'channel') AS recommends
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
        score_model_name = CASE WHEN s.lead_id = ANY ($24::uuid[]) THEN $26 ELSE $8 END,
        score_probability = s.probability,
        score_scored_at = to_timestamp(s.scored_at),
        score_meta = CASE WHEN jsonb_typeof(l.score_meta) = 'object' THEN l.score_meta ELSE '{}' END || CASE
            WHEN s.lead_id = ANY ($24) THEN jsonb_build_object('model_version', $25::bigint, 'learned', 0) ELSE fence.meta END,
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
    RETURNING l.id, f.recommends
), kept AS (
    INSERT INTO galope.lead_state AS k (lead_id, state, built_snapshot, score, rescore_at)
    SELECT s.lead_id, s.state, s.built_snapshot, s.score,
           CASE WHEN f.id IS NULL THEN now() ELSE to_timestamp(s.rescore_at) END
    FROM scored AS s JOIN leads AS l ON l.id = s.lead_id LEFT JOIN free AS f ON f.id = s.lead_id
    ON CONFLICT (lead_id) DO UPDATE
    SET state = excluded.state, built_snapshot = excluded.built_snapshot, score = excluded.score,
        rescore_at = excluded.rescore_at
), history AS (
    INSERT INTO galope.score_history
        (lead_id, scored_at, cause, score_before, score_after, status, probability, points, model_version, learned,
         action, channel, decision)
    SELECT s.lead_id, to_timestamp(s.scored_at), s.cause, s.score_before, s.score, s.status, s.probability, s.points,
           CASE WHEN s.lead_id = ANY ($24) THEN $25 ELSE $7 END, CASE WHEN s.lead_id = ANY ($24) THEN 0 ELSE $9 END,
           CASE WHEN w.recommends THEN s.action ->> 'code' END,
           CASE WHEN w.recommends THEN s.action ->> 'channel' END, d.decision
    FROM scored AS s LEFT JOIN written AS w ON w.id = s.lead_id
    LEFT JOIN unnest($17::uuid[], $18::json[]) AS d (lead_id, decision) ON d.lead_id = s.lead_id
    WHERE w.id IS NOT NULL OR s.score IS DISTINCT FROM s.score_before OR d.decision IS NOT NULL
), predicted AS (
    INSERT INTO galope.prediction (lead_id, head, model_version, snapshots)
    SELECT p.lead_id, $10, $7, p.snapshots FROM fence, unnest($11::uuid[], $12::json[]) AS p (lead_id, snapshots)
)
SELECT epoch, set_config('galope.writing_scores', 'on', true),
       CASE WHEN $13::galope.head_score[] IS NOT NULL THEN galope.keep_heads($13)::text END AS heads,
       CASE WHEN $14::galope.alert_said[] IS NOT NULL THEN galope.keep_alerts($14)::text END AS alerts,
       CASE WHEN $19::galope.asked_question[] IS NOT NULL THEN galope.keep_questions($19)::text END AS questions,
       CASE WHEN $15::uuid[] IS NOT NULL THEN galope.keep_groups($15, $16::int[])::text END AS groups,
       CASE WHEN $20::bigint[] IS NOT NULL
            THEN galope.keep_exposures($20, $21::uuid[], $22::text[], $23::int[])::text END AS exposures
FROM fence;

-- commit_scores --
-- One batch, whole, as `commit_batch`, where galope.toml maps a table. Scores go to galope.score, and by
-- galope.write_columns to the team's columns where it says so. What is recommended stands in galope.score, whoever holds the
-- team's row.
WITH fence AS (
    UPDATE galope.cursor
    SET snapshot = $2, window_snapshot = $3, after_xid = $4, after_id = $5, heartbeat_at = now()
    WHERE partition = 0 AND epoch = $1
    RETURNING epoch
), scored AS (
    SELECT s.*, l.key, (b.next_action ->> 'code', b.next_action ->> 'channel')
                           IS DISTINCT FROM (s.action ->> 'code', s.action ->> 'channel') AS recommends
    FROM fence, unnest($6::galope.rescore[]) AS s
    JOIN galope.subjects() AS l ON l.lead_id = s.lead_id
    LEFT JOIN LATERAL (
        SELECT next_action FROM galope.score WHERE lead_id = s.lead_id AND head = '' LIMIT 1
    ) AS b ON true
), free AS (
    SELECT w.lead_id FROM fence, galope.write_columns(CASE WHEN epoch = $1 THEN $6::galope.rescore[] END) AS w
), written AS (
    INSERT INTO galope.score AS w
        (lead_id, key, score, probability, status, reasons, next_action, scored_at, model_version)
    SELECT lead_id, key, score, probability, status, motivos, action, to_timestamp(scored_at),
           CASE WHEN lead_id = ANY ($24::uuid[]) THEN $25::bigint ELSE $7 END
    FROM scored
    ON CONFLICT (lead_id, head) DO UPDATE
    SET key = excluded.key, score = excluded.score, probability = excluded.probability, status = excluded.status,
        reasons = excluded.reasons, next_action = excluded.next_action, scored_at = excluded.scored_at,
        model_version = excluded.model_version
), kept AS (
    INSERT INTO galope.lead_state (lead_id, state, built_snapshot, score, rescore_at)
    SELECT s.lead_id, s.state, s.built_snapshot, s.score,
           CASE WHEN f.lead_id IS NULL THEN now() ELSE to_timestamp(s.rescore_at) END
    FROM scored AS s LEFT JOIN free AS f ON f.lead_id = s.lead_id
    ON CONFLICT (lead_id) DO UPDATE
    SET state = excluded.state, built_snapshot = excluded.built_snapshot, score = excluded.score,
        rescore_at = excluded.rescore_at
), history AS (
    INSERT INTO galope.score_history
        (lead_id, scored_at, cause, score_before, score_after, status, probability, points, model_version, learned,
         action, channel, decision)
    SELECT s.lead_id, to_timestamp(s.scored_at), s.cause, s.score_before, s.score, s.status, s.probability, s.points,
           CASE WHEN s.lead_id = ANY ($24) THEN $25 ELSE $7 END, CASE WHEN s.lead_id = ANY ($24) THEN 0 ELSE $9 END,
           CASE WHEN s.recommends THEN s.action ->> 'code' END,
           CASE WHEN s.recommends THEN s.action ->> 'channel' END, d.decision
    FROM scored AS s LEFT JOIN free AS f ON f.lead_id = s.lead_id
    LEFT JOIN unnest($17::uuid[], $18::json[]) AS d (lead_id, decision) ON d.lead_id = s.lead_id
    WHERE f.lead_id IS NOT NULL OR s.score IS DISTINCT FROM s.score_before OR s.recommends
       OR d.decision IS NOT NULL
), predicted AS (
    INSERT INTO galope.prediction (lead_id, head, model_version, snapshots)
    SELECT p.lead_id, $10, $7, p.snapshots FROM fence, unnest($11::uuid[], $12::json[]) AS p (lead_id, snapshots)
)
SELECT epoch, $8::text AS model, $26::text AS other_model,
       CASE WHEN $13::galope.head_score[] IS NOT NULL THEN galope.keep_heads($13)::text END AS heads,
       CASE WHEN $14::galope.alert_said[] IS NOT NULL THEN galope.keep_alerts($14)::text END AS alerts,
       CASE WHEN $19::galope.asked_question[] IS NOT NULL THEN galope.keep_questions($19)::text END AS questions,
       CASE WHEN $15::uuid[] IS NOT NULL THEN galope.keep_groups($15, $16::int[])::text END AS groups,
       CASE WHEN $20::bigint[] IS NOT NULL
            THEN galope.keep_exposures($20, $21::uuid[], $22::text[], $23::int[])::text END AS exposures
FROM fence;

-- keep_states --
-- The states of leads that are not scored.
UPDATE galope.lead_state AS k
SET state = s.state, built_snapshot = s.built_snapshot
FROM unnest($1::uuid[], $2::json[], $3::pg_snapshot[]) AS s (lead_id, state, built_snapshot)
WHERE k.lead_id = s.lead_id;

-- maps_a_table --
-- Whether galope.toml maps a table.
SELECT EXISTS (SELECT FROM galope.mapped_table WHERE triggers = 'galope_subject');

-- forget_leads --
-- Erases what is held of leads that are gone.
WITH gone AS (SELECT unnest($1::uuid[]) AS lead_id),
     state AS (DELETE FROM galope.lead_state USING gone WHERE lead_state.lead_id = gone.lead_id),
     history AS (DELETE FROM galope.score_history USING gone WHERE score_history.lead_id = gone.lead_id),
     outcome AS (DELETE FROM galope.outcome USING gone WHERE outcome.lead_id = gone.lead_id),
     prediction AS (DELETE FROM galope.prediction USING gone WHERE prediction.lead_id = gone.lead_id),
     question AS (DELETE FROM galope.question USING gone WHERE question.lead_id = gone.lead_id),
     feedback AS (DELETE FROM galope.partner_feedback USING gone WHERE partner_feedback.lead_id = gone.lead_id),
     earlier AS (DELETE FROM galope.earlier_value USING gone WHERE earlier_value.lead_id = gone.lead_id),
     score AS (DELETE FROM galope.score USING gone WHERE score.lead_id = gone.lead_id),
     alert AS (DELETE FROM galope.alert USING gone WHERE alert.lead_id = gone.lead_id),
     exposure AS (DELETE FROM galope.exposure USING gone WHERE exposure.lead_id = gone.lead_id),
     unsent AS (DELETE FROM galope.webhook_delivery AS d USING gone WHERE d.lead_id = gone.lead_id),
     finding AS (DELETE FROM galope.finding USING gone WHERE finding.lead_id = gone.lead_id),
     merged AS (DELETE FROM galope.merged_lead AS m USING gone WHERE m.lead_id = gone.lead_id),
     grouped AS (DELETE FROM galope.lead_group AS g USING gone WHERE g.lead_id = gone.lead_id),
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
     question AS (
         DELETE FROM galope.question AS q
         WHERE NOT EXISTS (SELECT FROM galope.subjects() AS l WHERE l.lead_id = q.lead_id)
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
     alert AS (
         DELETE FROM galope.alert AS a
         WHERE NOT EXISTS (SELECT FROM galope.subjects() AS l WHERE l.lead_id = a.lead_id)
     ),
     exposure AS (
         DELETE FROM galope.exposure AS e
         WHERE NOT EXISTS (SELECT FROM galope.subjects() AS l WHERE l.lead_id = e.lead_id)
     ),
     unsent AS (
         DELETE FROM galope.webhook_delivery AS d
         WHERE d.lead_id IS NOT NULL AND NOT EXISTS (SELECT FROM galope.subjects() AS l WHERE l.lead_id = d.lead_id)
     ),
     finding AS (
         DELETE FROM galope.finding AS f
         WHERE f.lead_id IS NOT NULL AND NOT EXISTS (SELECT FROM galope.subjects() AS l WHERE l.lead_id = f.lead_id)
     ),
     grouped AS (
         DELETE FROM galope.lead_group AS g
         WHERE NOT EXISTS (SELECT FROM galope.subjects() AS l WHERE l.lead_id = g.lead_id)
     ),
     merged AS (
         DELETE FROM galope.merged_lead AS m
         WHERE NOT EXISTS (SELECT FROM galope.subjects() AS l WHERE l.lead_id = m.lead_id)
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

-- forget_dead_letters --
-- Forgets what was set aside of leads that are read anew.
DELETE FROM galope.dead_letter WHERE lead_id = ANY ($1::uuid[]);

-- keep_dead_letters --
-- Keeps changes that can't be used, with the reason.
INSERT INTO galope.dead_letter (lead_id, event_id, event_type, reason)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[])
ON CONFLICT (event_id) DO NOTHING;
