-- What became of recommendations. By the names that the HTTP API calls them.

-- recommendations_kept --
-- Since when recommendations are kept, how many of the last $1 days have been there for less than $2, and of how many leads
-- the others are.
SELECT (SELECT min(scored_at) FROM galope.score_history WHERE action IS NOT NULL) AS since,
       count(*) FILTER (WHERE scored_at > now() - $2::interval) AS unsettled,
       count(DISTINCT lead_id) FILTER (WHERE scored_at <= now() - $2::interval) AS leads
FROM galope.score_history WHERE action IS NOT NULL AND scored_at > now() - make_interval(days => $1);

-- recommendations --
-- Recommendations of the last $1 days that have been there for $2: how many, by action, channel and what happened of kinds $3
-- while each stood and within $2, and of how many leads those of the action and channel are. Each stood until the lead's
-- next one. A note of type $6 is a contact, of kind $4. An action that was saved does not count where it reads as the one recommended, of
-- which $5 has the texts, each after its action and channel.
WITH recommended AS (
    SELECT id, lead_id, action, channel, scored_at AS at, scored_at + $2::interval AS ends_at,
           lead(scored_at) OVER (PARTITION BY lead_id ORDER BY id) AS next_at
    FROM galope.score_history
    WHERE action IS NOT NULL AND scored_at > now() - make_interval(days => $1)
), happened AS (
    SELECT r.id, e.kind, e.ts AS at
    FROM recommended AS r
    CROSS JOIN LATERAL (
        SELECT galope.event_kind(event_type::text, metadata) AS kind, ts, metadata FROM events
        WHERE lead_id = r.lead_id AND ts > r.at AND ts <= r.ends_at
    ) AS e
    WHERE e.kind = ANY ($3::text[]) AND (
        e.kind <> 'next_action_saved'
        OR concat_ws(' ', r.action, r.channel, e.metadata ->> 'next_action_text') <> ALL ($5::text[])
    )
    UNION ALL
    SELECT r.id, $4::text, n.created_at
    FROM recommended AS r
    JOIN lead_notes AS n ON n.lead_id = r.lead_id AND n.created_at > r.at AND n.created_at <= r.ends_at
    WHERE n.note_type = $6
), settled AS (
    SELECT r.lead_id, r.action, r.channel,
           coalesce(array_agg(DISTINCT h.kind) FILTER (WHERE h.at <= coalesce(r.next_at, r.ends_at)), '{}') AS stood,
           coalesce(array_agg(DISTINCT h.kind) FILTER (WHERE h.kind IS NOT NULL), '{}') AS within
    FROM recommended AS r LEFT JOIN happened AS h ON h.id = r.id
    WHERE r.ends_at <= now()
    GROUP BY r.id, r.lead_id, r.action, r.channel, r.next_at, r.ends_at
), counted AS (
    SELECT action, channel, count(DISTINCT lead_id) AS leads FROM settled GROUP BY action, channel
)
SELECT s.action, s.channel, s.stood, s.within, c.leads, count(*) AS recommendations
FROM settled AS s JOIN counted AS c USING (action, channel)
GROUP BY s.action, s.channel, s.stood, s.within, c.leads
ORDER BY s.action, s.channel;
