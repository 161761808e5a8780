-- How the action that is recommended was drawn, where the team has actions learned: which, what the rules suggested, the probability
-- of each that was allowed, and what a model reads of the lead. Null where the rules decided, and where an earlier draw stood.
ALTER TABLE galope.score_history ADD COLUMN decision json;
CREATE INDEX score_history_decided ON galope.score_history (lead_id, id) WHERE decision IS NOT NULL;

-- What was learned of actions, as JSON, and what is known of it. The newest row counts, and decides nothing once it was not
-- looked at again for 30 days.
CREATE TABLE galope.action_model (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model       json NOT NULL,
    report      jsonb NOT NULL,
    fitted_at   timestamptz NOT NULL DEFAULT now(),
    valid_until timestamptz NOT NULL DEFAULT now() + interval '30 days'
);
