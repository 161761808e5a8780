-- Experiments: declared, started, ended, served and read. By the names that the HTTP API calls them.

-- fed --
-- Which of event types $1 there has ever been an event of.
SELECT wanted.kind FROM unnest($1::text[]) AS wanted (kind)
WHERE EXISTS (SELECT FROM events AS e WHERE galope.event_kind(e.event_type::text, e.metadata) = wanted.kind);

-- declare_experiment --
-- Keeps experiment $1 as declared in $2; nothing where there is one of that name.
INSERT INTO galope.experiment (name, declared) VALUES ($1, $2::jsonb)
ON CONFLICT (name) DO NOTHING RETURNING id;

-- experiments --
-- Every experiment, the newest first, with how many leads were served.
SELECT x.*, (SELECT count(*) FROM galope.exposure AS e WHERE e.experiment_id = x.id) AS served
FROM galope.experiment AS x ORDER BY x.id DESC;

-- experiment --
-- The experiment that is called $1.
SELECT x.*, (SELECT count(*) FROM galope.exposure AS e WHERE e.experiment_id = x.id) AS served
FROM galope.experiment AS x WHERE x.name = $1;

-- served_experiment --
-- What is needed to say which arm of experiment $1 lead $2 has; no row where there is none of that name.
SELECT id, declared, status, adopted, (SELECT true FROM leads WHERE leads.id = $2) AS has_lead
FROM galope.experiment WHERE name = $1;

-- expose --
-- Notes that lead $2 was served arm $3 of experiment $1, unless it was before.
INSERT INTO galope.exposure (experiment_id, lead_id, arm, score_before)
SELECT $1, l.id, $3, l.score FROM leads AS l WHERE l.id = $2
ON CONFLICT DO NOTHING RETURNING true;

-- start_experiment --
-- Starts experiment $1 if it is a draft, planned for $2 leads and $3 weeks.
UPDATE galope.experiment SET status = 'running', started_at = now(), planned_units = $2, planned_weeks = $3
WHERE name = $1 AND status = 'draft' RETURNING id;

-- stop_experiment --
-- Serves no more leads the arms of experiment $1, if it runs.
UPDATE galope.experiment SET status = 'stopped', ended_at = now()
WHERE name = $1 AND status = 'running' RETURNING id;

-- conclude_experiment --
-- Serves arm $2 of experiment $1 to every lead from now on, if it was started.
UPDATE galope.experiment SET status = 'concluded', ended_at = coalesce(ended_at, now()), adopted = $2
WHERE name = $1 AND status IN ('running', 'stopped') RETURNING id;

-- metric_lately --
-- Of the leads that came in the $3 weeks before the last $2 days: how many, and what share had an event of types $1 within
-- those days.
SELECT count(*) AS leads, avg(EXISTS (
    SELECT FROM events AS e
    WHERE e.lead_id = l.id AND e.ts >= l.created_at AND e.ts <= l.created_at + $2::float8 * interval '1 day'
      AND galope.event_kind(e.event_type::text, e.metadata) = ANY ($1::text[])
)::int)::float8 AS rate
FROM leads AS l
WHERE l.created_at > now() - $2::float8 * interval '1 day' - make_interval(weeks => $3)
  AND l.created_at <= now() - $2::float8 * interval '1 day';

-- served_by_arm --
-- How many leads were served each arm of experiment $1.
SELECT arm, count(*) AS leads FROM galope.exposure WHERE experiment_id = $1 GROUP BY arm;

-- totals_by_arm --
-- Of the first $4 leads of experiment $1 who were served more than $3 days ago, by arm: sums of the metric (whether an event
-- of types $2 came within those days), of their score before, of squares and products.
WITH known AS (
    SELECT lead_id, arm, exposed_at, coalesce(score_before, 0)::float8 AS x
    FROM galope.exposure
    WHERE experiment_id = $1 AND exposed_at <= now() - $3::float8 * interval '1 day'
    ORDER BY exposed_at, lead_id LIMIT $4
), valued AS (
    SELECT k.arm, k.x, EXISTS (
        SELECT FROM events AS e
        WHERE e.lead_id = k.lead_id AND e.ts >= k.exposed_at AND e.ts <= k.exposed_at + $3::float8 * interval '1 day'
          AND galope.event_kind(e.event_type::text, e.metadata) = ANY ($2::text[])
    )::int::float8 AS y
    FROM known AS k
)
SELECT arm, count(*) AS units, sum(y) AS y, sum(y * y) AS yy, sum(x) AS x, sum(x * x) AS xx, sum(x * y) AS xy
FROM valued GROUP BY arm;
