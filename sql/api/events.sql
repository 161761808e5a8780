-- Events: stored, found again, taken back. By the names that the HTTP API calls them.

-- add_events --
-- Events $1 (id, or null for a new one), of leads $2 and types $3, at $4 (null: now), with metadata $5. Those of
-- unknown leads and with ids that are taken are left out.
INSERT INTO events (id, lead_id, event_type, ts, metadata)
SELECT coalesce(e.id, gen_random_uuid()), e.lead_id, e.event_type, coalesce(e.ts, now()), e.metadata
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::jsonb[])
    AS e (id, lead_id, event_type, ts, metadata)
JOIN leads AS l ON l.id = e.lead_id
ON CONFLICT (id) DO NOTHING
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
