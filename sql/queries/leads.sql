-- What is read of leads, and when they are due.

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
SELECT l.lead_id, l.profile, extract(epoch FROM l.created_at)::float8 AS created_at, e.event_types, e.times, e.attributes,
       galope.leaves_out_machines() AS leave_out_machines,
       coalesce(
           s.score, (
               SELECT score_after FROM galope.score_history
               WHERE lead_id = l.lead_id AND head = '' ORDER BY id DESC LIMIT 1
           )
       ) AS score,
       o.converted, o.source, o.evaluated,
       extract(epoch FROM o.resolved_at)::float8 AS resolved_at, pg_current_snapshot() AS snapshot
FROM galope.subjects() AS l
LEFT JOIN (
    SELECT e.lead_id, array_agg(e.event_type) AS event_types,
           array_agg(extract(epoch FROM e.occurred_at)::float8) AS times,
           array_agg(e.attributes) FILTER (WHERE galope.declaration() IS NOT NULL) AS attributes
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
-- Leads whose score is due by time, by a new model or by a change put off, between $1 and $2, the longest overdue first, at
-- most $3. While a transaction is held, what was due before stays in the index: $1 leads past it.
SELECT lead_id, CASE rescore_at WHEN '-infinity' THEN 'model' WHEN 'epoch' THEN 'lead' ELSE 'time' END AS cause
FROM galope.lead_state WHERE rescore_at BETWEEN to_timestamp($1) AND to_timestamp($2) ORDER BY rescore_at LIMIT $3;

-- alerting --
-- Leads of which one of motives $1 holds. Alerts of others, which are not looked for any more, are closed.
WITH off AS (
    UPDATE galope.alert
    SET holds = false, state = CASE state WHEN 'open' THEN 'closed' ELSE state END, updated_at = now(),
        closed_at = coalesce(closed_at, now()), closed_reason = coalesce(closed_reason, 'off')
    WHERE holds AND motive <> ALL ($1::text[])
)
SELECT DISTINCT lead_id FROM galope.alert WHERE holds AND motive = ANY ($1::text[]);

-- peers --
-- Of every family, whose label begins with $1, and of up to 5,000 customers among the first 20,000 leads, with at least $2
-- purchases of families: the mean and the variance of its share of what each bought, and the mean of one by how many those were.
WITH customer AS (
    SELECT lead_id, json_object_agg(label, (tally.value ->> 0)::int) AS counts, sum((tally.value ->> 0)::int) AS bought
    FROM (SELECT lead_id, state FROM galope.lead_state ORDER BY lead_id LIMIT 20000) AS k,
         json_each(k.state -> 'labels') AS tally (label, value)
    WHERE starts_with(label, $1) GROUP BY lead_id HAVING sum((tally.value ->> 0)::int) >= $2
    LIMIT 5000
), known AS (SELECT count(*)::float8 AS customers, avg(1.0 / bought)::float8 AS inverse FROM customer)
SELECT f.label, sum(f.share) / k.customers AS mean, k.inverse,
       sum(f.share * f.share) / k.customers - (sum(f.share) / k.customers) ^ 2 AS variance
FROM (
    SELECT one.label, one.value::text::float8 / c.bought AS share FROM customer AS c, json_each(c.counts) AS one (label, value)
) AS f, known AS k
WHERE k.customers >= 30 GROUP BY f.label, k.customers, k.inverse HAVING sum(f.share) < k.customers;

-- rescore_all --
-- Makes every lead due at once, to be scored with model version $1 and, for heads beside the primary one, $2. What heads
-- that are not among these said is forgotten, and what they were asked and is open.
WITH scored_with AS (UPDATE galope.cursor SET model_version = $1, head_versions = $2 WHERE partition = 0),
     forgotten AS (DELETE FROM galope.score WHERE head <> '' AND NOT $2 ? head),
     unanswered AS (DELETE FROM galope.question WHERE converted IS NULL AND NOT $2 ? head)
UPDATE galope.lead_state SET rescore_at = '-infinity' WHERE rescore_at > '-infinity';

-- put_off --
-- Makes some leads due at once, whose rows changed and were not read: until then their states are outdated.
UPDATE galope.lead_state SET rescore_at = 'epoch' WHERE lead_id = ANY ($1::uuid[]) AND rescore_at > 'epoch';

-- all_leads --
-- Every lead, the oldest first.
SELECT lead_id AS id FROM galope.subjects() ORDER BY created_at, lead_id;
