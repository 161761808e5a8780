"""Hostile schemas and settings that Galope is put beside: what each is, and what comes of it."""

from __future__ import annotations

from typing import NamedTuple

from tests.sql.existing import TABLES

RIGHT = ""
"""Installed, and scores what is written."""


class Door(NamedTuple):
    """A database that nobody here made.

    Parameters
    ----------
    made
        Statements that make it, after the usual tables.
    said
        A pattern of the one sentence that `--install` refuses it with; `RIGHT` where it works.
    """

    made: str
    said: str = RIGHT


def swapped(table: str, old: str, new: str) -> str:
    """Return statements that make the usual tables anew, with a piece of one written otherwise."""
    drop = "DROP TABLE lead_notes, events, partners, leads CASCADE; DROP FUNCTION touch CASCADE;"
    start = TABLES.index(f"CREATE TABLE {table} ")
    assert old in TABLES[start:], f"{old!r} is not in {table}"
    return drop + TABLES[:start] + TABLES[start:].replace(old, new, 1)


def without_references(table: str, old: str, new: str) -> str:
    """Do the same, where a foreign key would not fit any more."""
    return swapped(table, old, new).replace(" REFERENCES leads (id) ON DELETE CASCADE", "")


EVENT_ID = "uuid PRIMARY KEY DEFAULT gen_random_uuid()"
BY_MONTH = """
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT
"""
PARTITIONED = (
    swapped("events", EVENT_ID, "uuid NOT NULL DEFAULT gen_random_uuid()").replace(
        "ts         timestamptz DEFAULT now(),\n    metadata   jsonb\n);",
        "ts timestamptz NOT NULL DEFAULT now(), metadata jsonb,\n    PRIMARY KEY (id, ts)\n)"
        " PARTITION BY RANGE (ts);",
    )
    + BY_MONTH
)
TRIGGER = """
CREATE FUNCTION theirs() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$;
CREATE TRIGGER theirs {when} ON leads FOR EACH ROW EXECUTE FUNCTION theirs();
"""

