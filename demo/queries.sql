-- What the demo asks of the database, by name. Demo rows are those whose id lies between $1 and $2.

-- has_leads --
-- Whether the team has any lead.
SELECT EXISTS (SELECT FROM leads);

-- has_demo_leads --
-- Whether the demo was seeded before.
SELECT EXISTS (SELECT FROM leads WHERE id BETWEEN $1 AND $2);

-- remove_leads --
-- Takes the demo's leads away; their events go with them.
DELETE FROM leads WHERE id BETWEEN $1 AND $2;

-- remove_partners --
-- Takes the demo's partners away.
DELETE FROM partners WHERE id BETWEEN $1 AND $2;

-- declare --
-- Has the team decide $1, where it has decided nothing, and the stream read everything anew by it.
WITH decided AS (
    INSERT INTO galope.policy (policy, made_by) SELECT $1, 'demo' WHERE NOT EXISTS (SELECT FROM galope.policy)
    RETURNING id
)
INSERT INTO galope.change_log (kind) SELECT 'reset' FROM decided;

-- heartbeat --
-- Seconds since the stream last said that it is alive; no row when it never ran.
SELECT extract(epoch FROM clock_timestamp() - heartbeat_at)::float8 FROM galope.cursor WHERE partition = 0;

-- fire --
-- One event, now.
INSERT INTO events (lead_id, event_type, metadata) VALUES ($1, $2, $3);

-- create_lead --
-- One lead, now.
INSERT INTO leads (id, nome, whatsapp, email, uf, cidade, segmento_interesse, orcamento_faixa, prazo_compra)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- pass_three_days --
-- Dates lead $1 and its events three days back.
WITH earlier AS (
    UPDATE leads SET created_at = created_at - interval '3 days', updated_at = updated_at - interval '3 days'
    WHERE id = $1
)
UPDATE events SET ts = ts - interval '3 days' WHERE lead_id = $1;

-- hand_off --
-- Marks lead $1 as sent, if it is qualified.
UPDATE leads SET status = 'ENVIADO', crm_stage = 'ENVIADO', updated_at = now()
WHERE id = $1 AND status = 'QUALIFICADO' RETURNING id;

-- lead --
-- One lead's name and what was already recorded of it.
SELECT l.id, l.nome, ARRAY(SELECT DISTINCT event_type FROM events WHERE lead_id = l.id) AS event_types
FROM leads AS l WHERE l.id = $1;

-- open_leads --
-- The newest demo leads of which nothing is decided and whom nobody has moved, those with room to rise first, at most
-- $3.
SELECT l.id, l.nome, ARRAY(SELECT DISTINCT event_type FROM events WHERE lead_id = l.id) AS event_types
FROM leads AS l
WHERE l.id BETWEEN $1 AND $2 AND l.score_scored_at IS NOT NULL
  AND l.status <> 'ENVIADO' AND coalesce(l.crm_stage, 'INBOX') = 'INBOX'
  AND NOT EXISTS (
      SELECT FROM events
      WHERE lead_id = l.id AND event_type IN ('handoff', 'lost_interest', 'invalid_contact', 'discard')
  )
ORDER BY l.score > 50, l.created_at DESC, l.id LIMIT $3;

-- last_rescore --
-- The last rescore of lead $1, and 0 before the first.
SELECT coalesce(max(id), 0) FROM galope.score_history WHERE lead_id = $1;

-- rescores --
-- For each of some leads its first rescore after a given one, with a given cause (null: any), and the lead as it is now.
SELECT w.lead_id, l.nome, h.score_before, h.score_after, h.probability, l.status, l.crm_stage,
       l.score_motivos, l.next_best_action
FROM unnest($1::uuid[], $2::bigint[], $3::text[]) AS w (lead_id, after, cause)
CROSS JOIN LATERAL (
    SELECT * FROM galope.score_history AS s
    WHERE s.lead_id = w.lead_id AND s.head = '' AND s.id > w.after AND (w.cause IS NULL OR s.cause = w.cause)
    ORDER BY s.id LIMIT 1
) AS h
JOIN leads AS l ON l.id = w.lead_id;
