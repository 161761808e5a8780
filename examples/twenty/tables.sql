-- The tables of Twenty that Galope reads, with the columns that matter here. Each workspace has a schema of its own,
-- which is not on the search path; names are in camel case; choices are enumerations.

CREATE SCHEMA workspace_1wgvd1injqtife6y4rvfbu3h5;

CREATE TYPE workspace_1wgvd1injqtife6y4rvfbu3h5.opportunity_stage_enum AS ENUM
    ('NEW', 'SCREENING', 'MEETING', 'PROPOSAL', 'CUSTOMER');

CREATE TABLE workspace_1wgvd1injqtife6y4rvfbu3h5.opportunity (
    id                   uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name                 text DEFAULT '',
    "amountAmountMicros" numeric,
    "amountCurrencyCode" text,
    "closeDate"          timestamptz,
    stage                workspace_1wgvd1injqtife6y4rvfbu3h5.opportunity_stage_enum NOT NULL DEFAULT 'NEW',
    position             double precision DEFAULT 0,
    "createdBySource"    text,
    "createdByName"      text,
    "pointOfContactId"   uuid,
    "companyId"          uuid,
    "createdAt"          timestamptz NOT NULL DEFAULT now(),
    "updatedAt"          timestamptz NOT NULL DEFAULT now(),
    "deletedAt"          timestamptz
);

CREATE TABLE workspace_1wgvd1injqtife6y4rvfbu3h5."timelineActivity" (
    id                       uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    "happensAt"              timestamptz NOT NULL DEFAULT now(),
    name                     text,
    properties               jsonb,
    "linkedRecordCachedName" text,
    "targetPersonId"         uuid,
    "targetOpportunityId"    uuid REFERENCES workspace_1wgvd1injqtife6y4rvfbu3h5.opportunity (id) ON DELETE CASCADE,
    "createdAt"              timestamptz NOT NULL DEFAULT now(),
    "deletedAt"              timestamptz
);
