-- What was learned of actions, and from what.

-- decisions --
-- How actions were drawn that have been there for $1, of the last $3: when, and whether any of kinds $2 came within $1. In the
-- order in which they were drawn.
SELECT h.lead_id::text AS lead_id, h.decision::text AS decision, extract(epoch FROM h.scored_at)::float8 AS at,
       EXISTS (
           SELECT FROM galope.subject_events() AS e
           WHERE e.lead_id = h.lead_id AND e.occurred_at > h.scored_at AND e.occurred_at <= h.scored_at + $1::interval
             AND e.event_type = ANY ($2::text[])
       ) AS helped
FROM galope.score_history AS h
WHERE h.decision IS NOT NULL AND h.scored_at <= now() - $1::interval AND h.scored_at > now() - $3::interval
ORDER BY h.id;

-- last_decisions --
-- The actions that were drawn last for leads $1, of those drawn within the last $2. LIMIT 1 keeps it a lookup a lead.
SELECT l.lead_id, h.decision::text AS decision
FROM unnest($1::uuid[]) AS l (lead_id)
JOIN LATERAL (
    SELECT decision, scored_at FROM galope.score_history
    WHERE lead_id = l.lead_id AND decision IS NOT NULL ORDER BY id DESC LIMIT 1
) AS h ON h.scored_at > now() - $2::interval;

-- keep_action_model --
-- Keeps what was learned of actions $1, with what is known of it $2.
INSERT INTO galope.action_model (model, report) VALUES ($1::text::json, $2::text::jsonb);

-- action_report --
-- What is known of what was learned of actions last, when it was learned, and whether that still counts.
SELECT report::text AS report, fitted_at, extract(epoch FROM fitted_at)::float8 AS at, valid_until > now() AS is_valid
FROM galope.action_model ORDER BY id DESC LIMIT 1;

-- draws --
-- How many actions were drawn.
SELECT count(*) FROM galope.score_history WHERE decision IS NOT NULL;
