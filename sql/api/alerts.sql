-- Alerts: what to act on today, and what came of it. By the names that the HTTP API calls them.

-- alerts --
-- Alerts in state $1 (null: any), the highest priority first, at most $6; of motive $2, with $3 (a name, or - for nobody), of
-- leads that search $4 finds, of level $5, of lead $8, or only alert $7. A level says where a priority is among all in that state: the
-- first fifth is high, the last two low. State over is done or closed, the newest first; of one lead, only its own are ranked.
WITH own AS (SELECT galope.owner_column() AS name), known AS (
    SELECT a.*, CASE WHEN a.state = 'open' AND a.snoozed_until > now() THEN 'snoozed' ELSE a.state END AS state_now,
           galope.urgency(a.lost_at, coalesce(a.closed_at, now())) AS urgency
    FROM galope.alert AS a
    WHERE a.closed_reason IS DISTINCT FROM 'held_back' AND (
        CASE $1::text WHEN 'open' THEN a.state = 'open' AND coalesce(a.snoozed_until <= now(), true)
                      WHEN 'snoozed' THEN a.state = 'open' AND a.snoozed_until > now()
                      WHEN 'over' THEN a.state <> 'open' AND coalesce(a.lead_id = $8, true)
                      ELSE coalesce(a.state = $1, true) END OR a.id = $7
    )
), ranked AS (
    SELECT k.*, k.impact * k.urgency AS priority,
           percent_rank() OVER (ORDER BY k.impact * k.urgency DESC) AS place
    FROM known AS k
), listed AS (
    SELECT r.*, CASE WHEN r.place < 0.2 THEN 'high' WHEN r.place < 0.6 THEN 'medium' ELSE 'low' END AS level,
           coalesce(r.owner, galope.owner_of(to_jsonb(l), own.name)) AS whose,
           l.nome, l.uf::text AS uf, l.cidade, l.whatsapp, l.email, l.score
    FROM own, ranked AS r JOIN leads AS l ON l.id = r.lead_id
    WHERE ($2::text IS NULL OR r.motive = $2) AND ($7::bigint IS NULL OR r.id = $7) AND ($8::uuid IS NULL OR r.lead_id = $8)
      AND coalesce(galope.matches_search($4, l.nome, l.cidade, l.whatsapp, l.email), true)
)
SELECT *, facts::text AS facts, reasons::text AS reasons, count(*) OVER () AS total FROM listed
WHERE ($5::text IS NULL OR level = $5) AND ($3::text IS NULL OR coalesce(lower(whose), '-') = lower($3))
ORDER BY CASE WHEN $1 = 'over' THEN closed_at END DESC, priority DESC, id LIMIT $6;

-- alert_motives --
-- Of motives $1: alerts that are open, opened within a week, judged, and right; and how many may be opened in a week.
SELECT m.motive, j.judged, j."right", galope.alerts_allowed(m.motive) AS allowed,
       (SELECT count(*) FROM galope.alert AS a WHERE a.motive = m.motive AND a.state = 'open') AS open,
       (SELECT count(*) FROM galope.alert AS a
        WHERE a.motive = m.motive AND a.closed_reason IS DISTINCT FROM 'surplus' AND a.closed_reason IS DISTINCT FROM 'held_back'
          AND a.opened_at > now() - interval '7 days')
           AS opened
FROM unnest($1::text[]) WITH ORDINALITY AS m (motive, place), galope.alerts_judged(m.motive) AS j
ORDER BY m.place;

-- hold_alert --
-- Of alert $1, held until the transaction ends: its lead, its state, and whom it is with.
SELECT a.lead_id, a.state, coalesce(a.owner, galope.owner_of(to_jsonb(l), (SELECT galope.owner_column()))) AS owner
FROM galope.alert AS a JOIN leads AS l ON l.id = a.lead_id
WHERE a.id = $1 AND a.closed_reason IS DISTINCT FROM 'held_back' FOR UPDATE OF a;

-- alert_judged --
-- Keeps that alert $1 came to $2, with notes $3, by $4. Who was done with it is done; not now is in a week.
UPDATE galope.alert
SET result = $2, notes = $3, feedback_by = $4, feedback_at = now(), updated_at = now(),
    state = CASE WHEN state <> 'open' OR $2 = 'not_now' THEN state WHEN $2 = 'wrong' THEN 'closed' ELSE 'done' END,
    closed_at = CASE WHEN state = 'open' AND $2 <> 'not_now' THEN now() ELSE closed_at END,
    closed_reason = CASE WHEN state = 'open' AND $2 <> 'not_now' THEN CASE $2 WHEN 'wrong' THEN 'wrong' ELSE 'done' END
                         ELSE closed_reason END,
    snoozed_until = CASE WHEN state = 'open' AND $2 = 'not_now' THEN now() + interval '7 days' ELSE snoozed_until END
WHERE id = $1;

-- alert_done --
-- Says that somebody is done with alert $1.
UPDATE galope.alert SET state = 'done', closed_at = now(), closed_reason = 'done', updated_at = now() WHERE id = $1;

-- alert_snoozed --
-- Hides alert $1 for $2 days.
UPDATE galope.alert SET snoozed_until = now() + make_interval(days => $2), updated_at = now() WHERE id = $1;

-- alert_assigned --
-- Gives alert $1 to $2; null for whose the lead is.
UPDATE galope.alert SET owner = $2, updated_at = now() WHERE id = $1;

