-- Galope: functions over its tables and the team's. Safe to apply again, after the migrations.

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
    LANGUAGE plpgsql STABLE PARALLEL SAFE
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
        ) END,
        'lead_group', (SELECT number FROM galope.lead_group WHERE lead_id = (lead ->> 'id')::uuid)
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

-- A telephone that is the same with and without +55, and, since mobile numbers got a ninth digit in front, without it.
CREATE OR REPLACE FUNCTION galope.whose_phone(phone text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN regexp_replace(galope.folded_phone(phone), '^(\d\d)9(\d{8})$', '\1\2');

-- A CNPJ without its mask, of digits or, as since 2026, of letters too; one whose zeros in front a spreadsheet lost has them.
CREATE OR REPLACE FUNCTION galope.folded_cnpj(cnpj text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT CASE WHEN c ~ '^[0-9A-Z]{12}\d{2}$' THEN c WHEN c ~ '^\d{12,13}$' THEN lpad(c, 14, '0') END
            FROM (SELECT upper(regexp_replace(cnpj, '[^0-9A-Za-z]', '', 'g')) AS c) AS written);

-- Text as people search it: small letters without accents.
CREATE OR REPLACE FUNCTION galope.plain(value text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN regexp_replace(normalize(lower(value), NFD), '[\u0300-\u036f]', '', 'g');

-- Whether a search finds a lead: every word is somewhere, in any order, or the digits are in the telephone however both
-- are written. NULL without a search.
CREATE OR REPLACE FUNCTION galope.matches_search(query text, name text, city text, phone text, email text)
    RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN coalesce(query, '') <> '' THEN
        (SELECT bool_and(strpos(galope.plain(concat_ws(' ', name, city, phone, email)), word) > 0)
         FROM unnest(string_to_array(galope.plain(query), ' ')) AS word)
        OR (query !~ '[[:alpha:]@]' AND length(galope.folded_phone(query)) > 3
            AND coalesce(strpos(galope.folded_phone(phone), galope.folded_phone(query)) > 0, false))
    END;

CREATE OR REPLACE FUNCTION galope.same_contact(email text, phone text, other_email text, other_phone text)
    RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce(galope.folded_email(email) = galope.folded_email(other_email), false)
        OR coalesce(galope.whose_phone(phone) = galope.whose_phone(other_phone), false)
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

-- The team's own column of whom a lead is with, where there is one that text can be written to.
CREATE OR REPLACE FUNCTION galope.owner_column() RETURNS text
    LANGUAGE sql STABLE
AS $$
    SELECT attname::text FROM pg_attribute
    WHERE attrelid = to_regclass('leads') AND attname = ANY ('{owner,owner_name,responsavel,vendedor}')
      AND atttypid IN ('text'::regtype, 'varchar'::regtype) AND attgenerated = '' AND NOT attisdropped
    ORDER BY array_position('{owner,owner_name,responsavel,vendedor}'::name[], attname) LIMIT 1
$$;

-- Whom a lead is with, given its row and the team's own column, where there is one.
CREATE OR REPLACE FUNCTION galope.owner_of(lead jsonb, own_column text) RETURNS text
    LANGUAGE sql STABLE
AS $$
    SELECT CASE WHEN own_column IS NULL THEN (
        SELECT u.name FROM galope.lead_owner AS o JOIN galope.user AS u ON u.id = o.user_id
        WHERE o.lead_id = (lead ->> 'id')::uuid
    ) ELSE nullif(lead ->> own_column, '') END
$$;

-- Gives leads to a user, or to whoever is named where the team has a column for it; NULL for nobody.
CREATE OR REPLACE FUNCTION galope.assign(leads uuid[], name text, user_id bigint) RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    IF galope.owner_column() IS NOT NULL THEN
        EXECUTE format('UPDATE leads SET %I = $2 WHERE id = ANY ($1)', galope.owner_column()) USING leads, name;
    ELSIF user_id IS NULL THEN
        DELETE FROM galope.lead_owner AS o WHERE o.lead_id = ANY (leads);
    ELSE
        INSERT INTO galope.lead_owner (lead_id, user_id) SELECT one, $3 FROM unnest(leads) AS one
        ON CONFLICT (lead_id) DO UPDATE SET user_id = excluded.user_id;
    END IF;
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

-- Erases audit rows of more than so many days ago. With its owner's rights: the API's role may add to the audit, and take
-- nothing away but what has been kept for its time.
CREATE OR REPLACE FUNCTION galope.expire_audit(days int) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH gone AS (DELETE FROM galope.audit WHERE at < now() - make_interval(days => greatest($1, 1)) RETURNING id)
    SELECT count(*) FROM gone
$$;
REVOKE ALL ON FUNCTION galope.expire_audit(int) FROM PUBLIC;

-- The team's table, beside events and notes, that has rows of a lead, or may have: one that may not be read. Null for none.
CREATE OR REPLACE FUNCTION galope.other_rows_of(lead uuid) RETURNS text
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    source record;
    held   boolean;
BEGIN
    FOR source IN
        SELECT * FROM galope.tables_of_leads()
        WHERE NOT ours AND relation::regclass NOT IN ('events'::regclass, 'lead_notes'::regclass)
    LOOP
        held := true;
        IF has_table_privilege(source.relation, 'SELECT') THEN
            EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE %I = $1)', source.relation, source.key)
                INTO held USING lead;
        END IF;
        IF held THEN
            RETURN source.relation;
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

-- Merges a lead into another one: events, notes, owner, verdicts on partners, alerts and answers that the other lacks. What it
-- takes to part them again is kept. Open alerts are closed: the lead that is kept is judged anew, by all that happened. Whom they
-- were given to, and until when they were put off, goes to its own. What somebody was done with goes on holding there, unless its
-- own alert of that motive does. Returns the merge's number.
CREATE OR REPLACE FUNCTION galope.merge_lead(kept uuid, extra uuid) RETURNS bigint
    LANGUAGE plpgsql
AS $$
DECLARE
    number bigint;
BEGIN
    INSERT INTO galope.merged_lead (lead_id, merged_id, merged_row, kept_answers, kept_owner, events, notes, held)
    SELECT kept, extra, to_jsonb(e),
           jsonb_build_object('whatsapp', k.whatsapp, 'email', k.email, 'uf', k.uf, 'cidade', k.cidade,
                              'orcamento_faixa', k.orcamento_faixa, 'prazo_compra', k.prazo_compra),
           EXISTS (SELECT FROM galope.lead_owner WHERE lead_id = kept),
           ARRAY(SELECT id::text FROM events WHERE lead_id = extra),
           ARRAY(SELECT id::text FROM lead_notes WHERE lead_id = extra),
           jsonb_build_object(
               'owner', (SELECT user_id FROM galope.lead_owner WHERE lead_id = extra),
               'feedback', (SELECT coalesce(jsonb_agg(f), '[]') FROM galope.partner_feedback AS f WHERE lead_id = extra),
               'exposure', (SELECT coalesce(jsonb_agg(x), '[]') FROM galope.exposure AS x WHERE lead_id = extra),
               'outcome', (SELECT coalesce(jsonb_agg(o), '[]') FROM galope.outcome AS o WHERE lead_id = extra),
               'alerts', (SELECT coalesce(jsonb_agg(a.id), '[]') FROM galope.alert AS a WHERE lead_id = extra),
               'given', (
                   SELECT coalesce(jsonb_agg(jsonb_build_object(
                       'id', a.id, 'owner', own.owner, 'snoozed_until', own.snoozed_until
                   )), '[]')
                   FROM galope.alert AS a
                   LEFT JOIN galope.alert AS own ON own.lead_id = kept AND own.motive = a.motive AND own.state = 'open'
                   WHERE a.lead_id = extra AND a.state = 'open'
               )
           )
    FROM leads AS e, leads AS k WHERE e.id = extra AND k.id = kept
    RETURNING id INTO number;
    UPDATE events SET lead_id = kept WHERE lead_id = extra;
    UPDATE lead_notes SET lead_id = kept WHERE lead_id = extra;
    INSERT INTO galope.lead_owner (lead_id, user_id) SELECT kept, user_id FROM galope.lead_owner WHERE lead_id = extra
    ON CONFLICT (lead_id) DO NOTHING;
    INSERT INTO galope.partner_feedback (lead_id, partner_id, verdict, features, given_at)
    SELECT kept, partner_id, verdict, features, given_at FROM galope.partner_feedback WHERE lead_id = extra
    ON CONFLICT (lead_id, partner_id) DO NOTHING;
    UPDATE galope.alert AS own
    SET owner = coalesce(own.owner, a.owner), snoozed_until = greatest(own.snoozed_until, a.snoozed_until), updated_at = now()
    FROM galope.alert AS a
    WHERE own.lead_id = kept AND own.state = 'open' AND a.lead_id = extra AND a.state = 'open' AND a.motive = own.motive
      AND num_nonnulls(a.owner, a.snoozed_until) > 0;
    UPDATE galope.alert SET holds = false WHERE lead_id IN (kept, extra) AND closed_reason = 'held_back';
    UPDATE galope.alert AS a
    SET lead_id = kept, holds = a.holds AND a.state <> 'open' AND NOT EXISTS (
            SELECT FROM galope.alert AS own WHERE own.lead_id = kept AND own.motive = a.motive AND own.holds
        ),
        state = CASE a.state WHEN 'open' THEN 'closed' ELSE a.state END, closed_at = coalesce(a.closed_at, now()),
        closed_reason = coalesce(a.closed_reason, 'merged'), updated_at = now()
    WHERE a.lead_id = extra;
    UPDATE leads AS k
    SET whatsapp = CASE WHEN coalesce(k.whatsapp::text, '') = '' THEN e.whatsapp ELSE k.whatsapp END,
        email = CASE WHEN coalesce(k.email::text, '') = '' THEN e.email ELSE k.email END,
        uf = CASE WHEN coalesce(k.uf::text, '') = '' THEN e.uf ELSE k.uf END,
        cidade = CASE WHEN coalesce(k.cidade::text, '') = '' THEN e.cidade ELSE k.cidade END,
        orcamento_faixa = CASE WHEN coalesce(k.orcamento_faixa::text, '') = '' THEN e.orcamento_faixa
                               ELSE k.orcamento_faixa END,
        prazo_compra = CASE WHEN coalesce(k.prazo_compra::text, '') = '' THEN e.prazo_compra ELSE k.prazo_compra END
    FROM leads AS e WHERE k.id = kept AND e.id = extra;
    DELETE FROM leads WHERE id = extra;
    RETURN number;
END
$$;

-- Parts two leads that were merged: all that went to the one that was kept goes back, but for what was changed since. Returns
-- the lead that is there again; null where it can't be, because one is gone or the other already there.
CREATE OR REPLACE FUNCTION galope.part_leads(kept uuid, extra uuid) RETURNS uuid
    LANGUAGE plpgsql
AS $$
DECLARE
    merged  galope.merged_lead;
    columns text;
BEGIN
    SELECT * INTO merged FROM galope.merged_lead AS m
    WHERE m.lead_id = kept AND m.merged_id = extra AND EXISTS (SELECT FROM leads WHERE id = kept)
      AND NOT EXISTS (SELECT FROM leads WHERE id = extra)
    ORDER BY m.id DESC LIMIT 1 FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT string_agg(format('%I', attname), ', ') INTO columns FROM pg_attribute
    WHERE attrelid = 'leads'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
    EXECUTE format('INSERT INTO leads (%1$s) OVERRIDING SYSTEM VALUE SELECT %1$s FROM jsonb_populate_record(NULL::leads, $1)',
                   columns) USING merged.merged_row;
    UPDATE events SET lead_id = extra WHERE lead_id = kept AND id::text = ANY (merged.events);
    UPDATE lead_notes SET lead_id = extra WHERE lead_id = kept AND id::text = ANY (merged.notes);
    UPDATE leads AS k
    SET whatsapp = CASE WHEN k.whatsapp IS NOT DISTINCT FROM e.whatsapp THEN b.whatsapp ELSE k.whatsapp END,
        email = CASE WHEN k.email IS NOT DISTINCT FROM e.email THEN b.email ELSE k.email END,
        uf = CASE WHEN k.uf IS NOT DISTINCT FROM e.uf THEN b.uf ELSE k.uf END,
        cidade = CASE WHEN k.cidade IS NOT DISTINCT FROM e.cidade THEN b.cidade ELSE k.cidade END,
        orcamento_faixa = CASE WHEN k.orcamento_faixa IS NOT DISTINCT FROM e.orcamento_faixa THEN b.orcamento_faixa
                               ELSE k.orcamento_faixa END,
        prazo_compra = CASE WHEN k.prazo_compra IS NOT DISTINCT FROM e.prazo_compra THEN b.prazo_compra
                            ELSE k.prazo_compra END
    FROM leads AS e, jsonb_populate_record(NULL::leads, merged.kept_answers) AS b
    WHERE k.id = kept AND e.id = extra;
    DELETE FROM galope.lead_owner AS o
    WHERE o.lead_id = kept AND NOT merged.kept_owner AND o.user_id = (merged.held ->> 'owner')::bigint;
    INSERT INTO galope.lead_owner (lead_id, user_id)
    SELECT extra, (merged.held ->> 'owner')::bigint WHERE merged.held ->> 'owner' IS NOT NULL
    ON CONFLICT (lead_id) DO NOTHING;
    DELETE FROM galope.partner_feedback AS f
    USING jsonb_populate_recordset(NULL::galope.partner_feedback, merged.held -> 'feedback') AS h
    WHERE f.lead_id = kept AND f.partner_id = h.partner_id AND f.given_at = h.given_at;
    INSERT INTO galope.partner_feedback
    SELECT * FROM jsonb_populate_recordset(NULL::galope.partner_feedback, merged.held -> 'feedback') ON CONFLICT DO NOTHING;
    INSERT INTO galope.exposure
    SELECT * FROM jsonb_populate_recordset(NULL::galope.exposure, merged.held -> 'exposure') ON CONFLICT DO NOTHING;
    INSERT INTO galope.outcome
    SELECT * FROM jsonb_populate_recordset(NULL::galope.outcome, merged.held -> 'outcome') ON CONFLICT DO NOTHING;
    UPDATE galope.alert AS own
    SET owner = CASE WHEN own.owner IS NOT DISTINCT FROM coalesce(g.owner, a.owner) THEN g.owner ELSE own.owner END,
        snoozed_until = CASE WHEN own.snoozed_until IS NOT DISTINCT FROM greatest(g.snoozed_until, a.snoozed_until)
                             THEN g.snoozed_until ELSE own.snoozed_until END, updated_at = now()
    FROM jsonb_to_recordset(merged.held -> 'given') AS g (id bigint, owner text, snoozed_until timestamptz)
    JOIN galope.alert AS a ON a.id = g.id
    WHERE own.lead_id = kept AND own.state = 'open' AND own.motive = a.motive;
    UPDATE galope.alert SET lead_id = extra
    WHERE lead_id = kept AND id IN (SELECT jsonb_array_elements_text(merged.held -> 'alerts')::bigint);
    DELETE FROM galope.merged_lead WHERE id = merged.id;
    RETURN extra;
END
$$;

-- The unit of a kind that a lead is one of, in an experiment: itself, the partner it was last handed to, or its UF; null where
-- it has none. These are PL/pgSQL, so that they are made where the team's tables are mapped and have other names.
CREATE OR REPLACE FUNCTION galope.unit_of(lead uuid, kind text) RETURNS text
    LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN CASE kind
        WHEN 'lead' THEN lead::text
        WHEN 'uf' THEN (SELECT upper(nullif(btrim(uf::text), '')) FROM leads WHERE id = lead)
        ELSE (SELECT p.id::text FROM events AS e JOIN partners AS p ON p.id::text = to_jsonb(e.metadata) ->> 'partner_id'
              WHERE e.lead_id = lead AND e.event_type::text = 'handoff' ORDER BY e.ts DESC, e.id LIMIT 1)
    END;
END
$$;

-- What an experiment's metric is of leads, each from its own moment on and for a length of time: 1 where an event of these
-- types came, and otherwise 0; without types, the money of all events, what came back taken off, and that of as long before.
CREATE OR REPLACE FUNCTION galope.metrics(leads uuid[], moments timestamptz[], types text[], length interval)
    RETURNS TABLE (lead_id uuid, y float8, x float8)
    LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN QUERY
    SELECT s.lead,
           CASE WHEN types IS NULL THEN coalesce(sum((e.attributes ->> 1)::float8) FILTER (WHERE e.occurred_at >= s.at), 0)
                ELSE least(count(e.event_id), 1) END,
           coalesce(sum((e.attributes ->> 1)::float8) FILTER (WHERE types IS NULL AND e.occurred_at < s.at), 0)
    FROM unnest(leads, moments) AS s (lead, at)
    LEFT JOIN galope.subject_events() AS e
      ON e.lead_id = s.lead AND e.occurred_at < s.at + length
     AND CASE WHEN types IS NULL THEN e.occurred_at >= s.at - length
              ELSE e.occurred_at >= s.at AND e.event_type = ANY (types) END
    GROUP BY s.lead, s.at;
END
$$;

-- The leads that an experiment would have served in a time, each with its unit and when: as it came; where money is counted,
-- as anything happened to it; where the unit is a partner, once it was handed over.
CREATE OR REPLACE FUNCTION galope.came(kind text, of_money boolean, since timestamptz, until timestamptz)
    RETURNS TABLE (lead_id uuid, unit text, at timestamptz)
    LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF kind = 'partner' OR of_money THEN
        RETURN QUERY
        SELECT l.id, CASE kind WHEN 'lead' THEN l.id::text WHEN 'uf' THEN upper(nullif(btrim(l.uf::text), ''))
                               ELSE galope.unit_of(l.id, kind) END,
               CASE WHEN kind <> 'partner' AND l.created_at >= came.since AND l.created_at < came.until THEN l.created_at
                    ELSE h.first + interval '1 microsecond' END
        FROM leads AS l
        LEFT JOIN (
            SELECT e.lead_id AS lead, min(e.ts) AS first FROM events AS e
            WHERE e.ts >= came.since AND e.ts < came.until AND (kind <> 'partner' OR e.event_type::text = 'handoff')
            GROUP BY e.lead_id
        ) AS h ON h.lead = l.id
        WHERE h.first IS NOT NULL OR (kind <> 'partner' AND l.created_at >= came.since AND l.created_at < came.until);
    ELSE
        RETURN QUERY
        SELECT l.id, CASE kind WHEN 'lead' THEN l.id::text ELSE upper(nullif(btrim(l.uf::text), '')) END, l.created_at
        FROM leads AS l WHERE l.created_at >= came.since AND l.created_at < came.until;
    END IF;
END
$$;
