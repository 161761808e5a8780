-- Experiments: declared, started, ended, served and read. By the names that the HTTP API calls them.

-- fed --
-- Which of event types $1 there has ever been an event of.
SELECT wanted.kind FROM unnest($1::text[]) AS wanted (kind)
WHERE EXISTS (SELECT FROM events AS e WHERE galope.event_kind(e.event_type::text, e.metadata) = wanted.kind);

-- has_amounts --
-- Whether there has ever been an event with an amount.
SELECT EXISTS (SELECT FROM galope.subject_events() AS e WHERE e.attributes ->> 1 IS NOT NULL);

-- declare_experiment --
-- Keeps experiment $1 as declared in $2; nothing where there is one of that name.
INSERT INTO galope.experiment (name, declared) VALUES ($1, $2::jsonb)
ON CONFLICT (name) DO NOTHING RETURNING id;

-- experiments --
-- Every experiment, the newest first, with how many units were served.
SELECT x.*, (
    SELECT count(DISTINCT coalesce(e.unit, e.lead_id::text)) FROM galope.exposure AS e WHERE e.experiment_id = x.id
) AS served
FROM galope.experiment AS x ORDER BY x.id DESC;

-- experiment --
-- The experiment that is called $1.
SELECT x.*, (
    SELECT count(DISTINCT coalesce(e.unit, e.lead_id::text)) FROM galope.exposure AS e WHERE e.experiment_id = x.id
) AS served
FROM galope.experiment AS x WHERE x.name = $1;

-- served_experiment --
-- What is needed to say which arm of experiment $1 lead $2 has; no row where there is none of that name. A lead that was served
-- keeps its unit.
SELECT x.id, x.declared, x.status, x.adopted, EXISTS (SELECT FROM leads WHERE leads.id = $2) AS has_lead,
       coalesce(
           (SELECT coalesce(e.unit, e.lead_id::text) FROM galope.exposure AS e
            WHERE e.experiment_id = x.id AND e.lead_id = $2),
           galope.unit_of($2, coalesce(x.declared ->> 'unit', 'lead'))
       ) AS unit
FROM galope.experiment AS x WHERE x.name = $1;

-- expose --
-- Notes that lead $2 was served arm $3 of experiment $1, as one of unit $4 if it is not that itself, unless it was before.
INSERT INTO galope.exposure (experiment_id, lead_id, arm, score_before, unit)
SELECT $1, l.id, $3, l.score, nullif($4, l.id::text) FROM leads AS l WHERE l.id = $2
ON CONFLICT DO NOTHING RETURNING true;

-- start_experiment --
-- Starts experiment $1 if it is a draft, planned for $2 units and $3 weeks.
UPDATE galope.experiment SET status = 'running', started_at = clock_timestamp(), planned_units = $2, planned_weeks = $3
WHERE name = $1 AND status = 'draft' RETURNING id;

-- stop_experiment --
-- Serves nobody the arms of experiment $1, if it runs.
UPDATE galope.experiment SET status = 'stopped', ended_at = now()
WHERE name = $1 AND status = 'running' RETURNING id;

-- conclude_experiment --
-- Serves arm $2 of experiment $1 to every lead from now on, if it was started.
UPDATE galope.experiment
SET status = 'concluded', ended_at = coalesce(ended_at, now()), adopted = $2, concluded_at = now(), xid = pg_current_xact_id()
WHERE name = $1 AND status IN ('running', 'stopped') RETURNING id;

-- start_alone --
-- Waits until nobody else is starting an experiment; what runs by then is seen by the next statement.
SELECT pg_advisory_xact_lock('galope.experiment'::regclass::bigint);

-- let_decide --
-- Has what was learned of actions decide ($1), or the rules, until the draws say otherwise.
INSERT INTO galope.action_model (model, report, fitted_at, valid_until)
SELECT model, report || jsonb_build_object('decides', $1::boolean, 'concluded_at', extract(epoch FROM now())), fitted_at,
       valid_until
FROM galope.action_model ORDER BY id DESC LIMIT 1;

-- lately_of_leads --
-- Of the leads that an experiment of kind $4 would have served in the $3 weeks before the last $2 days, each for the first time (as
-- they came, as an action was drawn, or as an alert of motive $5 was opened): how many, sums of the metric (whether an event of
-- types $1 came within those days, or without types the money), of the money in the days before, of squares and products.
WITH time AS (
    SELECT until - make_interval(weeks => $3) AS since, until FROM (SELECT now() - $2::float8 * interval '1 day' AS until) AS days
), served AS (
    SELECT c.lead_id, c.at FROM time, galope.came('lead', $1::text[] IS NULL AND $4 = 'asked', since, until) AS c
    WHERE $4 IN ('asked', 'models')
    UNION ALL
    SELECT lead_id, scored_at FROM galope.score_history WHERE $4 = 'actions' AND decision IS NOT NULL
    UNION ALL
    SELECT lead_id, opened_at FROM galope.alert
    WHERE $4 = 'alerts' AND motive = $5 AND closed_reason IS DISTINCT FROM 'surplus'
), came AS (
    SELECT array_agg(lead_id) AS leads, array_agg(at) AS moments
    FROM (SELECT lead_id, min(at) AS at FROM time, served WHERE at >= since AND at < until GROUP BY lead_id) AS first
)
SELECT count(*) AS units, coalesce(sum(y), 0) AS y, coalesce(sum(y * y), 0) AS yy, coalesce(sum(x), 0) AS x,
       coalesce(sum(x * x), 0) AS xx, coalesce(sum(x * y), 0) AS xy
