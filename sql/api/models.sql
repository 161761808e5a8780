-- Models and the team's decisions. By the names that the HTTP API calls them.

-- measures --
-- How far the stream is. Leads are estimated, so that asking is cheap.
SELECT (SELECT greatest(reltuples, 0)::float8 FROM pg_class WHERE oid = 'galope.lead_state'::regclass) AS leads_known,
       (SELECT count(*) FROM galope.lead_state WHERE rescore_at <= now()) AS leads_due,
       pg_total_relation_size('galope.change_log') AS change_log_bytes,
       (SELECT count(*) FROM galope.dead_letter) AS dead_letters,
       extract(epoch FROM clock_timestamp() - k.heartbeat_at)::float8 AS heartbeat_age_seconds,
       k.model_version
FROM (SELECT) AS one LEFT JOIN galope.cursor AS k ON k.partition = 0;

-- models_kept --
-- The models of head $1 as they would be shown: the one that scores, then the newest.
SELECT version, status, reason, reason_facts::text AS reason_facts,
       (metrics - '{evaluation,reach,own_scale}'::text[])::text AS metrics, created_at, promoted_at
FROM galope.model_version WHERE head = $1 ORDER BY (status = 'champion') DESC, version DESC LIMIT $2;

-- found_in_training --
-- What training found that holds whatever the bands of the model that scores for head $1; null before there is one.
SELECT jsonb_build_object('evaluation', metrics -> 'evaluation', 'reach', metrics -> 'reach', 'own_scale', metrics -> 'own_scale')::text
FROM galope.model_version WHERE head = $1 AND status = 'champion';

-- model_metrics --
-- The newest measures of each model version and contender of head $1, the newest version first.
SELECT DISTINCT ON (head, version, contender) version, head, contender, measured_at, metrics::text AS metrics
FROM galope.model_metric WHERE head = $1 ORDER BY head, version DESC, contender, measured_at DESC, id DESC;

-- metric_history --
-- The last measures of each of the newest $2 days, by version and contender of head $1, the oldest first.
SELECT * FROM (
    SELECT DISTINCT ON (date_trunc('day', measured_at), version, contender)
           version, head, contender, measured_at, (metrics - '{by_band,shifted}'::text[])::text AS metrics
    FROM galope.model_metric WHERE head = $1 AND measured_at > now() - make_interval(days => $2)
    ORDER BY date_trunc('day', measured_at), version, contender, measured_at DESC, id DESC
) AS one ORDER BY measured_at, version, contender;

-- standing --
-- What the models of head $1 have learned, and how their contest stands.
SELECT model_version, learned, state ->> 'contest' AS contest FROM galope.learner WHERE head = $1;

-- first_judged --
-- When the first lead of which something was predicted for head $1 is $2 seconds old, or the first open question of it
-- matures.
SELECT least(min(created_at) + make_interval(secs => $2::float8),
             (SELECT matures_at FROM galope.question WHERE head = $1 AND converted IS NULL ORDER BY matures_at LIMIT 1))
FROM leads AS l
WHERE EXISTS (SELECT FROM galope.prediction WHERE lead_id = l.id AND head = $1);

-- decide --
-- A decision of the team's, $1, by $2.
INSERT INTO galope.policy (policy, made_by) VALUES ($1, $2);

-- decisions --
-- The team's decisions, the newest first, at most $1.
SELECT id, policy::text AS decided, made_at, made_by FROM galope.policy ORDER BY id DESC LIMIT $1;

-- decision --
-- What the team decided in row $1.
SELECT policy::text FROM galope.policy WHERE id = $1;

-- own_scale --
-- What log-odds mean in points in the newest model that scored for head $1 with bands that no decision named.
SELECT model ->> 'scale' FROM galope.model_version AS m
WHERE head = $1 AND promoted_at IS NOT NULL AND NOT EXISTS (
    SELECT FROM galope.policy AS p WHERE p.policy @> (m.model ->> 'scale')::jsonb
)
ORDER BY version DESC LIMIT 1;

-- event_types --
-- Types of events that there are, as far as 20,000 of them tell.
SELECT DISTINCT galope.event_kind(event_type::text, metadata) AS kind
FROM (SELECT event_type, metadata FROM events LIMIT 20000) AS read ORDER BY kind LIMIT 500;

-- chances --
-- How many leads have a chance of so many percent.
SELECT least(floor(100 * score_probability), 99)::int AS percent, count(*) AS leads
FROM leads WHERE score_probability IS NOT NULL GROUP BY percent;
