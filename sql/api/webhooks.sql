-- Webhooks: who is told of what, and what is still to be sent. By the names that the HTTP API calls them.

-- webhooks --
-- Every webhook, with how much of its waits and was parked, since when the oldest waits, and what the last problem was.
SELECT w.id, w.url, w.topics, w.threshold, w.created_at, w.paused_at,
       count(d.id) FILTER (WHERE d.parked_at IS NULL) AS waiting, count(d.parked_at) AS parked,
       min(d.occurred_at) FILTER (WHERE d.parked_at IS NULL) AS waiting_since,
       (SELECT problem FROM galope.webhook_delivery
        WHERE webhook_id = w.id AND problem IS NOT NULL ORDER BY try_at DESC LIMIT 1) AS problem
FROM galope.webhook AS w LEFT JOIN galope.webhook_delivery AS d ON d.webhook_id = w.id
GROUP BY w.id ORDER BY w.id;

-- add_webhook --
-- Has address $1 be told of topics $3, crossings of score $4 among them, signed with secret $2; returns its number.
INSERT INTO galope.webhook (url, secret, topics, threshold) VALUES ($1, $2, $3, $4) RETURNING id;

-- remove_webhook --
-- Forgets webhook $1 and what is still to be sent to it.
DELETE FROM galope.webhook WHERE id = $1 RETURNING id;

-- pause_webhook --
-- Has webhook $1 send nothing from now on, and returns since when it does not; nothing when there is none.
UPDATE galope.webhook SET paused_at = coalesce(paused_at, now()) WHERE id = $1 RETURNING paused_at;

-- resume_webhook --
-- Has webhook $1 send what waits, and returns its number. The days for which something is tried leave out those of the pause.
WITH before AS (
    SELECT id, paused_at FROM galope.webhook WHERE id = $1 FOR UPDATE
), later AS (
    UPDATE galope.webhook_delivery AS d
    SET tried_since = d.tried_since + (now() - greatest(d.tried_since, b.paused_at))
    FROM before AS b WHERE d.webhook_id = b.id AND b.paused_at IS NOT NULL AND d.parked_at IS NULL
)
UPDATE galope.webhook AS w SET paused_at = NULL FROM before AS b WHERE w.id = b.id RETURNING w.id;

-- webhook_exists --
-- Whether there is a webhook $1.
SELECT EXISTS (SELECT FROM galope.webhook WHERE id = $1);

-- deliveries --
-- What is still to be sent to webhook $1, or only what was parked ($2), the oldest first, at most $3.
SELECT id, topic, lead_id, facts ->> 'experiment' AS experiment, occurred_at,
       attempts, CASE WHEN parked_at IS NULL THEN try_at END AS try_at, problem, parked_at
FROM galope.webhook_delivery
WHERE webhook_id = $1 AND (parked_at IS NOT NULL OR NOT $2) ORDER BY id LIMIT $3;

-- replay_deliveries --
-- Has what was parked of webhook $1 be tried again, as if it were new.
WITH again AS (
    UPDATE galope.webhook_delivery SET parked_at = NULL, attempts = 0, tried_since = now(), try_at = now()
    WHERE webhook_id = $1 AND parked_at IS NOT NULL
    RETURNING id
)
SELECT count(*) FROM again;

-- active_webhooks --
-- Every webhook: whether something may have happened since its snapshot, and whether something is to be sent now. One that is
-- paused goes on being fed, for what it is fed from does not stay as it is.
SELECT w.id, w.url, w.secret,
       EXISTS (SELECT FROM galope.score_history WHERE xid >= pg_snapshot_xmax(w.snapshot))
       OR EXISTS (SELECT FROM galope.outcome WHERE xid >= pg_snapshot_xmax(w.snapshot))
       OR EXISTS (SELECT FROM galope.alert WHERE xid >= pg_snapshot_xmax(w.snapshot))
       OR EXISTS (SELECT FROM galope.experiment WHERE xid >= pg_snapshot_xmax(w.snapshot))
       OR EXISTS (SELECT FROM galope.experiment WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip(w.snapshot))))
       OR EXISTS (SELECT FROM galope.alert WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip(w.snapshot))))
       OR EXISTS (SELECT FROM galope.score_history WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip(w.snapshot))))
       OR EXISTS (SELECT FROM galope.outcome WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip(w.snapshot)))) AS behind,
       w.paused_at IS NULL AND EXISTS (
           SELECT FROM galope.webhook_delivery AS d
           WHERE d.webhook_id = w.id AND d.parked_at IS NULL AND d.try_at <= now()
       ) AS due
