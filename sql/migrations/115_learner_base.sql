-- Where a head's contenders began: one that takes over is a version of its own, from which they do not begin anew.
ALTER TABLE galope.learner ADD COLUMN base_version bigint;
UPDATE galope.learner SET base_version = model_version WHERE base_version IS NULL;
ALTER TABLE galope.learner ALTER COLUMN base_version SET NOT NULL;