DOORS: dict[str, Door] = {
    "the usual tables": Door("SELECT"),
    # ----------------------------------------------------------------- columns of events
    "events.id is bigint": Door(
        swapped("events", EVENT_ID, "bigserial PRIMARY KEY"),
        r"events\.id is bigint and must be uuid.*galope\.toml",
    ),
    "events has no id": Door(
        swapped("events", f"id         {EVENT_ID},", ""), r"events has no column id"
    ),
    "events name their columns otherwise": Door(
        "ALTER TABLE events RENAME ts TO occurred_at; ALTER TABLE events RENAME event_type TO kind",
        r"no column event_type \(.*no column ts \(timestamp with time zone\).*galope\.toml",
    ),
    "events.metadata is json": Door(
        swapped("events", "metadata   jsonb", "metadata json"), r"events\.metadata is json and"
    ),
    "events.metadata is text": Door(
        swapped("events", "metadata   jsonb", "metadata text"), r"events\.metadata is text and"
    ),
    "events have no metadata": Door(
        "ALTER TABLE events DROP COLUMN metadata", r"no column metadata \(jsonb\)"
    ),
    "events.event_type is an enum": Door(
        "CREATE TYPE kind AS ENUM ('page_view', 'cta_click'); "
        + swapped("events", "event_type text", "event_type kind")
    ),
    "events.event_type is a varchar": Door("ALTER TABLE events ALTER event_type TYPE varchar(40)"),
    "events.event_type is a domain": Door(
        "CREATE DOMAIN kind AS text CHECK (VALUE <> '');"
        "ALTER TABLE events ALTER event_type TYPE kind"
    ),
    "events.event_type is a number": Door(
        swapped("events", "event_type text", "event_type integer"),
        r"events\.event_type is integer and must be text",
    ),
    "events.ts has no zone": Door(
        "ALTER TABLE events ALTER ts TYPE timestamp",
        r"events\.ts is timestamp without time zone and must be timestamp with time zone",
    ),
    "events.ts is a number": Door(
        swapped("events", "ts         timestamptz DEFAULT now()", "ts bigint"), r"events\.ts is"
    ),
    "events.ts is a day": Door(
        "ALTER TABLE events ALTER ts DROP DEFAULT, ALTER ts TYPE date", r"events\.ts is date"
    ),
    "events.lead_id is text": Door(
        without_references("events", "lead_id    uuid", "lead_id text"), r"events\.lead_id is text"
    ),
    # ----------------------------------------------------------------- columns of leads
    "leads.id is bigint": Door(
        without_references("leads", EVENT_ID, "bigserial PRIMARY KEY"), r"leads\.id is bigint"
    ),
    "leads.id is text": Door(
        without_references("leads", EVENT_ID, "text PRIMARY KEY"), r"leads\.id is text"
    ),
    "leads.id is not unique": Door(
        without_references("leads", EVENT_ID, "uuid DEFAULT gen_random_uuid()"),
        r"leads\.id is not unique.*ADD PRIMARY KEY",
    ),
    "leads name their columns otherwise": Door(
        "ALTER TABLE leads RENAME created_at TO criado_em; ALTER TABLE leads RENAME nome TO name",
        r"no column created_at .*no column nome",
    ),
    "leads.created_at has no zone": Door(
        "ALTER TABLE leads ALTER created_at TYPE timestamp", r"leads\.created_at is timestamp"
    ),
    "leads.status is an enum": Door(
        "CREATE TYPE stage AS ENUM ('CURIOSO', 'AQUECENDO', 'QUALIFICADO', 'ENVIADO');"
        "ALTER TABLE leads ALTER status DROP DEFAULT, ALTER status TYPE stage USING status::stage",
        r"leads\.status is stage and must be text",
    ),
    "leads have no status": Door("ALTER TABLE leads DROP COLUMN status", r"no column status"),
    "leads.uf is an enum": Door(
        "CREATE TYPE state AS ENUM ('MG', 'SP');"
        "ALTER TABLE leads ALTER uf TYPE state USING uf::text::state"
    ),
    "leads.score is generated": Door(
        "ALTER TABLE leads DROP score, ADD score integer GENERATED ALWAYS AS (length(nome)) STORED",
        r"leads\.score is generated",
    ),
    "leads.score is an array": Door(
        "ALTER TABLE leads DROP score, ADD score integer[]", r"leads\.score is integer\[\] and"
    ),
    "leads.score is text": Door(
        "ALTER TABLE leads ALTER score TYPE text", r"leads\.score is text and must be a number"
    ),
    "leads.score holds a digit": Door(
        "ALTER TABLE leads ALTER score TYPE numeric(1, 0)", r"can't be written.*overflow"
    ),
    "leads.score has another range": Door(
        "ALTER TABLE leads ADD CONSTRAINT ten CHECK (score <= 10)", r"can't be written.*\"ten\""
    ),
    "leads.score_motivos is an array": Door(
        "ALTER TABLE leads DROP score_motivos, ADD score_motivos text[]",
        r"leads\.score_motivos is text\[\] and must be jsonb",
    ),
    "leads.status is too short": Door(
        "ALTER TABLE leads ALTER status TYPE varchar(8)", r"can't be written.*too long"
    ),
    "leads.status has other words": Door(
        "ALTER TABLE leads ADD CONSTRAINT words CHECK (status IN ('CURIOSO', 'CLIENTE'))",
        r"can't be written.*\"words\"",
    ),
    "a name of 2,880 letters": Door(
        "INSERT INTO leads (nome, segmento_interesse)"
        " SELECT string_agg(md5(n::text), ''), 'CAVALOS' FROM generate_series(1, 90) AS n"
    ),
    # ----------------------------------------------------------------- what leads and events are
    "leads is a view": Door(
        "ALTER TABLE leads RENAME TO people; CREATE VIEW leads AS SELECT * FROM people",
        r"leads is a view.*galope\.toml",
    ),
    "events is a materialized view": Door(
        "ALTER TABLE events RENAME TO log; CREATE MATERIALIZED VIEW events AS SELECT * FROM log",
        r"events is a materialized view",
    ),
    "events is a foreign table": Door(
        "DROP TABLE events; CREATE EXTENSION postgres_fdw;"
        "CREATE SERVER there FOREIGN DATA WRAPPER postgres_fdw;"
        "CREATE FOREIGN TABLE events (id uuid, lead_id uuid, event_type text, ts timestamptz,"
        " metadata jsonb) SERVER there",
        r"events is a foreign table",
    ),
    "events is inherited": Door(
        "CREATE TABLE events_old () INHERITS (events)", r"events is inherited by other tables"
    ),
    "leads is in another schema": Door(
        "CREATE SCHEMA crm; ALTER TABLE leads SET SCHEMA crm",
        r"table crm\.leads.*schema=crm.*galope\.toml",
    ),
    "both are in another schema": Door(
        "CREATE SCHEMA crm; ALTER TABLE leads SET SCHEMA crm; ALTER TABLE events SET SCHEMA crm",
        r"crm\.events.*crm\.leads",
    ),
    "events are of other leads": Door(
        "CREATE SCHEMA crm; CREATE TABLE crm.leads (LIKE public.leads INCLUDING ALL);"
        "ALTER ROLE {role} SET search_path = crm, public",
        r"events\.lead_id refers to public\.leads, but role .* finds crm\.leads",
    ),
    "a table of the same name in another schema": Door(
        "CREATE SCHEMA crm; CREATE TABLE crm.leads (id int); CREATE TABLE crm.events (id int)"
    ),
    "leads is written with a capital": Door(
        'ALTER TABLE leads RENAME TO "Leads"', r'table public\."Leads"'
    ),
    "events is partitioned": Door(PARTITIONED),
    "leads is partitioned": Door(
        without_references("leads", EVENT_ID, "uuid NOT NULL DEFAULT gen_random_uuid()").replace(
            "updated_at         timestamptz DEFAULT now()\n);",
            "updated_at timestamptz DEFAULT now(), PRIMARY KEY (id, created_at)\n)"
            " PARTITION BY RANGE (created_at);"
            "CREATE TABLE leads_rest PARTITION OF leads DEFAULT;",
            1,
        )
    ),
    "schema galope is somebody else's": Door(
        "CREATE SCHEMA galope; CREATE TABLE galope.horses (id int)",
        r"Schema galope exists and is not Galope's: it holds horses",
    ),
    "events is unlogged": Door("ALTER TABLE events SET UNLOGGED"),
    "a foreign key is looked at late": Door(
        "ALTER TABLE events DROP CONSTRAINT events_lead_id_fkey,"
        " ADD FOREIGN KEY (lead_id) REFERENCES leads DEFERRABLE INITIALLY DEFERRED"
    ),
    "metadata of every kind": Door(
        "INSERT INTO leads (nome, segmento_interesse) VALUES ('A', 'B');"
        "INSERT INTO events (lead_id, event_type, metadata) SELECT id, 'crm_manual_move', m"
        " FROM leads, unnest("
        "ARRAY['[1]', '\"x\"', 'null', '{\"to_stage\": {\"a\": 1}}']::jsonb[]) AS m;"
        "INSERT INTO events (lead_id, event_type) SELECT id, repeat('é', 5000) FROM leads"
    ),
    "answers of every type": Door(
        "CREATE TYPE address AS (street text, number int);"
        "ALTER TABLE leads ADD a address, ADD b point, ADD c int4range, ADD d bytea,"
        " ADD e interval, ADD f money, ADD g bit(3), ADD h float8, ADD i numeric, ADD j json;"
        "INSERT INTO leads (nome, segmento_interesse, a, b, c, d, e, f, g, h, i, j) VALUES"
        " ('q', 'CAVALOS', ROW ('a', 1), '(1,2)', '[1,2)', '\\x00ff', '1 day', 3, '101', 'NaN',"
        " 'Infinity', '{\"a\": \"\\u0000\"}')"
    ),
    "creation without a time": Door(
        "ALTER TABLE leads ALTER created_at DROP NOT NULL;"
        "INSERT INTO leads (nome, segmento_interesse, created_at) VALUES"
        " ('x', 'B', NULL), ('y', 'B', 'infinity'), ('z', 'B', '-infinity')"
    ),
    "leads has more columns than names": Door(
        'ALTER TABLE leads ADD "order" text, ADD "Ação" text, ADD embedding float8[]'
    ),
    # ----------------------------------------------------------------- rules, triggers, policies
    "a rule beside updates": Door(
        "CREATE TABLE seen (id uuid);"
        "CREATE RULE also AS ON UPDATE TO leads DO ALSO INSERT INTO seen VALUES (NEW.id)",
        r"Rules rewrite writes: also on leads",
    ),
    "a rule instead of inserts": Door(
        "CREATE TABLE log (LIKE events);"
        "CREATE RULE there AS ON INSERT TO events DO INSTEAD INSERT INTO log VALUES (NEW.*)",
        r"Rules rewrite writes: there on events",
    ),
    "a trigger that skips updates": Door(
        TRIGGER.format(when="BEFORE UPDATE", body="RETURN NULL;"), r"keeps what Galope.*theirs"
    ),
    "a trigger that fails": Door(
        TRIGGER.format(when="BEFORE UPDATE", body="RAISE 'not on my watch';"),
        r"can't be written to (public\.)?leads: not on my watch \(in function theirs\(\)\)",
    ),
    "a trigger that fails at commit": Door(
        "CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE 'too late'; END $$;"
        "CREATE CONSTRAINT TRIGGER late AFTER UPDATE ON leads DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION late()",
        r"can't be written to (public\.)?leads: too late",
    ),
    "row security is on": Door(
        "ALTER TABLE leads ENABLE ROW LEVEL SECURITY;"
        "CREATE POLICY few ON leads FOR SELECT USING (nome > 'M')"
    ),
    "row security is forced": Door(
        "ALTER TABLE leads ENABLE ROW LEVEL SECURITY; ALTER TABLE leads FORCE ROW LEVEL SECURITY",
        r"Row-level security hides rows of (public\.)?leads.*BYPASSRLS",
    ),
    "row security is forced on events": Door(
        "ALTER TABLE events ENABLE ROW LEVEL SECURITY; ALTER TABLE events FORCE ROW LEVEL SECURITY;"
        "CREATE POLICY ours ON events FOR SELECT USING (true)",
        r"Row-level security hides rows of (public\.)?events",
    ),
    "a publication for all tables": Door("CREATE PUBLICATION everything FOR ALL TABLES"),
    # ----------------------------------------------------------------- settings of the role
    "search_path is empty": Door(
        "ALTER ROLE {role} SET search_path = ''", r"search path of role .* names no schema"
    ),
    "transactions are read-only": Door(
        "ALTER ROLE {role} SET default_transaction_read_only = on", r"are read-only.*ALTER ROLE"
    ),
    "statements have 100 ms": Door("ALTER ROLE {role} SET statement_timeout = '100ms'"),
    "sessions may not be idle": Door("ALTER ROLE {role} SET idle_session_timeout = '300ms'"),
    "transactions may not be idle": Door(
        "ALTER ROLE {role} SET idle_in_transaction_session_timeout = '50ms'"
    ),
    "transactions are serializable": Door(
        "ALTER ROLE {role} SET default_transaction_isolation = 'serializable'"
    ),
    "times are told in another zone": Door("ALTER ROLE {role} SET timezone = 'Asia/Kathmandu'"),
    "names are always quoted": Door("ALTER ROLE {role} SET quote_all_identifiers = on"),
    "text is told in another encoding": Door("ALTER ROLE {role} SET client_encoding = 'LATIN1'"),
    "replication is the role's": Door(
        "GRANT SET ON PARAMETER session_replication_role TO {role};"
        "ALTER ROLE {role} SET session_replication_role = replica"
    ),
    "dates are written otherwise": Door("ALTER ROLE {role} SET datestyle = 'German, DMY'"),
}
"""By what is the matter with them. `{role}` is the one that installs and runs the stream."""

