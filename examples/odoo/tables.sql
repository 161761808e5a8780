-- The tables of Odoo's CRM that Galope reads, with the columns that matter here: enough to try galope.toml on.

CREATE TABLE crm_stage (
    id       serial PRIMARY KEY,
    sequence integer DEFAULT 1,
    name     varchar NOT NULL,
    is_won   boolean DEFAULT false,
    fold     boolean DEFAULT false
);
INSERT INTO crm_stage (name, is_won) VALUES ('New', false), ('Qualified', false), ('Proposition', false), ('Won', true);

CREATE TABLE utm_source (
    id   serial PRIMARY KEY,
    name varchar NOT NULL
);
INSERT INTO utm_source (name) VALUES ('Search engine'), ('Newsletter');

CREATE TABLE crm_lost_reason (
    id   serial PRIMARY KEY,
    name varchar NOT NULL
);
INSERT INTO crm_lost_reason (name) VALUES ('Too expensive');

CREATE TABLE crm_lead (
    id                     serial PRIMARY KEY,
    name                   varchar NOT NULL,
    type                   varchar NOT NULL DEFAULT 'opportunity',
    active                 boolean DEFAULT true,
    stage_id               integer REFERENCES crm_stage (id),
    lost_reason_id         integer REFERENCES crm_lost_reason (id) ON DELETE SET NULL,
    user_id                integer,
    team_id                integer,
    company_id             integer,
    source_id              integer REFERENCES utm_source (id) ON DELETE SET NULL,
    priority               varchar,
    color                  integer,
    contact_name           varchar,
    partner_name           varchar,
    email_from             varchar,
    phone                  varchar,
    street                 varchar,
    zip                    varchar,
    city                   varchar,
    website                varchar,
    function               varchar,
    description            text,
    expected_revenue       numeric,
    probability            double precision,
    automated_probability  double precision,
    date_open              timestamp without time zone,
    date_closed            timestamp without time zone,
    date_last_stage_update timestamp without time zone,
    date_conversion        timestamp without time zone,
    date_deadline          date,
    day_open               double precision,
    day_close              double precision,
    message_bounce         integer,
    create_uid             integer,
    create_date            timestamp without time zone DEFAULT (now() AT TIME ZONE 'UTC'),
    write_uid              integer,
    write_date             timestamp without time zone DEFAULT (now() AT TIME ZONE 'UTC')
);

CREATE TABLE crm_lead_scoring_frequency (
    id         serial PRIMARY KEY,
    variable   varchar,
    value      varchar,
    won_count  double precision,
    lost_count double precision
);

CREATE TABLE mail_message (
    id           serial PRIMARY KEY,
    subject      varchar,
    date         timestamp without time zone DEFAULT (now() AT TIME ZONE 'UTC'),
    body         text,
    parent_id    integer REFERENCES mail_message (id) ON DELETE SET NULL,
    model        varchar,
    res_id       integer,
    message_type varchar NOT NULL DEFAULT 'email',
    subtype_id   integer,
    email_from   varchar,
    author_id    integer,
    create_uid   integer,
    create_date  timestamp without time zone DEFAULT (now() AT TIME ZONE 'UTC'),
    write_date   timestamp without time zone DEFAULT (now() AT TIME ZONE 'UTC')
);
CREATE INDEX mail_message_model_res_id ON mail_message (model, res_id);
