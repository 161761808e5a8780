-- Opens, updates and closes alerts in the statement that writes a batch: one open alert a lead and motive. What a person is
-- done with stays so until the motive comes anew. A jump is one where the lowest score of the last hour, or since the last
-- alert of it, says so. Of more than may be opened in a week those of the least priority are closed at once. One that goes on
-- where a merge closed one keeps whom that was given to, and until when it was put off.
CREATE OR REPLACE FUNCTION galope.keep_alerts(said galope.alert_said[]) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    opened  text[];
    one     text;
    allowed bigint;
BEGIN
    UPDATE galope.alert AS a
    SET holds = false, state = CASE a.state WHEN 'open' THEN 'closed' ELSE a.state END,
        updated_at = to_timestamp(s.at), closed_at = coalesce(a.closed_at, to_timestamp(s.at)),
        closed_reason = coalesce(a.closed_reason, s.over)
    FROM unnest(said) AS s
    WHERE a.lead_id = s.lead_id AND a.motive = s.motive AND a.holds
      AND (s.over IS NOT NULL OR a.closed_at < to_timestamp(s.since) AND s.motive <> 'jumped');
    WITH held AS (
        SELECT s.*, CASE WHEN s.motive = 'jumped' THEN s.facts || jsonb_build_object('from', low.score) ELSE s.facts END
                   AS known
        FROM unnest(said) AS s
        JOIN galope.subjects() AS l ON l.lead_id = s.lead_id
        LEFT JOIN LATERAL (
            SELECT least(min(h.before), (s.facts ->> 'from')::int) AS score
            FROM (
                SELECT coalesce(score_before, score_after) AS before, scored_at FROM galope.score_history
                WHERE lead_id = s.lead_id AND head = '' ORDER BY id DESC LIMIT 100
            ) AS h
            WHERE h.scored_at > to_timestamp(s.at) - interval '1 hour' AND h.scored_at > coalesce((
                SELECT max(closed_at) FROM galope.alert WHERE lead_id = s.lead_id AND motive = 'jumped'
            ), '-infinity')
        ) AS low ON s.motive = 'jumped'
        WHERE s.over IS NULL
          AND (s.motive <> 'jumped' OR (s.facts ->> 'to')::int - low.score >= (s.facts ->> 'rise')::int)
    ), kept AS (
        INSERT INTO galope.alert AS a
            (lead_id, motive, head, impact, since, lost_at, facts, reasons, recommendation, channel, owner, snoozed_until,
             opened_at, updated_at)
        SELECT h.lead_id, h.motive, h.head, h.impact, to_timestamp(h.since), to_timestamp(h.lost_at), h.known, h.reasons,
               h.recommendation, h.channel, m.owner, m.snoozed_until, to_timestamp(h.at), to_timestamp(h.at)
        FROM held AS h
        LEFT JOIN LATERAL (
            SELECT * FROM galope.alert WHERE lead_id = h.lead_id AND motive = h.motive ORDER BY closed_at DESC LIMIT 1
        ) AS m ON m.closed_reason = 'merged' AND m.closed_at >= to_timestamp(h.since)
        ON CONFLICT (lead_id, motive) WHERE holds DO UPDATE
        SET head = excluded.head, impact = excluded.impact, since = excluded.since, lost_at = excluded.lost_at,
            facts = excluded.facts, reasons = excluded.reasons, recommendation = excluded.recommendation,
            channel = excluded.channel, updated_at = excluded.updated_at
        WHERE a.state = 'open' AND (a.impact, a.since, a.facts, a.reasons, a.recommendation, a.channel)
            IS DISTINCT FROM (excluded.impact, excluded.since, excluded.facts, excluded.reasons, excluded.recommendation,
                              excluded.channel)
        RETURNING a.motive, a.xmax = 0 AS is_new
    )
    SELECT array_agg(DISTINCT motive) INTO opened FROM kept WHERE is_new;
    FOREACH one IN ARRAY coalesce(opened, '{}') LOOP
        allowed := galope.alerts_allowed(one);
        CONTINUE WHEN allowed >= (
            SELECT count(*) FROM (
                SELECT FROM galope.alert AS a
                WHERE a.motive = one AND a.closed_reason IS DISTINCT FROM 'surplus' AND a.opened_at > now() - interval '7 days'
                LIMIT allowed + 1
            ) AS counted
        );
        UPDATE galope.alert AS a
        SET state = 'closed', closed_at = a.updated_at, closed_reason = 'surplus'
        FROM (
            SELECT b.id FROM galope.alert AS b
            WHERE b.motive = one AND b.closed_reason IS DISTINCT FROM 'surplus' AND b.opened_at > now() - interval '7 days'
            ORDER BY b.state = 'open', b.impact * galope.urgency(b.lost_at, now()) DESC, b.id OFFSET allowed
        ) AS surplus
        WHERE a.id = surplus.id AND a.state = 'open';
    END LOOP;
END
$$;
