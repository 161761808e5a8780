-- Notes which leads are served which arms, the first time it is so: of an experiment on actions those given, of one on alerts
-- those whose alert was opened by this transaction and goes on with none that a merge closed. Where that is to be held back it is
-- closed at once, and nobody is told of it.
CREATE FUNCTION galope.keep_exposures(experiments bigint[], leads uuid[], arms text[], scores int[]) RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    WITH given AS (
        SELECT x.id, s.lead_id, s.arm, s.score, x.declared ->> 'motive' AS motive
        FROM unnest(experiments, leads, arms, scores) AS s (experiment_id, lead_id, arm, score)
        JOIN galope.experiment AS x ON x.id = s.experiment_id AND x.status = 'running'
        JOIN galope.subjects() AS l ON l.lead_id = s.lead_id
    ), served AS (
        SELECT g.*, a.id AS alert
        FROM given AS g
        LEFT JOIN galope.alert AS a
            ON a.lead_id = g.lead_id AND a.motive = g.motive AND a.state = 'open' AND a.xid = pg_current_xact_id()
        WHERE g.motive IS NULL OR (a.id IS NOT NULL AND NOT EXISTS (
            SELECT FROM galope.alert AS m
            WHERE m.lead_id = a.lead_id AND m.motive = a.motive AND m.closed_reason = 'merged' AND m.closed_at >= a.since
        ))
    ), exposed AS (
        INSERT INTO galope.exposure (experiment_id, lead_id, arm, score_before)
        SELECT id, lead_id, arm, score FROM served
        ON CONFLICT DO NOTHING
    )
    UPDATE galope.alert AS a SET state = 'closed', closed_at = a.updated_at, closed_reason = 'held_back'
    FROM served AS s WHERE a.id = s.alert AND s.arm = 'none';
END
$$;
