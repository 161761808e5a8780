-- Heads beside the primary one learn too. A question is such a head, asked of a lead at a moment: what the contenders
-- predicted then, from which features, and what came of it. It is answered once its horizon has passed, from the lead's rows;
-- converted is null until then.
CREATE TABLE galope.question (
    lead_id       uuid NOT NULL,
    head          text NOT NULL,
    asked_at      timestamptz NOT NULL,
    matures_at    timestamptz NOT NULL,
    model_version bigint NOT NULL,
    snapshot      json NOT NULL,
    converted     boolean,
    resolved_at   timestamptz,
    source        text,
    PRIMARY KEY (lead_id, head, asked_at)
);
CREATE INDEX question_open ON galope.question (matures_at, head, lead_id) WHERE converted IS NULL;

-- A question as the stream sends it.
CREATE TYPE galope.asked_question AS (
    lead_id       uuid,
    head          text,
    asked_at      double precision,
    matures_at    double precision,
    model_version bigint,
    snapshot      json
);

-- Keeps questions, in the statement that writes a batch; of leads that are gone none. One that was asked at that moment stays.
CREATE FUNCTION galope.keep_questions(asked galope.asked_question[]) RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO galope.question (lead_id, head, asked_at, matures_at, model_version, snapshot)
    SELECT a.lead_id, a.head, to_timestamp(a.asked_at), to_timestamp(a.matures_at), a.model_version, a.snapshot
    FROM unnest(asked) AS a JOIN galope.subjects() AS l ON l.lead_id = a.lead_id
    ON CONFLICT (lead_id, head, asked_at) DO NOTHING;
END
$$;
