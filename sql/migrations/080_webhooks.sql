-- Who is told over HTTP of what happens to leads, and from where on: everything visible in the snapshot was taken. A secret
-- signs what is sent, so it is kept as it is.
CREATE TABLE galope.webhook (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    url        text NOT NULL,
    secret     text NOT NULL,
    topics     text[] NOT NULL,
    threshold  smallint,
    snapshot   pg_snapshot NOT NULL DEFAULT pg_current_snapshot(),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT webhook_has_topics CHECK (cardinality(topics) > 0),
    CONSTRAINT webhook_threshold_in_range CHECK (threshold BETWEEN 1 AND 100),
    CONSTRAINT webhook_crossing_has_threshold CHECK (threshold IS NOT NULL OR 'score.crossed' <> ALL (topics))
);

-- What is still to be sent, or was given up. What was received is deleted; so is what is of a lead that is erased.
CREATE TABLE galope.webhook_delivery (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook_id  bigint NOT NULL REFERENCES galope.webhook (id) ON DELETE CASCADE,
    lead_id     uuid NOT NULL,
    topic       text NOT NULL,
    occurred_at timestamptz NOT NULL,
    facts       json NOT NULL,
    tried_since timestamptz NOT NULL DEFAULT now(),
    attempts    int NOT NULL DEFAULT 0,
    try_at      timestamptz NOT NULL DEFAULT now(),
    problem     text,
    parked_at   timestamptz
);
CREATE INDEX webhook_delivery_due ON galope.webhook_delivery (webhook_id, try_at) WHERE parked_at IS NULL;
CREATE INDEX webhook_delivery_order ON galope.webhook_delivery (webhook_id, lead_id, id) WHERE parked_at IS NULL;

-- Which transaction wrote a row; what was there before is told to nobody.
ALTER TABLE galope.score_history ADD COLUMN xid xid8;
ALTER TABLE galope.score_history ALTER COLUMN xid SET DEFAULT pg_current_xact_id();
CREATE INDEX score_history_xid ON galope.score_history (xid) WHERE xid IS NOT NULL;
ALTER TABLE galope.outcome ADD COLUMN xid xid8;
ALTER TABLE galope.outcome ALTER COLUMN xid SET DEFAULT pg_current_xact_id();
CREATE INDEX outcome_xid ON galope.outcome (xid) WHERE xid IS NOT NULL;
