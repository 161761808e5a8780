-- Any table's rows as subjects, and any tables' rows as their events: what galope.toml says, and what follows from it.

-- The table that is scored, as galope.toml says it; none where it is leads. `head` is what the file says of outcomes, in
-- the fields of galope.policy.
CREATE TABLE galope.subject (
    name     text PRIMARY KEY,
    relation text NOT NULL,
    head     jsonb NOT NULL DEFAULT '{}',
    mapping  jsonb NOT NULL
);

-- The tables whose rows are events, as galope.toml says them; none where it is events.
CREATE TABLE galope.source (
    number   smallint PRIMARY KEY,
    relation text NOT NULL,
    mapping  jsonb NOT NULL
);

-- The tables that the stream reads, and what the names of their triggers begin with.
CREATE VIEW galope.mapped_table AS
SELECT relation, 'galope_subject' AS triggers FROM galope.subject
UNION ALL
SELECT relation, format('galope_source_%s', number) FROM galope.source
UNION ALL
SELECT relation, format('galope_%s', relation) FROM (VALUES ('leads'), ('events')) AS usual (relation)
WHERE NOT EXISTS (SELECT FROM galope.subject);

-- Whoever may use the schema can be told which rights are missing.
GRANT SELECT ON galope.mapped_table TO PUBLIC;

-- The score of every subject of a mapped table; join its key to yours.
CREATE TABLE galope.score (
    lead_id       uuid PRIMARY KEY,
    key           text NOT NULL,
    score         smallint NOT NULL,
    probability   double precision NOT NULL,
    status        text NOT NULL,
    reasons       jsonb NOT NULL,
    next_action   jsonb NOT NULL,
    scored_at     timestamptz NOT NULL,
    model_version bigint NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX score_key ON galope.score (key);

-- Changes of the tracked columns: the mapped table holds only their newest value.
CREATE TABLE galope.tracked_change (
    event_id    uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    lead_id     uuid NOT NULL,
    event_type  text NOT NULL,
    occurred_at timestamptz NOT NULL
);
CREATE INDEX tracked_change_lead ON galope.tracked_change (lead_id);

-- A key of any type as the uuid that Galope knows a subject by: a whole number as its last half, in hexadecimal; text as a
-- hash. The team's inserts compute it for an index, so everybody may.
CREATE FUNCTION galope.subject_id(key bigint) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN ('0000000000000001' || lpad(to_hex(key), 16, '0'))::uuid;

CREATE FUNCTION galope.subject_id(key text) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN md5(key)::uuid;

GRANT EXECUTE ON FUNCTION galope.subject_id(bigint), galope.subject_id(text) TO PUBLIC;
