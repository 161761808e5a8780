-- What was spent on an origin, by day: of campaigns, sources and the like, as events name them.
CREATE TABLE galope.origin_cost (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text NOT NULL,
    origin     text NOT NULL,
    day        date NOT NULL,
    amount     numeric(14, 2) NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT origin_cost_positive CHECK (amount > 0)
);
