-- When an experiment was concluded, which is not when it was stopped, and which transaction did it, so that webhooks tell of
-- it; what was concluded before is told to nobody.
ALTER TABLE galope.experiment ADD COLUMN concluded_at timestamptz;
ALTER TABLE galope.experiment ADD COLUMN xid xid8;
CREATE INDEX experiment_xid ON galope.experiment (xid) WHERE xid IS NOT NULL;

-- That is news of no lead.
ALTER TABLE galope.webhook_delivery ALTER COLUMN lead_id DROP NOT NULL;
ALTER TABLE galope.webhook_delivery
    ADD CONSTRAINT webhook_delivery_of_lead CHECK (lead_id IS NOT NULL OR topic = 'experiment.concluded');
