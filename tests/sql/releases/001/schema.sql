-- Galope: tables. Safe to apply again, and to a database that already has leads and events. In one transaction
-- (psql -1).
--
-- The team's own tables (leads, events, partners, lead_notes) are created only where they are missing. On tables that
-- exist Galope adds columns and nothing else, and remembers which ones, so that uninstall.sql takes off only those.
-- No table of Galope's references theirs: a foreign key would make their TRUNCATE fail.

-- For a role named galope, "$user" in the search path would put these tables into Galope's own schema.
DO $$
BEGIN
    PERFORM set_config(
        'search_path',
        coalesce(
            (SELECT string_agg(quote_ident(name), ', ' ORDER BY place)
             FROM unnest(current_schemas(false)) WITH ORDINALITY AS path (name, place) WHERE name <> 'galope'),
            'public'
        ),
        true
    );
END
$$;

CREATE TABLE IF NOT EXISTS leads (
    id                 uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    nome               text NOT NULL,
    whatsapp           text,
    email              text,
    uf                 char(2),
    cidade             text,
    segmento_interesse text NOT NULL,
    orcamento_faixa    text,
    prazo_compra       text,
    score              integer,
    status             text NOT NULL DEFAULT 'CURIOSO',
    score_motivos      jsonb,
    created_at         timestamptz NOT NULL DEFAULT now(),
    updated_at         timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS events (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    lead_id    uuid NOT NULL REFERENCES leads (id) ON DELETE CASCADE,
    event_type text NOT NULL,
    ts         timestamptz NOT NULL DEFAULT now(),
    metadata   jsonb
);

CREATE TABLE IF NOT EXISTS partners (
    id                    uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    cnpj                  text NOT NULL UNIQUE,
    razao_social          text,
    nome_fantasia         text,
    uf                    char(2) NOT NULL,
    municipio_cod         text,
    municipio_nome        text,
    cnae_principal        text,
    cnaes_secundarios     text[],
    segmento              text,
    prioridade            integer DEFAULT 2,
    situacao_cadastral    text,
    data_inicio_atividade date,
    contato               jsonb,
    endereco              jsonb,
    created_at            timestamptz NOT NULL DEFAULT now(),
    updated_at            timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS lead_notes (
    id          bigserial PRIMARY KEY,
    lead_id     uuid NOT NULL REFERENCES leads (id) ON DELETE CASCADE,
    note_type   text NOT NULL DEFAULT 'NOTE',
    note_text   text,
    action_date date,
    action_time time,
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE SCHEMA IF NOT EXISTS galope;

-- What Galope added to the team's tables, for uninstall.sql.
CREATE TABLE IF NOT EXISTS galope.added_column (
    table_name  text NOT NULL,
    column_name text NOT NULL,
    PRIMARY KEY (table_name, column_name)
);

DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT * FROM (VALUES
            ('crm_stage',         'text DEFAULT ''INBOX'''),
            ('next_action_text',  'text'),
            ('next_action_date',  'date'),
            ('next_action_time',  'time'),
            ('next_action_at',    'timestamptz'),
            ('next_best_action',  'jsonb'),
            ('score',             'integer'),
            ('score_motivos',     'jsonb'),
            ('score_engine',      'text'),
            ('score_model_name',  'text'),
            ('score_probability', 'double precision'),
            ('score_scored_at',   'timestamptz'),
            ('score_meta',        'jsonb')
        ) AS w (name, definition)
        WHERE NOT EXISTS (
            SELECT FROM pg_attribute
            WHERE attrelid = 'leads'::regclass AND attname = w.name AND NOT attisdropped
        )
    LOOP
        EXECUTE format('ALTER TABLE leads ADD COLUMN %I %s', wanted.name, wanted.definition);
        INSERT INTO galope.added_column VALUES ('leads', wanted.name) ON CONFLICT DO NOTHING;
    END LOOP;
END
$$;

-- Every committed change, once, in the order of nobody: the cursor reads it by transaction visibility. Append-only;
-- emptied by TRUNCATE when all of it has been consumed. It holds no profile and no metadata. A kind is event, lead,
-- rebuild, gone or reset, and all but reset name a lead; CHECKs that say so made an insert into events 10 µs slower.
CREATE TABLE IF NOT EXISTS galope.change_log (
    xid         xid8 NOT NULL DEFAULT pg_current_xact_id(),
    id          bigint GENERATED ALWAYS AS IDENTITY (CACHE 100),
    kind        text NOT NULL,
    lead_id     uuid,
    event_id    uuid,
    event_type  text,
    occurred_at timestamptz,
    PRIMARY KEY (xid, id)
);

-- Whether the stream waits to be told of changes: 1 while its hand is up. A sequence, because it is read and set at once
-- by everybody, outside transactions, without a lock that inserts would queue for.
CREATE SEQUENCE IF NOT EXISTS galope.hand AS smallint MINVALUE 0 MAXVALUE 1;

-- The last committed position. `snapshot` is what has been consumed whole; while a larger window is consumed page by
-- page, `window_snapshot` is its upper end and (after_xid, after_id) the last row taken. `model_version` is the one that all
-- leads are scored with, or due to be.
CREATE TABLE IF NOT EXISTS galope.cursor (
    partition         smallint PRIMARY KEY DEFAULT 0,
    snapshot          pg_snapshot NOT NULL,
    window_snapshot   pg_snapshot,
    after_xid         xid8 NOT NULL DEFAULT '0',
    after_id          bigint NOT NULL DEFAULT 0,
    system_identifier bigint NOT NULL,
    epoch             bigint NOT NULL DEFAULT 0,
    model_version     bigint NOT NULL DEFAULT 0,
    heartbeat_at      timestamptz NOT NULL DEFAULT now()
);

-- One row a lead: the folded state, and the last score given to it. `built_snapshot` says which transactions the state
-- already holds because it was read from the lead's rows, so that their changes are not folded again.
CREATE TABLE IF NOT EXISTS galope.lead_state (
    lead_id        uuid PRIMARY KEY,
    state          json NOT NULL,
    built_snapshot pg_snapshot,
    score          smallint NOT NULL,
    rescore_at     timestamptz NOT NULL,
    CONSTRAINT lead_state_score_in_range CHECK (score BETWEEN 0 AND 100)
) WITH (fillfactor = 70);
CREATE INDEX IF NOT EXISTS lead_state_rescore_at ON galope.lead_state (rescore_at);

-- One lead scored anew, as the stream sends it. One array of these takes less to read than an array a column.
DO $$
BEGIN
    IF to_regtype('galope.rescore') IS NULL THEN
        CREATE TYPE galope.rescore AS (
            lead_id        uuid,
            state          json,
            built_snapshot pg_snapshot,
            score_before   smallint,
            score          smallint,
            status         text,
            motivos        jsonb,
            action         jsonb,
            suggestion     text,
            points         json,
            probability    double precision,
            cause          text,
            scored_at      double precision,
            rescore_at     double precision
        );
    END IF;
END
$$;

-- One row a rescore: what changed it, before, after, and the points behind it by signal.
CREATE TABLE IF NOT EXISTS galope.score_history (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lead_id       uuid NOT NULL,
    scored_at     timestamptz NOT NULL,
    cause         text NOT NULL,
    score_before  smallint,
    score_after   smallint NOT NULL,
    status        text NOT NULL,
    probability   double precision NOT NULL,
    points        json NOT NULL,
    model_version bigint NOT NULL,
    learned       bigint NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS score_history_lead ON galope.score_history (lead_id, id);

-- Every model ever stored. One champion a head: the one that scores. The reason is a sentence in English; its facts are
-- what a reader's language says it with, and empty where a person wrote it.
CREATE TABLE IF NOT EXISTS galope.model_version (
    version      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    head         text NOT NULL,
    status       text NOT NULL DEFAULT 'candidate',
    model        json NOT NULL,
    metrics      jsonb NOT NULL DEFAULT '{}',
    reason       text NOT NULL,
    reason_facts jsonb NOT NULL DEFAULT '{}',
    created_at   timestamptz NOT NULL DEFAULT now(),
    promoted_at  timestamptz,
    CONSTRAINT model_version_status_known CHECK (status IN ('candidate', 'champion', 'retired'))
);
CREATE UNIQUE INDEX IF NOT EXISTS model_version_one_champion ON galope.model_version (head) WHERE status = 'champion';

-- What people did in the end: the labels. Never a status that the scorer wrote. A lead is judged once its horizon has
-- passed, the quick outcomes and the slow ones of its age together.
CREATE TABLE IF NOT EXISTS galope.outcome (
    lead_id     uuid NOT NULL,
    head        text NOT NULL,
    converted   boolean NOT NULL,
    resolved_at timestamptz NOT NULL,
    source      text NOT NULL,
    judged      boolean NOT NULL DEFAULT false,
    PRIMARY KEY (lead_id, head)
);

-- What a lead looked like at some of its moments, and what every contender said of it then, before its outcome was known:
-- all that is learned from, and all that models are measured by. A row is one batch's moments of a lead. Only ever
-- inserted: with a key and a row a moment it took twice as long.
CREATE TABLE IF NOT EXISTS galope.prediction (
    lead_id       uuid NOT NULL,
    head          text NOT NULL,
    model_version bigint NOT NULL,
    moments       json NOT NULL
);
CREATE INDEX IF NOT EXISTS prediction_lead ON galope.prediction (lead_id);

-- What the models have learned from outcomes since model_version began, one row a head; written with the outcomes.
CREATE TABLE IF NOT EXISTS galope.learner (
    head          text PRIMARY KEY,
    model_version bigint NOT NULL,
    learned       bigint NOT NULL,
    state         json NOT NULL,
    updated_at    timestamptz NOT NULL DEFAULT now()
);

-- How good predictions were, once their outcomes were known: by model version and contender.
CREATE TABLE IF NOT EXISTS galope.model_metric (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    head        text NOT NULL,
    version     bigint NOT NULL,
    contender   text NOT NULL,
    measured_at timestamptz NOT NULL DEFAULT now(),
    metrics     jsonb NOT NULL
);
CREATE INDEX IF NOT EXISTS model_metric_newest ON galope.model_metric (head, measured_at);

-- What the team decided about its funnel: the newest row counts, and holds all of it. Append-only: going back is one more.
CREATE TABLE IF NOT EXISTS galope.policy (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    policy  jsonb NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    made_by text NOT NULL,
    CONSTRAINT policy_is_an_object CHECK (jsonb_typeof(policy) = 'object')
);

-- Changes that could not be used, and why. Deleting a row and asking for `--rebuild` tries it again.
CREATE TABLE IF NOT EXISTS galope.dead_letter (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lead_id    uuid,
    event_id   uuid UNIQUE,
    event_type text,
    reason     text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS dead_letter_lead ON galope.dead_letter (lead_id);

-- ---------------------------------------------------------------------------------------------------- the HTTP API

-- Who may call the API. Of a key only its hash is kept.
CREATE TABLE IF NOT EXISTS galope.api_key (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL,
    role       text NOT NULL,
    key_hash   bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT api_key_role_known CHECK (role IN ('ingest', 'viewer', 'operator', 'admin'))
);

-- Who did what. It outlives the lead, and holds nothing personal.
CREATE TABLE IF NOT EXISTS galope.audit (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT now(),
    actor   text NOT NULL,
    action  text NOT NULL,
    lead_id uuid,
    facts   jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX IF NOT EXISTS audit_at ON galope.audit (at);

-- The board's column that a lead stands in.
CREATE OR REPLACE FUNCTION galope.stage_of(status text, crm_stage text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN status = 'ENVIADO' THEN 'ENVIADO'
                WHEN coalesce(crm_stage, 'INBOX') NOT IN ('INBOX', 'CURIOSO') THEN crm_stage
                WHEN coalesce(status, 'CURIOSO') = 'CURIOSO' THEN 'INBOX'
                ELSE status END;

-- A lead's row as the API answers it: its next action under the names of both clients, times as HH:MM, and what gave
-- the score beside what others keep in score_meta. In PL/pgSQL, for SQL would be inlined and build the row nine times.
CREATE OR REPLACE FUNCTION galope.lead_json(lead jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
    RETURN lead || jsonb_build_object(
        'next_action_time', left(lead ->> 'next_action_time', 5),
        'proxima_acao_texto', lead -> 'next_action_text',
        'proxima_acao_data', lead -> 'next_action_date',
        'proxima_acao_hora', left(lead ->> 'next_action_time', 5),
        'proxima_acao_at', lead -> 'next_action_at',
        'score_meta', CASE WHEN jsonb_typeof(lead -> 'score_meta') = 'object' THEN (lead -> 'score_meta') || jsonb_build_object(
            'engine', lead -> 'score_engine',
            'model_name', lead -> 'score_model_name',
            'probability_qualified', lead -> 'score_probability'
        ) END
    );
END
$$;

-- When two leads are the same person's: the same e-mail or telephone, or neither has any.
CREATE OR REPLACE FUNCTION galope.folded_email(email text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN lower(email) LIKE ANY ('{%@gmail.com,%@googlemail.com}')
                THEN replace(split_part(split_part(lower(trim(email)), '@', 1), '+', 1), '.', '') || '@gmail.com'
                ELSE nullif(lower(trim(email)), '') END;

CREATE OR REPLACE FUNCTION galope.folded_phone(phone text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN nullif(regexp_replace(regexp_replace(phone, '\D', '', 'g'), '^0*(55(?=\d{10,}))?0*', ''), '');

CREATE OR REPLACE FUNCTION galope.same_contact(email text, phone text, other_email text, other_phone text)
    RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce(galope.folded_email(email) = galope.folded_email(other_email), false)
        OR coalesce(galope.folded_phone(phone) = galope.folded_phone(other_phone), false)
        OR coalesce(galope.folded_email(email), galope.folded_phone(phone),
                    galope.folded_email(other_email), galope.folded_phone(other_phone)) IS NULL;

-- Whether two answers agree; one that was not given agrees with any.
CREATE OR REPLACE FUNCTION galope.same_answer(answer text, other text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce(nullif(lower(answer), '') = nullif(lower(other), ''), true);

-- Every table that holds rows of leads, and the column that says whose: Galope's by name, the team's by foreign key. A
-- table that comes later is found too.
CREATE OR REPLACE FUNCTION galope.tables_of_leads() RETURNS TABLE (relation text, key name, ours boolean)
    LANGUAGE sql STABLE
AS $$
    SELECT format('%I.%I', n.nspname, c.relname), a.attname, n.nspname = 'galope'
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND CASE
        WHEN n.nspname = 'galope' THEN a.attname = 'lead_id'
        ELSE EXISTS (
            SELECT FROM pg_constraint AS f
            WHERE f.contype = 'f' AND f.conrelid = c.oid AND f.confrelid = 'leads'::regclass AND f.conkey[1] = a.attnum
        )
    END
$$;

-- All that is held of a lead beside its own row, by table.
CREATE OR REPLACE FUNCTION galope.held(lead uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    source record;
    rows   jsonb;
    found  jsonb := '{}';
BEGIN
    FOR source IN SELECT * FROM galope.tables_of_leads() LOOP
        EXECUTE format(
            'SELECT coalesce(jsonb_agg(to_jsonb(t)), ''[]'') FROM %s AS t WHERE t.%I = $1', source.relation, source.key
        ) INTO rows USING lead;
        found := found || jsonb_build_object(source.relation, rows);
    END LOOP;
    RETURN found;
END
$$;

-- Erases what Galope holds of leads; only the audit stays.
CREATE OR REPLACE FUNCTION galope.erase(leads uuid[]) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    source record;
BEGIN
    FOR source IN SELECT * FROM galope.tables_of_leads() WHERE ours AND relation <> 'galope.audit' LOOP
        EXECUTE format('DELETE FROM %s WHERE %I = ANY ($1)', source.relation, source.key) USING leads;
    END LOOP;
END
$$;

-- ---------------------------------------------------------------------------------------------------- partner matching

-- What people did with the partners proposed for a lead: the last verdict on each pair, and what spoke for the partner
-- then, which is what was learned from.
CREATE TABLE IF NOT EXISTS galope.partner_feedback (
    lead_id    uuid NOT NULL,
    partner_id uuid NOT NULL,
    verdict    text NOT NULL,
    features   jsonb NOT NULL,
    given_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (lead_id, partner_id),
    CONSTRAINT partner_feedback_verdict_known CHECK (verdict IN ('kept', 'contacted', 'refused'))
);

-- The weights of a compatibility's parts, in one row: as JSON, after so many verdicts.
CREATE TABLE IF NOT EXISTS galope.partner_model (
    id       smallint PRIMARY KEY DEFAULT 0,
    model    json NOT NULL,
    verdicts bigint NOT NULL DEFAULT 0,
    CONSTRAINT partner_model_only_one CHECK (id = 0)
);

-- Columns that came later, for databases installed before them.
ALTER TABLE galope.outcome ADD COLUMN IF NOT EXISTS judged boolean NOT NULL DEFAULT false;
ALTER TABLE galope.score_history ADD COLUMN IF NOT EXISTS learned bigint NOT NULL DEFAULT 0;
ALTER TABLE galope.model_version ADD COLUMN IF NOT EXISTS reason_facts jsonb NOT NULL DEFAULT '{}';

-- How long a lead has been quiet was once part of the pace of contact. In moments it is always zero.
UPDATE galope.model_version SET model = replace(model::text, 'timing|hours_quiet', 'quiet|hours')::json
WHERE model::text LIKE '%timing|hours_quiet%';
UPDATE galope.learner SET state = replace(state::text, 'timing|hours_quiet', 'quiet|hours')::json
WHERE state::text LIKE '%timing|hours_quiet%';

-- Each moment once had a row of its own.
DO $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_attribute
        WHERE attrelid = 'galope.prediction'::regclass AND attname = 'event_index' AND NOT attisdropped
    ) THEN
        ALTER TABLE galope.prediction ADD COLUMN moments json;
        UPDATE galope.prediction SET moments = json_build_array(json_build_object(
            'event_index', event_index, 'at', extract(epoch FROM predicted_at)::float8,
            'features', features, 'said', said, 'champion', champion
        ));
        ALTER TABLE galope.prediction
            ALTER COLUMN moments SET NOT NULL,
            DROP COLUMN event_index, DROP COLUMN predicted_at, DROP COLUMN features, DROP COLUMN said,
            DROP COLUMN champion;
    END IF;
END
$$;
