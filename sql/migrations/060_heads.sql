-- Heads beside the primary one score too. What they say stands in galope.score and galope.score_history by the head's name;
-- the empty name is the primary head's, whatever it is called. A status and a next action are the primary head's alone.
-- Reasons of another head are its points by signal, unrounded, as pairs.
ALTER TABLE galope.score ADD COLUMN head text NOT NULL DEFAULT '';
ALTER TABLE galope.score DROP CONSTRAINT score_pkey, ADD PRIMARY KEY (lead_id, head);
ALTER TABLE galope.score ALTER COLUMN status DROP NOT NULL, ALTER COLUMN next_action DROP NOT NULL;

ALTER TABLE galope.score_history ADD COLUMN head text NOT NULL DEFAULT '', ALTER COLUMN status DROP NOT NULL;

-- The models of the heads beside the primary one that all leads are scored with, or due to be, as model_version is of it.
ALTER TABLE galope.cursor ADD COLUMN head_versions jsonb NOT NULL DEFAULT '{}';

-- What one head beside the primary one says of a lead, as the stream sends it.
CREATE TYPE galope.head_score AS (
    lead_id       uuid,
    head          text,
    score         smallint,
    probability   double precision,
    points        json,
    cause         text,
    scored_at     double precision,
    model_version bigint,
    learned       bigint
);

-- Keeps what heads beside the primary one say of leads, in the statement that writes a batch. What is said of a lead that is
-- gone is dropped. The history has a row where a score is another one than before. In PL/pgSQL, whose plans are kept. LIMIT 1
-- keeps the score before a lookup a row: a plan made while the table was empty read all of it for each row.
CREATE FUNCTION galope.keep_heads(scored galope.head_score[]) RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    WITH said AS (
        SELECT s.*, l.key, k.score AS score_before
        FROM unnest(scored) AS s
        JOIN galope.subjects() AS l ON l.lead_id = s.lead_id
        LEFT JOIN LATERAL (
            SELECT score FROM galope.score WHERE lead_id = s.lead_id AND head = s.head LIMIT 1
        ) AS k ON true
    ), kept AS (
        INSERT INTO galope.score (lead_id, head, key, score, probability, reasons, scored_at, model_version)
        SELECT lead_id, head, key, score, probability, points::jsonb, to_timestamp(scored_at), model_version FROM said
        ON CONFLICT (lead_id, head) DO UPDATE
        SET key = excluded.key, score = excluded.score, probability = excluded.probability, reasons = excluded.reasons,
            scored_at = excluded.scored_at, model_version = excluded.model_version
    )
    INSERT INTO galope.score_history
        (lead_id, head, scored_at, cause, score_before, score_after, probability, points, model_version, learned)
    SELECT lead_id, head, to_timestamp(scored_at), cause, score_before, score, probability, points, model_version, learned
    FROM said WHERE score IS DISTINCT FROM score_before;
END
$$;
