"""A database as the existing backend made it, and everything it goes on doing there."""

from __future__ import annotations

TABLES = """
CREATE TABLE leads (
    id                 uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    nome               text NOT NULL,
    whatsapp           text,
    email              text,
    uf                 char(2),
    cidade             text,
    segmento_interesse text NOT NULL,
    orcamento_faixa    text,
    prazo_compra       text,
    score              int,
    status             text DEFAULT 'CURIOSO',
    score_motivos      jsonb,
    created_at         timestamptz DEFAULT now(),
    updated_at         timestamptz DEFAULT now()
);
CREATE TABLE events (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    lead_id    uuid REFERENCES leads (id) ON DELETE CASCADE,
    event_type text NOT NULL,
    ts         timestamptz DEFAULT now(),
    metadata   jsonb
);
CREATE TABLE partners (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    cnpj          text NOT NULL UNIQUE,
    razao_social  text,
    nome_fantasia text,
    uf            char(2) NOT NULL,
    segmento      text,
    prioridade    int DEFAULT 2
);
CREATE TABLE lead_notes (
    id          bigserial PRIMARY KEY,
    lead_id     uuid REFERENCES leads (id) ON DELETE CASCADE,
    note_type   text DEFAULT 'NOTE',
    note_text   text,
    action_date date,
    action_time time,
    created_at  timestamptz DEFAULT now()
);
ALTER TABLE leads
    ADD COLUMN crm_stage text DEFAULT 'INBOX',
    ADD COLUMN next_action_text text,
    ADD COLUMN next_action_date date,
    ADD COLUMN next_action_time time,
    ADD COLUMN score_engine text,
    ADD COLUMN hectares numeric,
    ADD COLUMN tags text[];
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.updated_at := clock_timestamp(); RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON leads FOR EACH ROW EXECUTE FUNCTION touch();
"""

ROWS = """
INSERT INTO leads (nome, segmento_interesse, uf, score, score_motivos, crm_stage,
                   next_action_text, next_action_date)
SELECT 'Lead ' || n, 'CAVALOS', 'MG', n, '[{"fator": "x", "impacto": 1}]', 'AQUECENDO',
       'Call', '2026-01-02'
FROM generate_series(1, 5) AS n;
INSERT INTO events (lead_id, event_type, metadata) SELECT id, 'page_view', '{"a": 1}' FROM leads;
INSERT INTO partners (cnpj, uf) VALUES ('1', 'MG');
INSERT INTO lead_notes (lead_id, note_text) SELECT id, 'note' FROM leads;
"""

_LEAD = "INSERT INTO leads (nome, segmento_interesse)"
_EVENT = "INSERT INTO events (lead_id, event_type)"

WRITES = {
    "new lead": f"{_LEAD} VALUES ('New', 'EVENTOS') RETURNING *",
    "many leads": f"{_LEAD} SELECT 'n', 's' FROM generate_series(1, 100)",
    "no lead": f"{_LEAD} SELECT 'n', 's' WHERE false",
    "new event": f"{_EVENT} SELECT id, 'cta_click' FROM leads LIMIT 1 RETURNING *",
    "event of nobody": f"{_EVENT} VALUES (NULL, 'cta_click')",
    "upsert": (
        "INSERT INTO leads (id, nome, segmento_interesse) SELECT id, 'Again', 's' FROM leads "
        "ON CONFLICT (id) DO UPDATE SET nome = excluded.nome"
    ),
    "profile": (
        "UPDATE leads SET uf = 'SP', hectares = 1e300, tags = ARRAY['a', NULL] "
        "WHERE nome = 'Lead 1'"
    ),
    "own score": "UPDATE leads SET score = 12, status = 'AQUECENDO', score_engine = 'ml'",
    "sent": "UPDATE leads SET status = 'ENVIADO'",
    "merge": "UPDATE events SET lead_id = (SELECT min(id::text)::uuid FROM leads)",
    "event edited": "UPDATE events SET metadata = NULL, ts = ts - interval '1 day'",
    "event deleted": "DELETE FROM events WHERE event_type = 'page_view'",
    "lead deleted": "DELETE FROM leads WHERE nome = 'Lead 2'",
    "all deleted": "DELETE FROM leads",
    "truncate": "TRUNCATE leads CASCADE",
    "truncate restart": "TRUNCATE leads, events, lead_notes RESTART IDENTITY CASCADE",
    "add column": "ALTER TABLE leads ADD COLUMN origem text",
    "drop column": "ALTER TABLE leads DROP COLUMN cidade",
    "merge statement": (
        "MERGE INTO leads USING (VALUES ('Lead 1'), ('Lead 9')) AS v (n) ON nome = n "
        "WHEN MATCHED THEN UPDATE SET uf = 'GO' "
        "WHEN NOT MATCHED THEN INSERT (nome, segmento_interesse) VALUES (n, 's')"
    ),
}
