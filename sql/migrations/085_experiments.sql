-- Declared experiments. Which arm a lead has follows from the declaration; what became of one stands here.
CREATE TABLE galope.experiment (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name          text NOT NULL,
    declared      jsonb NOT NULL,
    status        text NOT NULL DEFAULT 'draft',
    planned_units bigint,
    planned_weeks double precision,
    adopted       text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    started_at    timestamptz,
    ended_at      timestamptz,
    CONSTRAINT experiment_name UNIQUE (name),
    CONSTRAINT experiment_status_known CHECK (status IN ('draft', 'running', 'stopped', 'concluded')),
    CONSTRAINT experiment_planned CHECK (started_at IS NULL OR planned_units > 0),
    CONSTRAINT experiment_adopted CHECK ((status = 'concluded') = (adopted IS NOT NULL))
);

-- When a lead was first served its arm, and its score then, which nothing that the arm did can have changed.
CREATE TABLE galope.exposure (
    experiment_id bigint NOT NULL REFERENCES galope.experiment (id),
    lead_id       uuid NOT NULL,
    arm           text NOT NULL,
    exposed_at    timestamptz NOT NULL DEFAULT now(),
    score_before  integer,
    PRIMARY KEY (experiment_id, lead_id)
);
CREATE INDEX exposure_lead ON galope.exposure (lead_id);
