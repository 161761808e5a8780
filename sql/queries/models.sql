-- Models, what they learned, and what they are measured by.

-- champion --
-- The model that scores for head $1.
SELECT version, model FROM galope.model_version WHERE head = $1 AND status = 'champion';

-- champion_version --
-- Which model scores for head $1.
SELECT version FROM galope.model_version WHERE head = $1 AND status = 'champion';

-- grouping_number --
-- The groups of leads that were fitted last; null for none.
SELECT max(id) FROM galope.grouping WHERE kind = 'leads';

-- grouping_model --
-- What puts a lead into one of groups $1.
SELECT model::text FROM galope.grouping WHERE id = $1;

-- model_version --
-- Version $2 of head $1.
SELECT model FROM galope.model_version WHERE head = $1 AND version = $2;

-- champion_versions --
-- Which models score for heads $1, of those that have one.
SELECT head, version FROM galope.model_version WHERE head = ANY ($1::text[]) AND status = 'champion' ORDER BY head;

-- action_model --
-- What was learned of actions last, where that is valid, its number, and whether it decides.
SELECT id, model::text AS model, report @> '{"decides": true}' AS decides
FROM galope.action_model WHERE valid_until > now() ORDER BY id DESC LIMIT 1;

-- versions_now --
-- The same, and as $2 the number of the groups of leads that were fitted last, as $3 of what was learned of actions, as $4 of
-- the running experiments whose arms Galope serves, where there are any.
SELECT head, version::bigint AS version FROM galope.model_version WHERE head = ANY ($1::text[]) AND status = 'champion'
UNION ALL
SELECT $2::text, max(id) FROM galope.grouping WHERE kind = 'leads' HAVING max(id) IS NOT NULL
UNION ALL
SELECT $3::text, max(id) FROM galope.action_model WHERE valid_until > now() HAVING max(id) IS NOT NULL
UNION ALL
SELECT $4::text, hashtext(string_agg(id::text, ' ' ORDER BY id))::bigint FROM galope.experiment
WHERE status = 'running' AND declared ->> 'kind' <> 'asked' HAVING count(*) > 0;

-- running_experiments --
-- The running experiments whose arms Galope serves, and a number for all of them together.
SELECT id, name, declared::text AS declared, extract(epoch FROM started_at)::float8 AS started_at,
       hashtext(string_agg(id::text, ' ') OVER (
           ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
       ))::bigint AS number
FROM galope.experiment WHERE status = 'running' AND declared ->> 'kind' <> 'asked' ORDER BY id;

-- open_held_back --
-- Opens the alerts that were held back and whose motive still holds, once no experiment has them so: the last one on the motive runs
-- no more, and was not concluded without alerts. No more than may be opened in a week, the first by priority; those of this week
-- were counted when they were held back. Their leads are looked at again, for what is said of them is of that day.
WITH waiting AS (
    SELECT a.id, a.lead_id, a.motive, a.opened_at > now() - interval '7 days' AS counted,
           row_number() OVER (
               PARTITION BY a.motive, a.opened_at > now() - interval '7 days'
               ORDER BY a.impact * galope.urgency(a.lost_at, now()) DESC, a.id
           ) AS place
    FROM galope.alert AS a
    WHERE a.holds AND a.closed_reason = 'held_back' AND coalesce((
        SELECT x.status <> 'running' AND x.adopted IS DISTINCT FROM 'none' FROM galope.experiment AS x
        WHERE x.declared ->> 'motive' = a.motive AND x.started_at IS NOT NULL ORDER BY x.started_at DESC LIMIT 1
    ), true)
), room AS (
    SELECT w.motive, galope.alerts_allowed(w.motive) - (
        SELECT count(*) FROM galope.alert AS a
        WHERE a.motive = w.motive AND a.closed_reason IS DISTINCT FROM 'surplus' AND a.opened_at > now() - interval '7 days'
    ) AS alerts
    FROM (SELECT DISTINCT motive FROM waiting) AS w
), opened AS (
    UPDATE galope.alert AS a
    SET state = 'open', closed_at = NULL, closed_reason = NULL, opened_at = now(), updated_at = now(),
        xid = pg_current_xact_id()
    FROM waiting AS w JOIN room AS r USING (motive)
    WHERE a.id = w.id AND (w.counted OR w.place <= r.alerts)
    RETURNING a.lead_id
)
UPDATE galope.lead_state AS k SET rescore_at = now() FROM opened AS o WHERE k.lead_id = o.lead_id;