FROM came, galope.metrics(came.leads, came.moments, $1::text[], $2::float8 * interval '1 day');

-- lately_of_units --
-- Of the units of kind $4 whose first lead came in the $3 weeks before moment $5 and another 2 times $2 days: the day on which
-- it came, and the mean of their metric, as in `lately_of_leads`, over the leads that came within $2 days from it.
WITH came AS MATERIALIZED (
    SELECT * FROM (
        SELECT c.*, d.length, d.since, min(c.at) OVER (PARTITION BY c.unit) AS first
        FROM (SELECT days.length, $5::timestamptz - 2 * days.length - make_interval(weeks => $3) AS since
              FROM (SELECT $2::float8 * interval '1 day' AS length) AS days) AS d,
             galope.came($4, $1::text[] IS NULL, d.since, $5::timestamptz - d.length) AS c
        WHERE c.unit IS NOT NULL
    ) AS every
    WHERE first < since + make_interval(weeks => $3) AND at <= first + length
), valued AS (
    SELECT m.* FROM (SELECT array_agg(lead_id) AS leads, array_agg(at) AS moments FROM came) AS c,
                    galope.metrics(c.leads, c.moments, $1::text[], $2::float8 * interval '1 day') AS m
)
SELECT came.unit, (extract(epoch FROM min(came.first) - min(came.since)) / 86400)::float8 AS day, avg(valued.y) AS y
FROM came JOIN valued USING (lead_id)
GROUP BY came.unit ORDER BY day, came.unit;

-- served_by_arm --
-- How many units were served each arm of experiment $1.
SELECT arm, count(DISTINCT coalesce(unit, lead_id::text)) AS units FROM galope.exposure WHERE experiment_id = $1 GROUP BY arm;

-- totals_by_day --
-- Of the first $4 leads of experiment $1 who were served more than $3 days ago, by arm and by the day on which those were over:
-- sums of the metric (whether an event of types $2 came within those days, or without types the money), of what was known before
-- (their score, or the money of as many days), of squares and products.
WITH known AS (
    SELECT lead_id, arm, exposed_at AS at, score_before FROM galope.exposure
    WHERE experiment_id = $1 AND exposed_at <= now() - $3::float8 * interval '1 day'
    ORDER BY exposed_at, lead_id LIMIT $4
), valued AS (
    SELECT m.* FROM (SELECT array_agg(lead_id) AS leads, array_agg(at) AS moments FROM known) AS k,
                    galope.metrics(k.leads, k.moments, $2::text[], $3::float8 * interval '1 day') AS m
), judged AS (
    SELECT known.arm, (known.at AT TIME ZONE 'UTC' + $3::float8 * interval '1 day')::date AS day, valued.y,
           CASE WHEN $2::text[] IS NULL THEN valued.x ELSE coalesce(known.score_before, 0) END AS x
    FROM known JOIN valued USING (lead_id)
)
SELECT arm, day, count(*) AS units, sum(y) AS y, sum(y * y) AS yy, sum(x) AS x, sum(x * x) AS xx, sum(x * y) AS xy
FROM judged GROUP BY arm, day;

-- units_known --
-- Of the first $4 units of experiment $1 that were served more than 2 times $3 days ago: their arm, the day on which those were
-- over, and the mean of the metric, as in `totals_by_day`, over their leads that were served within $3 days from the first.
WITH served AS MATERIALIZED (
    SELECT * FROM (
        SELECT e.*, d.length, min(e.exposed_at) OVER (PARTITION BY e.unit) AS first
        FROM galope.exposure AS e, (SELECT $3::float8 * interval '1 day' AS length) AS d WHERE e.experiment_id = $1
    ) AS every
    WHERE first <= now() - 2 * length AND exposed_at <= first + length
), valued AS (
    SELECT m.* FROM (SELECT array_agg(lead_id) AS leads, array_agg(exposed_at) AS moments FROM served) AS s,
                    galope.metrics(s.leads, s.moments, $2::text[], $3::float8 * interval '1 day') AS m
)
SELECT served.unit, served.arm, (served.first AT TIME ZONE 'UTC' + 2 * served.length)::date AS day, avg(valued.y) AS y
FROM served JOIN valued USING (lead_id)
GROUP BY served.unit, served.arm, served.first, served.length ORDER BY served.first, served.unit LIMIT $4;
