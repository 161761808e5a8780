-- What was found odd of a lead, a partner, or two of them, and how somebody settled it. What was settled stays, so that it does
-- not come back. Facts hold codes and numbers, and answers that are no personal data.
CREATE TABLE galope.finding (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code       text NOT NULL,
    lead_id    uuid,
    partner_id uuid,
    other_id   uuid,
    facts      jsonb NOT NULL DEFAULT '{}',
    found_at   timestamptz NOT NULL DEFAULT now(),
    settlement text,
    settled_at timestamptz,
    settled_by text,
    CONSTRAINT finding_of_one CHECK (num_nonnulls(lead_id, partner_id) = 1),
    CONSTRAINT finding_settlement_known CHECK (settlement IN ('merged', 'fixed', 'ignored'))
);
CREATE UNIQUE INDEX finding_once
    ON galope.finding (code, (coalesce(lead_id, partner_id)), (coalesce(other_id, lead_id, partner_id)));
CREATE INDEX finding_lead ON galope.finding (lead_id);

-- A lead that was merged into another, and all that it takes to part them again. Its row is personal data of the lead that was
-- kept, and goes with it.
CREATE TABLE galope.merged_lead (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lead_id      uuid NOT NULL,
    merged_id    uuid NOT NULL,
    merged_row   jsonb NOT NULL,
    kept_answers jsonb NOT NULL,
    kept_owner   boolean NOT NULL,
    events       text[] NOT NULL,
    notes        text[] NOT NULL,
    held         jsonb NOT NULL,
    merged_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX merged_lead_kept ON galope.merged_lead (lead_id, merged_id);