NUMBERED = without_references("leads", EVENT_ID, "bigserial PRIMARY KEY").replace(
    f"id         {EVENT_ID},\n    lead_id    uuid",
    "id bigserial PRIMARY KEY,\n    lead_id bigint",
)

MAPPED_DOORS: dict[str, Door] = {
    name: DOORS[name]
    for name in (
        "the usual tables",
        "events is partitioned",
        "events is inherited",
        "row security is on",
        "row security is forced",
        "row security is forced on events",
        "a publication for all tables",
        "events.event_type is an enum",
        "leads.uf is an enum",
        "transactions are read-only",
        "search_path is empty",
    )
} | {
    "keys are numbers": Door(NUMBERED),
    "events have no id": Door(swapped("events", f"id         {EVENT_ID},", "")),
    "events have no metadata": Door("ALTER TABLE events DROP COLUMN metadata"),
    "events name their columns otherwise": Door(
        "ALTER TABLE events RENAME ts TO occurred_at", r"source 1\.at: ts can't be used"
    ),
    "events.ts has no zone": Door(
        "ALTER TABLE events ALTER ts TYPE timestamp", r"source 1\.at: ts .*no time zone"
    ),
    "leads.id is not unique": Door(
        without_references("leads", EVENT_ID, "uuid DEFAULT gen_random_uuid()"),
        r"subject\.lead\.key: id of .* is not unique",
    ),
    "leads.uf is generated": Door(
        "ALTER TABLE leads DROP uf, ADD uf text GENERATED ALWAYS AS (left(cidade, 2)) STORED"
    ),
    "leads.score is generated": DOORS["leads.score is generated"]._replace(said=RIGHT),
    "a rule beside updates": DOORS["a rule beside updates"]._replace(said=RIGHT),
    "a rule beside inserts": Door(
        "CREATE TABLE seen (id uuid);"
        "CREATE RULE also AS ON INSERT TO events DO ALSO INSERT INTO seen VALUES (NEW.id)"
    ),
    "a trigger that skips updates": DOORS["a trigger that skips updates"]._replace(said=RIGHT),
    "a trigger that fails": DOORS["a trigger that fails"]._replace(said=RIGHT),
}
"""What tables that ``galope.toml`` maps may be like: scores go to Galope's own table."""

WRITTEN_DOORS: dict[str, Door] = {
    name: DOORS[name]
    for name in (
        "the usual tables",
        "events is partitioned",
        "leads.score holds a digit",
        "leads.score has another range",
        "a trigger that skips updates",
        "a trigger that fails",
        "a trigger that fails at commit",
        "statements have 100 ms",
        "transactions are serializable",
    )
} | {
    "keys are numbers": Door(NUMBERED),
    "leads.score is generated": Door(
        DOORS["leads.score is generated"].made,
        r"columns\.score: score of .* is generated",
    ),
    "leads.score is text": Door(
        DOORS["leads.score is text"].made, r"columns\.score: score of .* is text"
    ),
    "a rule beside updates": Door(
        DOORS["a rule beside updates"].made, r"can't be written to public\.leads: .*rule"
    ),
    "a rule beside inserts": MAPPED_DOORS["a rule beside inserts"],
}
"""The same where scores go to the team's column ``score`` too."""
