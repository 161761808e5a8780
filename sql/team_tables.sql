-- Galope: what it needs of the team's tables. Safe to apply again, and to a database that already has leads and events.
-- In one transaction, after schema.sql.
--
-- The team's own tables (leads, events, partners, lead_notes) are created only where they are missing. On tables that
-- exist Galope adds columns and nothing else, and remembers which ones, so that uninstall.sql takes off only those.

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
