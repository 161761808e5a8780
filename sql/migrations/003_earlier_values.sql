-- What stood in the columns of a lead that Galope writes, before it first wrote them: uninstalling gives it back. A lead
-- whose columns were empty has no row.
CREATE TABLE galope.earlier_value (
    lead_id uuid PRIMARY KEY,
    kept_at timestamptz NOT NULL DEFAULT now(),
    columns jsonb NOT NULL,
    CONSTRAINT earlier_value_is_an_object CHECK (jsonb_typeof(columns) = 'object')
);

-- What stood there before an earlier release wrote is not known any more; what stands there now stays.
DO $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_attribute
        WHERE attrelid = to_regclass('leads') AND attname = 'next_best_action' AND NOT attisdropped
    ) THEN
        INSERT INTO galope.earlier_value (lead_id, columns)
        SELECT id, jsonb_build_object(
            'status', status, 'score', score, 'score_motivos', score_motivos, 'score_engine', score_engine,
            'score_model_name', score_model_name, 'score_probability', score_probability, 'score_scored_at', score_scored_at
        )
        FROM leads AS l WHERE next_best_action IS NOT NULL;
    END IF;
END
$$;

-- Until now a stage that software wrote counted as a move by a person: every lead is read anew.
INSERT INTO galope.change_log (kind) SELECT 'reset' WHERE EXISTS (SELECT FROM galope.lead_state);

-- Rows are compared column by column now.
DROP FUNCTION IF EXISTS galope.profile(jsonb);
