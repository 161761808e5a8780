-- The partner or the UF whose arm a lead followed when it was first served; null where the experiment is of leads.
ALTER TABLE galope.exposure ADD COLUMN unit text;
ALTER TABLE galope.exposure ADD CONSTRAINT exposure_unit_named CHECK (unit <> '');
