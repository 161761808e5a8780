-- Whoever may use the schema sees which number the score history has come to: the API tells by it that the history was
-- restored to an earlier state.
GRANT SELECT ON SEQUENCE galope.score_history_id_seq TO PUBLIC;