FROM galope.webhook AS w ORDER BY w.id;

-- hold_webhook --
-- Keeps webhook $1 for this transaction, and returns from where on it is to be told; nothing when another one does. From
-- now on, where the snapshot is of another cluster's future: it came with a restored dump.
SELECT CASE WHEN pg_snapshot_xmax(snapshot) <= pg_snapshot_xmax(pg_current_snapshot()) THEN snapshot
            ELSE pg_current_snapshot() END
FROM galope.webhook WHERE id = $1 FOR UPDATE SKIP LOCKED;

-- feed_webhook --
-- Queues for webhook $1 what became visible after $2, of scores the primary head's, and moves its snapshot; returns how
-- much it is. As in fetch_changes: what transactions wrote that were still running at $2, and what those begun since did.
WITH webhook AS (
    UPDATE galope.webhook SET snapshot = pg_current_snapshot() WHERE id = $1 RETURNING id, topics, threshold
), newer AS (
    SELECT * FROM galope.score_history
    WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip($2::pg_snapshot))) AND head = ''
    UNION ALL
    SELECT * FROM galope.score_history
    WHERE xid >= pg_snapshot_xmax($2::pg_snapshot) AND pg_visible_in_snapshot(xid, pg_current_snapshot()) AND head = ''
), scored AS (
    SELECT n.id, n.lead_id, n.scored_at, n.cause, n.score_after, n.status, n.model_version, n.points,
           coalesce(e.score_after, n.score_before) AS score_before, e.status AS status_before,
           e.status IS NULL AND n.score_before IS NOT NULL AS status_forgotten
    FROM newer AS n
    LEFT JOIN LATERAL (
        SELECT score_after, status FROM galope.score_history
        WHERE lead_id = n.lead_id AND id < n.id AND head = '' ORDER BY id DESC LIMIT 1
    ) AS e ON true
), resolved AS (
    SELECT * FROM galope.outcome WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip($2::pg_snapshot)))
    UNION ALL
    SELECT * FROM galope.outcome
    WHERE xid >= pg_snapshot_xmax($2::pg_snapshot) AND pg_visible_in_snapshot(xid, pg_current_snapshot())
), opened AS (
    SELECT * FROM galope.alert WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip($2::pg_snapshot)))
    UNION ALL
    SELECT * FROM galope.alert
    WHERE xid >= pg_snapshot_xmax($2::pg_snapshot) AND pg_visible_in_snapshot(xid, pg_current_snapshot())
), concluded AS (
    SELECT * FROM galope.experiment WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip($2::pg_snapshot)))
    UNION ALL
    SELECT * FROM galope.experiment
    WHERE xid >= pg_snapshot_xmax($2::pg_snapshot) AND pg_visible_in_snapshot(xid, pg_current_snapshot())
), news AS (
    SELECT 'status.changed' AS topic, s.id, s.lead_id, s.scored_at AS at,
           json_build_object('status_before', s.status_before, 'status', s.status) AS facts
    FROM scored AS s WHERE s.status IS DISTINCT FROM s.status_before AND NOT s.status_forgotten
    UNION ALL
    SELECT 'score.crossed', s.id, s.lead_id, s.scored_at, json_build_object(
        'threshold', w.threshold, 'direction', CASE WHEN s.score_after >= w.threshold THEN 'up' ELSE 'down' END,
        'score_before', s.score_before, 'score', s.score_after
    )
    FROM webhook AS w, scored AS s
    WHERE (s.score_after >= w.threshold) <> (coalesce(s.score_before, 0) >= w.threshold)
    UNION ALL
    SELECT 'outcome.known', NULL, o.lead_id, o.resolved_at,
           json_build_object('head', o.head, 'converted', o.converted, 'source', o.source)
    FROM resolved AS o
    UNION ALL
    SELECT 'alert.opened', NULL, a.lead_id, a.opened_at, json_build_object(
        'alert', a.id, 'motive', a.motive, 'head', a.head, 'impact', a.impact, 'lost_at', a.lost_at,
        'recommendation', a.recommendation, 'channel', a.channel
    )
    FROM opened AS a WHERE a.closed_reason IS DISTINCT FROM 'surplus' AND a.closed_reason IS DISTINCT FROM 'held_back'
    UNION ALL
    SELECT 'experiment.concluded', NULL, NULL, x.concluded_at, json_build_object(
        'experiment', x.name, 'adopted', x.adopted, 'control', x.declared #>> '{arms,0,name}',
        'started_at', x.started_at, 'ended_at', x.ended_at
    )
    FROM concluded AS x
), told AS (
    INSERT INTO galope.webhook_delivery (webhook_id, lead_id, topic, occurred_at, facts)
    SELECT w.id, n.lead_id, n.topic, n.at, CASE WHEN s.id IS NULL THEN n.facts ELSE (n.facts::jsonb || jsonb_build_object(
        'cause', s.cause, 'model_version', s.model_version, 'reasons', (
            SELECT coalesce(jsonb_agg(code ORDER BY size DESC), '[]') FROM (
                SELECT r ->> 0 AS code, abs((r ->> 1)::float8) AS size FROM json_array_elements(s.points) AS r
                WHERE r ->> 0 NOT IN ('start', 'other') ORDER BY size DESC LIMIT 5
            ) AS most
        )
    ))::json END
    FROM webhook AS w
    JOIN news AS n ON n.topic = ANY (w.topics)
    LEFT JOIN scored AS s ON s.id = n.id
    ORDER BY n.id NULLS LAST, n.topic
    RETURNING id
)
SELECT count(*) FROM told;

