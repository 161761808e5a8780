-- Names in the field's words: notify_enabled for hand, evaluated for judged, snapshots for moments, and in a snapshot
-- probabilities for said.

ALTER SEQUENCE galope.hand RENAME TO notify_enabled;

ALTER TABLE galope.outcome RENAME COLUMN judged TO evaluated;

ALTER TABLE galope.prediction RENAME COLUMN moments TO snapshots;

-- Where everything is replicated, Postgres updates no table that has neither a key nor this.
ALTER TABLE galope.prediction REPLICA IDENTITY FULL;

UPDATE galope.prediction SET snapshots = regexp_replace(snapshots::text, '"said"(\s*):', '"probabilities"\1:', 'g')::json;
