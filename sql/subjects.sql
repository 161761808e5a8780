-- Galope: the rows of leads and events as the stream and training read them. Safe to apply again.
--
-- Functions, because a view would make the team's DROP TABLE, and ALTER COLUMN of any column it names, fail. The planner
-- puts their text in the place of the call, so they cost nothing; as text, it depends on nothing. Where galope.toml maps
-- other tables, sql/mapping.sql makes them.

CREATE OR REPLACE FUNCTION galope.subjects()
    RETURNS TABLE (lead_id uuid, key text, created_at timestamptz, profile json)
    LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT id, id::text, created_at, to_json(leads) FROM leads
$$;

CREATE OR REPLACE FUNCTION galope.subject_events()
    RETURNS TABLE (event_id uuid, lead_id uuid, event_type text, occurred_at timestamptz, attributes jsonb)
    LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT id, lead_id, galope.event_kind(event_type::text, metadata), ts, galope.event_attributes(metadata) FROM events
$$;
