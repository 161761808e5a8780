-- What somebody should act on today. `motive` says why, `head` which head's reasons it gives (the empty name is the primary
-- one's), `facts` what is said of it, `impact` the money at stake and `lost_at` when it is likely lost. `holds` is whether the
-- motive still does: a person may be done with an alert before that, and it is opened anew only once the motive came anew. One
-- that is snoozed is open, and hidden until then. `owner` is whom it was given to; else it is whose the lead is.
CREATE TABLE galope.alert (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lead_id        uuid NOT NULL,
    motive         text NOT NULL,
    head           text NOT NULL,
    impact         double precision NOT NULL,
    since          timestamptz NOT NULL,
    lost_at        timestamptz NOT NULL,
    facts          jsonb NOT NULL,
    reasons        jsonb NOT NULL,
    recommendation text NOT NULL,
    channel        text NOT NULL,
    owner          text,
    state          text NOT NULL DEFAULT 'open',
    holds          boolean NOT NULL DEFAULT true,
    snoozed_until  timestamptz,
    opened_at      timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    closed_at      timestamptz,
    closed_reason  text,
    result         text,
    notes          text,
    feedback_by    text,
    feedback_at    timestamptz,
    xid            xid8 DEFAULT pg_current_xact_id(),
    CONSTRAINT alert_state_known CHECK (state IN ('open', 'done', 'closed')),
    CONSTRAINT alert_open_holds CHECK (holds OR state <> 'open'),
    CONSTRAINT alert_closed CHECK ((state = 'open') = (closed_at IS NULL)),
    CONSTRAINT alert_result_known CHECK (result IN ('won', 'lost', 'not_now', 'wrong')),
    CONSTRAINT alert_impact_finite CHECK (impact >= 0 AND impact < 'infinity')
);
CREATE UNIQUE INDEX alert_one_a_motive ON galope.alert (lead_id, motive) WHERE holds;
CREATE INDEX alert_lead ON galope.alert (lead_id);
CREATE INDEX alert_open ON galope.alert (motive) WHERE state = 'open';
CREATE INDEX alert_counted ON galope.alert (motive, opened_at) WHERE closed_reason IS DISTINCT FROM 'surplus';
CREATE INDEX alert_judged ON galope.alert (motive, feedback_at) WHERE result IS NOT NULL;
CREATE INDEX alert_xid ON galope.alert (xid) WHERE xid IS NOT NULL;

-- What a rescoring says of one motive of a lead, as the stream sends it: that it holds, or with `over` why it does not.
CREATE TYPE galope.alert_said AS (
    lead_id        uuid,
    motive         text,
    over           text,
    head           text,
    impact         double precision,
    since          double precision,
    lost_at        double precision,
    facts          jsonb,
    reasons        jsonb,
    recommendation text,
    channel        text,
    at             double precision
);

-- How urgent an alert is at a moment, 0 to 1: 1 when it is likely lost by then, a half a week before.
CREATE FUNCTION galope.urgency(lost_at timestamptz, at timestamptz) RETURNS double precision
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN 1 / (1 + greatest(extract(epoch FROM lost_at - at), 0)::float8 / 604800);

-- Of the last 90 days, how many alerts of a motive were judged, and how many of them were right: won or lost, but not wrong.
CREATE FUNCTION galope.alerts_judged(motive text, OUT judged bigint, OUT "right" bigint)
    LANGUAGE sql STABLE
AS $$
    SELECT count(*) FILTER (WHERE a.result <> 'not_now'), count(*) FILTER (WHERE a.result IN ('won', 'lost'))
    FROM galope.alert AS a
    WHERE a.motive = $1 AND a.result IS NOT NULL AND a.feedback_at > now() - interval '90 days'
$$;

-- How many alerts of a motive may be opened within a week: what the team decided, or 500, by the share that was right. Until
-- a few were judged, all count as right.
CREATE FUNCTION galope.alerts_allowed(motive text) RETURNS bigint
    LANGUAGE sql STABLE
AS $$
    SELECT ceil(coalesce(
        (SELECT (p.policy ->> 'alerts_a_week')::bigint FROM galope.policy AS p ORDER BY p.id DESC LIMIT 1), 500
    ) * (j."right" + 5.0) / (j.judged + 5.0))::bigint
    FROM galope.alerts_judged($1) AS j
$$;

-- Opens, updates and closes alerts in the statement that writes a batch: one open alert a lead and motive. What a person is
-- done with stays so until the motive comes anew. A jump is one where the lowest score of the last hour, or since the last
-- alert of it, says so. Of more than may be opened in a week those of the least priority are closed at once.
CREATE FUNCTION galope.keep_alerts(said galope.alert_said[]) RETURNS void
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
            (lead_id, motive, head, impact, since, lost_at, facts, reasons, recommendation, channel, opened_at, updated_at)
        SELECT lead_id, motive, head, impact, to_timestamp(since), to_timestamp(lost_at), known, reasons, recommendation,
               channel, to_timestamp(at), to_timestamp(at)
        FROM held
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
