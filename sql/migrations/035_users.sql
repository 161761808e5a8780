-- Who works in the admin. A name stands on leads and in the timeline, so no two who work at a time have the same one. Of a
-- password only a hash is kept; null for who signs in elsewhere only.
CREATE TABLE galope.user (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name          text NOT NULL,
    email         text NOT NULL,
    role          text NOT NULL,
    password_hash text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    removed_at    timestamptz,
    CONSTRAINT user_role_known CHECK (role IN ('viewer', 'seller', 'manager', 'admin'))
);
CREATE UNIQUE INDEX user_name ON galope.user (lower(name)) WHERE removed_at IS NULL;
CREATE UNIQUE INDEX user_email ON galope.user (lower(email)) WHERE removed_at IS NULL;

-- Who has signed in. Of what a browser keeps only its hash is here.
CREATE TABLE galope.session (
    token_hash bytea PRIMARY KEY,
    user_id    bigint NOT NULL REFERENCES galope.user (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX session_of_user ON galope.session (user_id);

-- Whom a lead is with, where the team's own table does not say so.
CREATE TABLE galope.lead_owner (
    lead_id uuid PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES galope.user (id)
);

-- A lead's timeline says who did what.
CREATE INDEX audit_lead ON galope.audit (lead_id) WHERE lead_id IS NOT NULL;
