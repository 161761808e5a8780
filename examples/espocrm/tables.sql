-- The tables of EspoCRM, on Postgres, that Galope reads, with the columns that matter here. Keys are text of 17
-- characters; times are in UTC without saying so; what is deleted is only marked.

CREATE TABLE "lead" (
    id                          varchar(17) PRIMARY KEY,
    deleted                     boolean DEFAULT false,
    salutation_name             varchar(255),
    first_name                  varchar(100),
    last_name                   varchar(100),
    title                       varchar(100),
    status                      varchar(255) DEFAULT 'New',
    source                      varchar(255),
    industry                    varchar(255),
    opportunity_amount          double precision,
    opportunity_amount_currency varchar(3),
    website                     varchar(255),
    address_street              varchar(255),
    address_city                varchar(100),
    address_country             varchar(100),
    account_name                varchar(255),
    description                 text,
    do_not_call                 boolean DEFAULT false,
    created_at                  timestamp without time zone,
    modified_at                 timestamp without time zone,
    converted_at                timestamp without time zone,
    created_by_id               varchar(17),
    assigned_user_id            varchar(17)
);

CREATE TABLE note (
    id          varchar(17) PRIMARY KEY,
    deleted     boolean DEFAULT false,
    post        text,
    data        text,
    type        varchar(24),
    parent_id   varchar(17),
    parent_type varchar(100),
    created_at  timestamp without time zone,
    modified_at timestamp without time zone
);

CREATE TABLE "call" (
    id          varchar(17) PRIMARY KEY,
    deleted     boolean DEFAULT false,
    name        varchar(255),
    status      varchar(255) DEFAULT 'Planned',
    date_start  timestamp without time zone,
    direction   varchar(255) DEFAULT 'Outbound',
    parent_id   varchar(17),
    parent_type varchar(100),
    created_at  timestamp without time zone
);
