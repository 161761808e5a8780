-- Events: stored, found again, taken back. By the names that the HTTP API calls them.

-- add_events --
-- Events $1 (id, or null for a new one), of leads $2 and types $3, at $4 (null: now), with metadata $5. Those of
-- unknown leads and with ids that are taken are left out; that these are taken no constraint says where the table is
-- partitioned by time. The type may be an enumeration of the team's.
INSERT INTO events (id, lead_id, event_type, ts, metadata)
SELECT coalesce(e.id, gen_random_uuid()), e.lead_id,
       (jsonb_populate_record(NULL::events, jsonb_build_object('event_type', e.event_type))).event_type,
       coalesce(e.ts, now()), e.metadata
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::jsonb[])
    AS e (id, lead_id, event_type, ts, metadata)
JOIN leads AS l ON l.id = e.lead_id
WHERE NOT EXISTS (SELECT FROM events AS there WHERE there.id = e.id)
ON CONFLICT DO NOTHING
RETURNING id, to_jsonb(events)::text AS event;

-- add_event --
-- One event of lead $1, of type $2, with metadata $3; returns its id.
INSERT INTO events (lead_id, event_type, metadata) VALUES ($1, $2, $3::jsonb) RETURNING id;

-- delete_event --
-- Deletes event $2 of lead $1, and returns its type.
DELETE FROM events WHERE id = $2 AND lead_id = $1 RETURNING event_type;

-- events_by_id --
-- Events that there are.
SELECT id, lead_id, event_type, to_jsonb(events)::text AS event FROM events WHERE id = ANY ($1::uuid[]);

-- timeline --
-- The newest $2 things on record of lead $1: its arrival, events, notes, rescores, and whom it was given to; each with who
-- did it, where that is known.
SELECT coalesce(json_agg(item ORDER BY at DESC, kind DESC, place DESC), '[]')::text
FROM (
    SELECT recorded.*, coalesce(u.name, k.name) AS by
    FROM (
        SELECT 'lead' AS kind, id::text AS id, 'created' AS type, created_at AS at, NULL::jsonb AS details,
               NULL::text AS partner, 0::bigint AS place
        FROM leads WHERE id = $1
        UNION ALL
        SELECT 'event', id::text, event_type::text, ts, to_jsonb(metadata), CASE WHEN event_type::text = 'handoff' THEN (
                   SELECT coalesce(nome_fantasia, razao_social, cnpj) FROM partners
                   WHERE partners.id::text = to_jsonb(metadata) ->> 'partner_id'
               ) END, 0
        FROM events WHERE lead_id = $1
        UNION ALL
        SELECT 'note', id::text, note_type, created_at, jsonb_build_object('text', note_text), NULL, id
        FROM lead_notes WHERE lead_id = $1
        UNION ALL
        SELECT 'score', id::text, cause, scored_at,
               jsonb_build_object('score_before', score_before, 'score_after', score_after), NULL, id
        FROM galope.score_history WHERE lead_id = $1 AND head = ''
        UNION ALL
        SELECT 'owner', a.id::text, 'assigned', a.at, jsonb_build_object('owner', to_.name), NULL, a.id
        FROM galope.audit AS a LEFT JOIN galope.user AS to_ ON to_.id = (a.facts ->> 'owner')::bigint
        WHERE a.lead_id = $1 AND a.action = 'lead assigned'
    ) AS recorded
    LEFT JOIN galope.audit AS did ON did.lead_id = $1 AND CASE recorded.kind
        WHEN 'event' THEN did.facts ->> 'event' = recorded.id
        WHEN 'note' THEN did.facts ->> 'note' = recorded.id
        WHEN 'owner' THEN did.id::text = recorded.id
    END
    LEFT JOIN galope.user AS u ON did.actor = 'user ' || u.id
    LEFT JOIN galope.api_key AS k ON did.actor = 'key ' || k.id
    WHERE isfinite(recorded.at)
    ORDER BY recorded.at DESC, recorded.kind DESC, recorded.place DESC LIMIT $2
) AS item;
