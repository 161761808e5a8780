-- What is recommended for a lead, where that became another action or another channel: on the row of the rescoring that wrote
-- it to the lead, and null on every other row. What had been recommended before this is not known to have become another.
ALTER TABLE galope.score_history ADD COLUMN action text, ADD COLUMN channel text;
ALTER TABLE galope.score_history
    ADD CONSTRAINT score_history_recommended CHECK ((action IS NULL) = (channel IS NULL)) NOT VALID;
CREATE INDEX score_history_recommended_at ON galope.score_history (scored_at) WHERE action IS NOT NULL;