-- has_model --
-- Whether any model was ever kept for head $1; the one that scores may be none of them, if people chose the rules.
SELECT EXISTS (SELECT FROM galope.model_version WHERE head = $1);

-- rules_were_chosen --
-- Whether people went back from models to the rules, for head $1: models scored, and none does.
SELECT EXISTS (SELECT FROM galope.model_version WHERE head = $1 AND promoted_at IS NOT NULL)
   AND NOT EXISTS (SELECT FROM galope.model_version WHERE head = $1 AND status = 'champion');

-- store_model --
-- Keeps a model of head $1 as a candidate, for reason $4 with facts $5.
INSERT INTO galope.model_version (head, model, metrics, reason, reason_facts) VALUES ($1, $2, $3, $4, $5)
RETURNING version;

-- retire_champion --
-- Makes room for another champion of head $1.
UPDATE galope.model_version SET status = 'retired' WHERE head = $1 AND status = 'champion';

-- promote --
-- Makes version $1 the champion of its head, for reason $2 with facts $3.
UPDATE galope.model_version SET status = 'champion', promoted_at = now(), reason = $2, reason_facts = $3
WHERE version = $1
RETURNING head;

-- policy --
-- What the team decided last, on top of what galope.toml says of outcomes.
SELECT coalesce((SELECT head FROM galope.subject), '{}')
    || coalesce((SELECT policy FROM galope.policy ORDER BY id DESC LIMIT 1), '{}');

-- declaration --
-- The number of what is declared that events carry; null for nothing.
SELECT galope.declaration();

-- predictions --
-- What was predicted of some leads for head $2 before their outcome was known.
SELECT lead_id, snapshots FROM galope.prediction WHERE lead_id = ANY ($1::uuid[]) AND head = $2;

-- keep_outcomes --
-- Keeps what became of leads, for head $1; what was known before is replaced. It is news only where the answer is another.
INSERT INTO galope.outcome AS known (lead_id, head, converted, resolved_at, source, evaluated)
SELECT o.lead_id, $1, o.converted, to_timestamp(o.resolved_at), o.source, o.evaluated
FROM unnest($2::uuid[], $3::bool[], $4::float8[], $5::text[], $6::bool[])
    AS o (lead_id, converted, resolved_at, source, evaluated)
ON CONFLICT (lead_id, head) DO UPDATE
SET converted = excluded.converted, resolved_at = excluded.resolved_at, source = excluded.source,
    evaluated = excluded.evaluated,
    xid = CASE WHEN known.converted = excluded.converted THEN known.xid ELSE excluded.xid END;

-- drop_outcomes --
-- Takes back outcomes that are open again, for head $1.
DELETE FROM galope.outcome WHERE head = $1 AND lead_id = ANY ($2::uuid[]);

-- outcomes_of_others --
-- How many outcomes are kept for other heads than $1, which another horizon asked; null for none.
SELECT string_agg(format('%s for %s', kept, head), ', ' ORDER BY head)
FROM (SELECT head, count(*) AS kept FROM galope.outcome WHERE head <> $1 GROUP BY head) AS others;

-- learner --
-- What the models of head $1 have learned, up to which version, and from which they began; none is day zero.
SELECT l.model_version, l.state, l.base_version, base.model AS base
FROM galope.learner AS l LEFT JOIN galope.model_version AS base ON base.version = l.base_version
WHERE l.head = $1;

-- keep_learner --
-- Keeps what the models of head $1 have learned.
INSERT INTO galope.learner (head, model_version, learned, state, base_version) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (head) DO UPDATE
SET model_version = excluded.model_version, learned = excluded.learned, state = excluded.state,
    base_version = excluded.base_version, updated_at = now();