-- claim_deliveries --
-- Takes at most $2 deliveries to webhook $1 that are due, of each lead the earliest, and all that are of no lead, and puts off
-- the next try by the $3 seconds that this one may take and by what follows a failure: $4 seconds, doubled with each, at most
-- $5; nothing while it is paused. Written with NOT EXISTS, all that is due was compared with all: 27 s for ten thousand.
UPDATE galope.webhook_delivery AS d
SET attempts = attempts + 1, try_at = now() + make_interval(secs => $3 + least($4 * 2.0 ^ least(attempts, 30), $5))
FROM (
    SELECT id FROM galope.webhook_delivery AS d
    WHERE webhook_id = (SELECT w.id FROM galope.webhook AS w WHERE w.id = $1 AND w.paused_at IS NULL)
      AND parked_at IS NULL AND try_at <= now() AND (lead_id IS NULL OR id = (
        SELECT e.id FROM galope.webhook_delivery AS e
        WHERE e.webhook_id = $1 AND e.lead_id = d.lead_id AND e.parked_at IS NULL
        ORDER BY e.webhook_id, e.lead_id, e.id LIMIT 1
    ))
    ORDER BY webhook_id, try_at LIMIT $2 FOR UPDATE SKIP LOCKED
) AS due
WHERE d.id = due.id
RETURNING d.id, d.lead_id, d.topic, d.occurred_at, d.facts;

-- end_deliveries --
-- Forgets deliveries that were received.
DELETE FROM galope.webhook_delivery WHERE id = ANY ($1::bigint[]);

-- fail_deliveries --
-- Notes problems $2 of deliveries $1, parks those tried for $3 seconds, and puts off what else is to be sent of
-- their leads; returns how many were parked.
WITH failed AS (
    UPDATE galope.webhook_delivery AS d
    SET problem = f.problem,
        parked_at = CASE WHEN d.tried_since <= now() - make_interval(secs => $3) THEN now() END
    FROM unnest($1::bigint[], $2::text[]) AS f (id, problem)
    WHERE d.id = f.id
    RETURNING d.id, d.webhook_id, d.lead_id, d.try_at, d.parked_at
), later AS (
    UPDATE galope.webhook_delivery AS d SET try_at = f.try_at
    FROM failed AS f
    WHERE d.webhook_id = f.webhook_id AND d.lead_id = f.lead_id AND d.id > f.id AND d.parked_at IS NULL
      AND f.parked_at IS NULL AND d.try_at < f.try_at
)
SELECT count(parked_at) FROM failed;
