-- Scores: the stored one, its history, the report made of it. By the names that the HTTP API calls them.

-- stored_score --
-- What is stored of lead $1's score; whether it is due or changes of it were not taken yet; whether a stream works.
SELECT l.score, l.status, coalesce(l.score_motivos, '[]')::text AS motivos,
       CASE WHEN s.lead_id IS NULL THEN l.score_engine ELSE 'galope' END AS engine,
       l.score_model_name AS model_name, l.score_probability AS probability, l.score_scored_at AS scored_at,
       coalesce(l.score_meta, '{}')::text AS meta, galope.lead_json(to_jsonb(l))::text AS lead,
       s.lead_id IS NULL OR s.rescore_at <= now() OR pg_sequence_last_value('galope.log_full') = 1 OR EXISTS (
           SELECT FROM galope.change_log AS c
           WHERE c.xid >= pg_snapshot_xmin(k.snapshot) AND c.lead_id = l.id
             AND NOT pg_visible_in_snapshot(c.xid, k.snapshot)
       ) AS stale,
       coalesce(k.heartbeat_at > clock_timestamp() - interval '5 seconds', false) AS streaming
FROM leads AS l
LEFT JOIN galope.lead_state AS s ON s.lead_id = l.id
LEFT JOIN galope.cursor AS k ON k.partition = 0
WHERE l.id = $1;

-- score_history_after --
-- Score changes after row $1, at most $2, as the live stream tells them; nothing of leads that were erased. Leads are looked
-- up one by one: there are few changes, and Postgres, which can't know that, would read every lead.
SELECT h.id, h.lead_id, h.head, h.score_after, h.status, l.uf::text AS uf, l.segmento_interesse AS segment,
       extract(epoch FROM h.scored_at)::float8 AS scored_at,
       CASE WHEN l.id IS NOT NULL THEN json_build_object(
           'id', h.id, 'lead_id', h.lead_id, 'head', nullif(h.head, ''), 'nome', l.nome, 'uf', l.uf, 'segmento_interesse', l.segmento_interesse,
           'score_before', h.score_before, 'score', h.score_after, 'status', h.status, 'cause', h.cause,
           'probability_qualified', h.probability, 'scored_at', h.scored_at, 'model_version', h.model_version
       )::text END AS change
FROM (SELECT * FROM galope.score_history WHERE id > $1 ORDER BY id LIMIT $2) AS h
LEFT JOIN LATERAL (SELECT id, nome, uf, segmento_interesse FROM leads WHERE id = h.lead_id LIMIT 1) AS l ON true
ORDER BY h.id;

-- last_score --
-- The newest row of the score history that is no newer than moment $1.
SELECT id, extract(epoch FROM scored_at)::float8 AS scored_at FROM galope.score_history
WHERE scored_at <= to_timestamp($1) ORDER BY id DESC LIMIT 1;

-- history_now --
-- Which score history there is, and the newest number it gave out.
SELECT 'galope.score_history'::regclass::oid AS relation,
       coalesce(pg_sequence_last_value('galope.score_history_id_seq'), 0) AS given;

-- history --
-- Rescores of lead $1 by head $4, empty for the primary one, older than row $2 (null: all), the newest first, at most $3.
SELECT id, scored_at, cause, score_before, score_after, status, probability, model_version, points
FROM galope.score_history
WHERE lead_id = $1 AND head = $4 AND ($2::bigint IS NULL OR id < $2) ORDER BY id DESC LIMIT $3;

-- managerial_report --
-- What the managerial report says of lead $1 beside its score: its stage, events by type and those since it came into
-- its stage, notes, the last handoff, and how many partners serve its segment, there and in its state.
SELECT galope.stage_of(l.status, l.crm_stage) AS stage, behaved.*, noted.*, served.*,
       (SELECT coalesce(json_object_agg(event_type, times ORDER BY times DESC), '{}')::text FROM (
           SELECT event_type, count(*) AS times FROM events WHERE lead_id = l.id GROUP BY event_type
       ) AS counted) AS events,
       (SELECT coalesce(json_agg(shown ORDER BY shown.at DESC), '[]')::text FROM (
           SELECT event_type, metadata, ts AS at FROM events
           WHERE lead_id = l.id AND ts >= coalesce((
               SELECT max(ts) FROM events WHERE lead_id = l.id AND event_type::text IN ('handoff', 'crm_manual_move')
           ), '-infinity')
           ORDER BY ts DESC LIMIT 20
       ) AS shown) AS timeline,
       (SELECT json_build_object('at', ts, 'channel', metadata ->> 'channel')::text FROM events
        WHERE lead_id = l.id AND event_type::text = 'handoff' ORDER BY ts DESC LIMIT 1) AS handoff
FROM leads AS l
CROSS JOIN LATERAL (
    SELECT count(*) AS total_events, min(ts) AS first_event_at, max(ts) AS latest_event_at,
           count(*) FILTER (WHERE ts > now() - interval '7 days') AS events_last_7_days
    FROM events WHERE lead_id = l.id
) AS behaved
CROSS JOIN LATERAL (
    SELECT count(*) AS notes, coalesce((
        SELECT json_agg(json_build_object(
            'id', id::text, 'type', note_type, 'text', note_text, 'action_date', action_date,
            'action_time', to_char(action_time, 'HH24:MI'), 'created_at', created_at
        ) ORDER BY created_at DESC, id DESC)
        FROM (SELECT * FROM lead_notes WHERE lead_id = l.id ORDER BY created_at DESC, id DESC LIMIT 5) AS newest
    ), '[]')::text AS latest_notes
    FROM lead_notes WHERE lead_id = l.id
) AS noted
CROSS JOIN LATERAL (
    SELECT count(*) AS in_segment, count(*) FILTER (WHERE uf = l.uf::text) AS in_state
    FROM partners WHERE segmento = l.segmento_interesse::text
) AS served
WHERE l.id = $1;