-- answer_alerts --
-- Closes what waits for an answer of lead $1, because somebody was in touch.
UPDATE galope.alert SET state = 'closed', closed_at = now(), closed_reason = 'answered', updated_at = now()
WHERE lead_id = $1 AND (state = 'open' OR holds AND closed_reason = 'held_back') AND motive IN ('waiting', 'jumped');

-- look_again --
-- Has the stream look at every lead again, after what happens meanwhile; returns how many there are.
WITH asked AS (
    INSERT INTO galope.change_log (kind, lead_id) SELECT 'lead', lead_id FROM galope.lead_state RETURNING kind
)
SELECT count(*), pg_notify('galope_wake', '') FROM asked;

-- waiting_by_threshold --
-- By scores $1: how many leads came to each within 90 days, and over how many days scores are kept of; of those who came to it $3
-- seconds ago or before, by when all outcomes for head $2 are known and not only the quick ones, how many outcomes are, and how
-- many are a yes. Answers are not looked at: at most so many would have waited.
WITH risen AS (
    SELECT lead_id, score_after, coalesce(score_before, 0) AS score_before, scored_at FROM galope.score_history
    WHERE head = '' AND scored_at > now() - interval '90 days' AND score_after > coalesce(score_before, 0)
)
SELECT t.threshold, count(DISTINCT r.lead_id) AS opened, count(DISTINCT o.lead_id) AS known,
       count(DISTINCT o.lead_id) FILTER (WHERE o.converted) AS "right",
       (SELECT extract(epoch FROM now() - min(scored_at))::float8 / 86400 FROM risen) AS days
FROM unnest($1::float8[]) AS t (threshold)
LEFT JOIN risen AS r ON r.score_after >= t.threshold AND r.score_before < t.threshold
LEFT JOIN galope.outcome AS o
  ON o.lead_id = r.lead_id AND o.head = $2 AND r.scored_at <= now() - make_interval(secs => $3)
GROUP BY t.threshold ORDER BY t.threshold;

-- jumped_by_threshold --
-- The same by points $1 that a score rose within an hour: how many leads rose by so many. A first score is no rise.
WITH scored AS (
    SELECT lead_id, scored_at, score_after - min(coalesce(score_before, score_after)) OVER (
               PARTITION BY lead_id ORDER BY scored_at RANGE BETWEEN interval '1 hour' PRECEDING AND CURRENT ROW
           ) AS rise
    FROM galope.score_history WHERE head = '' AND scored_at > now() - interval '90 days'
)
SELECT t.threshold, count(DISTINCT s.lead_id) AS opened, count(DISTINCT o.lead_id) AS known,
       count(DISTINCT o.lead_id) FILTER (WHERE o.converted) AS "right",
       (SELECT extract(epoch FROM now() - min(scored_at))::float8 / 86400 FROM scored) AS days
FROM unnest($1::float8[]) AS t (threshold)
LEFT JOIN scored AS s ON s.rise >= t.threshold
LEFT JOIN galope.outcome AS o
  ON o.lead_id = s.lead_id AND o.head = $2 AND s.scored_at <= now() - make_interval(secs => $3)
GROUP BY t.threshold ORDER BY t.threshold;

-- customers_purchases --
-- When customers with at least $1 purchases bought, each in order: at most $2 of them, and how many there are.
SELECT array_agg(extract(epoch FROM e.occurred_at)::float8 ORDER BY e.occurred_at) AS times, count(*) OVER () AS customers
FROM galope.subject_events() AS e WHERE (e.attributes ->> 1)::float8 >= 0
GROUP BY e.lead_id HAVING count(*) >= $1 ORDER BY e.lead_id LIMIT $2;

-- leaving_by_threshold --
-- The same by chances $1 of head $2, of customers with at least $3 purchases and a usual gap of a day or more, silent for less
-- than $4 of these by then: right are those who have not bought since, of those whose usual gap has passed.
WITH said AS (
    SELECT lead_id, probability, scored_at, lag(probability, 1, 0.0::float8) OVER (PARTITION BY lead_id ORDER BY id) AS before
    FROM galope.score_history WHERE head = $2 AND scored_at > now() - interval '90 days'
), customer AS (
    SELECT lead_id, to_timestamp(last) AS bought, make_interval(secs => (last - first) / nullif(count - 1, 0)) AS gap
    FROM (
        SELECT lead_id, (state -> 'amounts' -> 5 ->> 0)::float8 AS count, (state -> 'amounts' -> 5 ->> 1)::float8 AS first,
               (state -> 'amounts' -> 5 ->> 2)::float8 AS last
        FROM galope.lead_state WHERE lead_id IN (SELECT lead_id FROM said)
    ) AS rhythm
    WHERE count >= $3 AND last - first >= 86400 * (count - 1)
), crossed AS (
    SELECT t.threshold, s.lead_id, min(s.scored_at) AS at
    FROM unnest($1::float8[]) AS t (threshold) JOIN said AS s ON s.probability >= t.threshold AND s.before < t.threshold
    GROUP BY t.threshold, s.lead_id
)
SELECT t.threshold, count(b.lead_id) AS opened, count(*) FILTER (WHERE c.at + b.gap <= now()) AS known,
       count(*) FILTER (WHERE c.at + b.gap <= now() AND b.bought <= c.at) AS "right",
       (SELECT extract(epoch FROM now() - min(scored_at))::float8 / 86400 FROM said) AS days
FROM unnest($1::float8[]) AS t (threshold)
LEFT JOIN crossed AS c ON c.threshold = t.threshold
LEFT JOIN customer AS b ON b.lead_id = c.lead_id AND c.at < b.bought + $4::float8 * b.gap
GROUP BY t.threshold ORDER BY t.threshold;
