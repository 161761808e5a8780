-- The board: cards, moves, handoffs, next actions, notes. By the names that the HTTP API calls them.

-- board_newest --
-- Ids of the board's cards of stage $1, state $2, segment $3, score $4 at least, that search $5
-- finds: the newest first, $6 of them after $7.
SELECT coalesce(array_agg(page.id ORDER BY page.created_at DESC NULLS LAST, page.id), '{}')
FROM (
    SELECT l.id, l.created_at FROM leads AS l
    WHERE ($1::text IS NULL OR galope.stage_of(l.status, l.crm_stage) = $1)
      AND ($2::text IS NULL OR l.uf::text = $2) AND ($3::text IS NULL OR l.segmento_interesse::text = $3)
      AND ($4::float8 IS NULL OR l.score >= $4)
      AND coalesce(galope.matches_search($5, l.nome, l.cidade, l.whatsapp, l.email), true)
    ORDER BY l.created_at DESC NULLS LAST, l.id
    LIMIT $6 OFFSET $7
) AS page;

-- board_best --
-- The same, the best score first. No index knows the score, for it would be written with every rescore: all cards are
-- looked at, but only what orders them is sorted.
SELECT coalesce(array_agg(page.id ORDER BY page.score DESC NULLS LAST, page.created_at DESC NULLS LAST, page.id), '{}')
FROM (
    SELECT l.id, l.score, l.created_at FROM leads AS l
    WHERE ($1::text IS NULL OR galope.stage_of(l.status, l.crm_stage) = $1)
      AND ($2::text IS NULL OR l.uf::text = $2) AND ($3::text IS NULL OR l.segmento_interesse::text = $3)
      AND ($4::float8 IS NULL OR l.score >= $4)
      AND coalesce(galope.matches_search($5, l.nome, l.cidade, l.whatsapp, l.email), true)
    ORDER BY l.score DESC NULLS LAST, l.created_at DESC NULLS LAST, l.id
    LIMIT $6 OFFSET $7
) AS page;

-- board_rows --
-- Cards $1 as JSON, in that order, a comma between them.
SELECT coalesce(string_agg((
    galope.lead_json(to_jsonb(l)) || jsonb_build_object('crm_stage', galope.stage_of(l.status, l.crm_stage))
)::text, ',' ORDER BY page.place), '')
FROM unnest($1::uuid[]) WITH ORDINALITY AS page (id, place) JOIN leads AS l ON l.id = page.id;

-- board_counts --
-- How many cards each stage has.
SELECT coalesce(json_object_agg(stage, cards), '{}')::text
FROM (
    SELECT galope.stage_of(l.status, l.crm_stage) AS stage, count(*) AS cards
    FROM leads AS l GROUP BY 1
) AS counted;

-- place_of --
-- Where lead $1 stands, held until the transaction ends.
SELECT galope.stage_of(l.status, l.crm_stage) AS stage,
       l.crm_stage, l.status, l.score
FROM leads AS l WHERE id = $1 FOR NO KEY UPDATE;

-- move --
-- Puts lead $1 into stage $2 with status $3 and score $4, and keeps $5 with its score.
UPDATE leads AS l
SET crm_stage = $2, status = $3, score = $4, updated_at = now(),
    score_meta = CASE WHEN jsonb_typeof(score_meta) = 'object' THEN score_meta ELSE '{}' END || $5::jsonb
WHERE id = $1
RETURNING galope.lead_json(to_jsonb(l))::text;

-- add_meta --
-- Keeps $2 with the score of lead $1, beside what others keep there.
UPDATE leads AS l
SET score_meta = CASE WHEN jsonb_typeof(score_meta) = 'object' THEN score_meta ELSE '{}' END || $2::jsonb
WHERE id = $1
RETURNING galope.lead_json(to_jsonb(l))::text;

