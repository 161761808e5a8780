-- The audit's statements, by name. Read by offline/audit.py.

-- scores_before --
-- The highest score of each lead of $1 before its outcome at $2, and the seconds from when it last became hot, by score
-- ($3) or by status, to that outcome.
SELECT o.lead_id, max(h.score_after) AS highest,
       o.resolved_at - extract(epoch FROM max(h.scored_at) FILTER (WHERE h.became_hot))::float8 AS waited
FROM unnest($1::uuid[], $2::float8[]) AS o (lead_id, resolved_at)
JOIN LATERAL (
    SELECT score_after, scored_at,
           (score_after >= $3 AND coalesce(score_before, 0) < $3)
           OR (status = 'QUALIFICADO' AND lag(status) OVER (ORDER BY id) IS DISTINCT FROM status) AS became_hot
    FROM galope.score_history
    WHERE lead_id = o.lead_id AND head = '' AND scored_at < to_timestamp(o.resolved_at)
) AS h ON true
GROUP BY o.lead_id, o.resolved_at;

-- newest_reasons --
-- The reasons of each lead's newest score.
SELECT h.points
FROM galope.subjects() AS l
JOIN LATERAL (
    SELECT points FROM galope.score_history WHERE lead_id = l.lead_id AND head = '' ORDER BY id DESC LIMIT 1
) AS h ON true;