-- evaluated_predictions --
-- What was predicted for head $1 of leads that were evaluated, of outcomes in the $3 days before $2; the earliest
-- outcome first.
SELECT p.lead_id, p.model_version, p.snapshots, o.converted, extract(epoch FROM o.resolved_at)::float8 AS resolved_at
FROM galope.prediction AS p JOIN galope.outcome AS o USING (lead_id, head)
WHERE head = $1 AND o.evaluated AND o.resolved_at > to_timestamp($2) - make_interval(secs => 86400 * $3::float8)
UNION ALL
SELECT lead_id, model_version, json_build_array(snapshot), converted, extract(epoch FROM resolved_at)::float8
FROM galope.question
WHERE head = $1 AND converted IS NOT NULL
  AND matures_at > to_timestamp($2) - make_interval(secs => 86400 * $3::float8)
ORDER BY resolved_at, lead_id;

-- keep_questions --
-- Keeps what heads beside the primary one are asked.
SELECT galope.keep_questions($1::galope.asked_question[]);

-- matured_questions --
-- Open questions of heads $2 that matured by $1, the earliest first, $3 times those of a lead and head that mature together.
SELECT q.lead_id, q.head, q.asked_at, q.matures_at, extract(epoch FROM q.asked_at)::float8 AS asked,
       extract(epoch FROM q.matures_at)::float8 AS matures, q.snapshot
FROM (
    SELECT DISTINCT matures_at, head, lead_id FROM galope.question
    WHERE converted IS NULL AND matures_at <= to_timestamp($1) AND head = ANY ($2::text[])
    ORDER BY matures_at, head, lead_id LIMIT $3
) AS first JOIN galope.question AS q USING (matures_at, head, lead_id)
WHERE q.converted IS NULL
ORDER BY q.matures_at, q.head, q.lead_id, q.asked_at;

-- answer_question --
-- Says what came of the question that head $2 was asked of lead $1 at $3.
UPDATE galope.question SET converted = $4, resolved_at = to_timestamp($5), source = $6
WHERE lead_id = $1 AND head = $2 AND asked_at = $3;

-- drop_question --
-- Forgets a question that teaches nothing.
DELETE FROM galope.question WHERE lead_id = $1 AND head = $2 AND asked_at = $3;

-- unasked --
-- The $2 leads after $1 by id, each with those of heads $3 that were not asked of it since $4.
SELECT k.lead_id, ARRAY (
    SELECT asked.head FROM unnest($3::text[]) AS asked (head)
    WHERE NOT EXISTS (
        SELECT FROM galope.question AS q
        WHERE q.lead_id = k.lead_id AND q.head = asked.head AND q.asked_at > to_timestamp($4)
    )
) AS heads
FROM (SELECT lead_id FROM galope.lead_state WHERE lead_id > $1 ORDER BY lead_id LIMIT $2) AS k
ORDER BY k.lead_id;

-- scales --
-- What log-odds mean in points, by model of head $1.
SELECT version, model ->> 'scale' AS scale FROM galope.model_version WHERE head = $1;

-- store_metric --
-- Keeps the measures of a contender of model version $2.
INSERT INTO galope.model_metric (head, version, contender, metrics) VALUES ($1, $2, $3, $4);

-- last_trained --
-- When head $1 was last trained, in seconds since 1970; null for never.
SELECT extract(epoch FROM max(created_at))::float8 FROM galope.model_version WHERE head = $1 AND metrics ? 'auc';

-- models --
-- Every model of head $1, the newest first.
SELECT version, status, reason, metrics, model, created_at, promoted_at
FROM galope.model_version WHERE head = $1 ORDER BY version DESC;

-- previous_champion --
-- The version that scored for head $1 before the one that does.
SELECT version FROM galope.model_version
WHERE head = $1 AND status = 'retired' AND promoted_at IS NOT NULL
ORDER BY promoted_at DESC LIMIT 1;