-- hand_off --
-- Marks lead $1 as sent, if it is qualified.
UPDATE leads SET status = 'ENVIADO', crm_stage = 'ENVIADO', updated_at = now()
WHERE id = $1 AND (status = 'QUALIFICADO' OR (crm_stage = 'QUALIFICADO' AND status <> 'ENVIADO'))
RETURNING id;

-- undo_handoff --
-- Deletes the last handoff of lead $1 and returns the stage it came from.
DELETE FROM events WHERE id = (
    SELECT id FROM events WHERE lead_id = $1 AND event_type::text = 'handoff' ORDER BY ts DESC, id LIMIT 1
)
RETURNING coalesce(metadata ->> 'from_stage', 'INBOX');

-- lost_leads --
-- The event that says a lead is lost, by lead, unless people reopened or moved it since. $1 is the source of outcomes that
-- nobody said but the time.
SELECT coalesce(json_object_agg(o.lead_id, o.source), '{}')::text
FROM galope.outcome AS o
WHERE o.head = $2 AND NOT o.converted AND o.source <> $1 AND NOT EXISTS (
    SELECT FROM events AS e
    WHERE e.lead_id = o.lead_id AND e.event_type::text IN ('reopened', 'crm_manual_move') AND e.ts > o.resolved_at
);

-- put_back --
-- Puts lead $1, which was handed off, back into stage $2.
UPDATE leads AS l SET crm_stage = $2, status = 'QUALIFICADO', updated_at = now()
WHERE id = $1
RETURNING to_jsonb(l)::text;

-- next_action --
-- The next action of lead $1.
SELECT next_action_text AS text, next_action_date::text AS date, to_char(next_action_time, 'HH24:MI') AS time,
       galope.lead_json(to_jsonb(l))::text AS lead
FROM leads AS l WHERE id = $1;

-- set_next_action --
-- Gives lead $1 the next action $2 on day $3 at time $4, in time zone $5.
UPDATE leads AS l
SET next_action_text = $2, next_action_date = $3, next_action_time = $4,
    next_action_at = ($3::date + coalesce($4::time, '00:00')) AT TIME ZONE $5, updated_at = now()
WHERE id = $1
RETURNING next_action_text AS text, next_action_date::text AS date, to_char(next_action_time, 'HH24:MI') AS time,
          galope.lead_json(to_jsonb(l))::text AS lead;

-- add_note --
-- A note of lead $1, of type $2, saying $3, for day $4 at time $5; returns its id.
INSERT INTO lead_notes (lead_id, note_type, note_text, action_date, action_time) VALUES ($1, $2, $3, $4, $5)
RETURNING id;

-- last_contacts --
-- When each lead was last in touch with the team: its newest event of types $1, or note of type $2.
SELECT coalesce(json_object_agg(lead_id, at), '{}')::text
FROM (
    SELECT lead_id, max(at) AS at
    FROM (
        SELECT lead_id, ts AS at FROM events WHERE event_type::text = ANY ($1::text[])
        UNION ALL
        SELECT lead_id, created_at FROM lead_notes WHERE note_type = $2
    ) AS contact
    WHERE isfinite(at)
    GROUP BY lead_id
) AS last;

-- notes --
-- The notes of lead $1 and its contacts, the newest first: events of type $2, told as notes of type $3.
SELECT coalesce(json_agg(json_build_object(
    'id', id, 'type', note_type, 'text', note_text, 'date', action_date,
    'hour', to_char(action_time, 'HH24:MI'), 'created_at', created_at
) ORDER BY created_at DESC, place DESC), '[]')::text
FROM (
    SELECT id::text, id AS place, note_type, note_text, action_date, action_time, created_at
    FROM lead_notes WHERE lead_id = $1
    UNION ALL
    SELECT id::text, 0, $3, to_jsonb(metadata) ->> 'channel', NULL, NULL, ts
    FROM events WHERE lead_id = $1 AND event_type::text = $2
) AS noted;
