-- Galope's indexes on the team's tables, each by its name. Read by postgres/indexes.py. What they hold is bounded: of a
-- text of any length Postgres could not make an index entry, and the team could not store it.

-- galope_events_lead --
-- Finds a lead's events without reading all of them.
CREATE INDEX IF NOT EXISTS galope_events_lead ON events (lead_id, ts);

-- galope_leads_newest --
-- Finds the newest leads without sorting all of them.
CREATE INDEX IF NOT EXISTS galope_leads_newest ON leads (created_at DESC NULLS LAST, id);

-- galope_leads_stage --
-- Finds the newest leads of a stage. It changes only when a lead's stage does, not with its score.
CREATE INDEX IF NOT EXISTS galope_leads_stage
ON leads (galope.stage_of(status, crm_stage), created_at DESC NULLS LAST, id);

-- galope_leads_same --
-- Finds leads of a name that came at about the same time.
CREATE INDEX IF NOT EXISTS galope_leads_same ON leads (lower(left(nome, 200)), created_at);
