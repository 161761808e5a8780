-- How far leads come, how long they take, and what they cost. By the names that the HTTP API calls them.

-- funnel --
-- Of leads that came in the last $2 weeks of time zone $1, by stage: how many reached it or a later one, and the median of
-- hours from there to the next. When a stage was reached is known of leads that were scored within an hour of their arrival,
-- and of what people moved or handed off.
WITH cohort AS (
    SELECT l.id, l.created_at, galope.stage_of(l.status, l.crm_stage) AS stage,
           (SELECT h.scored_at FROM galope.score_history AS h WHERE h.lead_id = l.id AND h.head = '' ORDER BY h.id LIMIT 1)
               < l.created_at + interval '1 hour' AS followed
    FROM leads AS l
    WHERE date_trunc('week', l.created_at AT TIME ZONE $1::text)::date > (now() AT TIME ZONE $1::text)::date - 7 * $2::int
), step AS (
    SELECT id AS lead_id, 'INBOX' AS stage, created_at AS at FROM cohort
    UNION ALL
    SELECT id, stage, NULL FROM cohort
    UNION ALL
    SELECT h.lead_id, h.status, h.scored_at
    FROM cohort AS c JOIN galope.score_history AS h ON h.lead_id = c.id AND h.head = ''
    WHERE c.followed AND h.status <> 'CURIOSO'
    UNION ALL
    SELECT e.lead_id, CASE WHEN e.event_type::text = 'handoff' THEN 'ENVIADO' ELSE to_jsonb(e.metadata) ->> 'to_stage' END, e.ts
    FROM cohort AS c JOIN events AS e ON e.lead_id = c.id
    WHERE e.event_type::text IN ('handoff', 'crm_manual_move')
), placed AS (
    SELECT lead_id, array_position(ARRAY['INBOX', 'AQUECENDO', 'QUALIFICADO', 'ENVIADO'], stage) AS place, at FROM step
), reached AS (
    SELECT p.lead_id, s.place, min(p.at) AS at
    FROM placed AS p JOIN generate_series(1, 4) AS s (place) ON p.place >= s.place
    GROUP BY p.lead_id, s.place
)
SELECT (ARRAY['INBOX', 'AQUECENDO', 'QUALIFICADO', 'ENVIADO'])[r.place] AS stage, count(*) AS leads,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM n.at - r.at)::float8 / 3600)
           FILTER (WHERE n.at > r.at) AS hours
FROM reached AS r LEFT JOIN reached AS n ON n.lead_id = r.lead_id AND n.place = r.place + 1
GROUP BY r.place ORDER BY r.place;

-- cohorts --
-- Of leads that came in each of the last $2 weeks of time zone $1: how many there are, how many qualified by head $3 within
-- one, two and four weeks of their arrival and until now, and how many of the open ones are expected to, with its variance.
SELECT came.week, count(*) AS leads,
       ARRAY[
           count(*) FILTER (WHERE o.converted AND o.resolved_at < l.created_at + interval '7 days'),
           count(*) FILTER (WHERE o.converted AND o.resolved_at < l.created_at + interval '14 days'),
           count(*) FILTER (WHERE o.converted AND o.resolved_at < l.created_at + interval '28 days')
       ] AS within,
       count(*) FILTER (WHERE o.converted) AS qualified,
       coalesce(sum(open.p), 0)::float8 AS expected, coalesce(sum(open.p * (1 - open.p)), 0)::float8 AS variance
FROM leads AS l
CROSS JOIN LATERAL (SELECT date_trunc('week', l.created_at AT TIME ZONE $1::text)::date AS week) AS came
LEFT JOIN galope.outcome AS o ON o.lead_id = l.id AND o.head = $3
CROSS JOIN LATERAL (SELECT CASE WHEN o.lead_id IS NULL THEN l.score_probability END::float8 AS p) AS open
WHERE came.week > (now() AT TIME ZONE $1::text)::date - 7 * $2::int
GROUP BY came.week ORDER BY came.week DESC;

-- add_cost --
-- What was spent on origin $2, of kind $1, on day $3: amount $4.
INSERT INTO galope.origin_cost (kind, origin, day, amount) VALUES ($1, $2, $3, $4::text::numeric) RETURNING id;

-- costs --
-- What was spent on origins of kind $1 in the last $3 weeks of time zone $2, the newest first.
SELECT id, origin, day, amount::float8 AS amount FROM galope.origin_cost
WHERE kind = $1
  AND date_trunc('week', day)::date > (now() AT TIME ZONE $2::text)::date - 7 * $3::int
ORDER BY day DESC, id DESC;

-- remove_cost --
-- Deletes cost $1.
DELETE FROM galope.origin_cost WHERE id = $1 RETURNING id;
