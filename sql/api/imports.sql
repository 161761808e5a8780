-- Imports of leads. By the names that the HTTP API calls them.

-- lock_imports --
-- Has imports take turns, until their transactions end: each sees the leads of those before it.
SELECT pg_advisory_xact_lock(7450481590);

-- duplicate_rows --
-- Of rows $1 with names $2, telephones $3 and e-mails $4, those whose lead is there or stands in an earlier row: by the same
-- telephone, the same e-mail, or the same name where neither says otherwise.
WITH incoming AS MATERIALIZED (
    SELECT row, galope.plain(name) AS name, galope.whose_phone(phone) AS phone, galope.folded_email(email) AS email
    FROM unnest($1::int[], $2::text[], $3::text[], $4::text[]) AS r (row, name, phone, email)
), known AS MATERIALIZED (
    SELECT id, nome, NULL::int AS row, galope.plain(nome) AS name, galope.whose_phone(whatsapp) AS phone,
           galope.folded_email(email) AS email
    FROM leads
    UNION ALL
    SELECT NULL, NULL, row, name, phone, email FROM incoming
), same AS (
    SELECT i.row, 1 AS rank, 'phone' AS by, k.id, k.nome, k.row AS same_as_row
    FROM incoming AS i JOIN known AS k ON k.phone = i.phone WHERE k.row IS NULL OR k.row < i.row
    UNION ALL
    SELECT i.row, 2, 'email', k.id, k.nome, k.row
    FROM incoming AS i JOIN known AS k ON k.email = i.email WHERE k.row IS NULL OR k.row < i.row
    UNION ALL
    SELECT i.row, 3, 'name', k.id, k.nome, k.row
    FROM incoming AS i JOIN known AS k ON k.name = i.name
    WHERE (k.row IS NULL OR k.row < i.row)
      AND coalesce(k.phone = i.phone, true) AND coalesce(k.email = i.email, true)
)
SELECT DISTINCT ON (row) row, by, id AS lead_id, nome AS lead_name, same_as_row
FROM same ORDER BY row, rank, same_as_row NULLS FIRST, id;

-- import_leads --
-- Adds leads with ids $1, names $2, segments $3, states $4, telephones $5, e-mails $6, cities $7, budgets $8, deadlines $9,
-- that came at $10 (null: now); those whose id is taken are left out. Returns how many were added.
WITH added AS (
    INSERT INTO leads (id, nome, segmento_interesse, uf, whatsapp, email, cidade, orcamento_faixa, prazo_compra, created_at)
    SELECT r.id, name, typed.segmento_interesse, typed.uf, phone, r.email, city, budget, deadline,
           coalesce(r.created_at, now())
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
                $10::timestamptz[])
        AS r (id, name, segment, state, phone, email, city, budget, deadline, created_at),
         -- Of the types that the team's columns are, such as enumerations.
         jsonb_populate_record(NULL::leads, jsonb_build_object('segmento_interesse', segment, 'uf', state)) AS typed
    WHERE NOT EXISTS (SELECT FROM leads AS l WHERE l.id = r.id)
    ON CONFLICT DO NOTHING
    RETURNING id
)
SELECT count(*) FROM added;

-- leads_meant --
-- Which lead each of rows $1 means, by id $2, telephone $3 or e-mail $4, as the file has them: of several, the one that had
-- come last when it happened, at $5.
WITH said AS MATERIALIZED (
    SELECT row, id, galope.whose_phone(phone) AS phone, galope.folded_email(email) AS email, at
    FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::timestamptz[]) AS r (row, id, phone, email, at)
), known AS MATERIALIZED (
    SELECT id, nome, created_at, galope.whose_phone(whatsapp) AS phone, galope.folded_email(email) AS email FROM leads
), meant AS (
    SELECT s.row, s.at, 1 AS rank, k.* FROM said AS s JOIN known AS k ON k.id::text = lower(s.id)
    UNION ALL
    SELECT s.row, s.at, 2, k.* FROM said AS s JOIN known AS k ON k.phone = s.phone
    UNION ALL
    SELECT s.row, s.at, 3, k.* FROM said AS s JOIN known AS k ON k.email = s.email
)
SELECT DISTINCT ON (row) row, id AS lead_id, nome AS lead_name
FROM meant ORDER BY row, rank, created_at <= at DESC NULLS LAST, created_at DESC NULLS LAST, id;

-- events_there --
-- Those of rows $1 whose event is there: of lead $2 and type $3, at $4, with amount $5.
SELECT array_agg(row)
FROM unnest($1::int[], $2::uuid[], $3::text[], $4::timestamptz[], $5::float8[]) AS r (row, lead_id, event_type, at, amount)
WHERE EXISTS (
    SELECT FROM events AS e
    WHERE e.lead_id = r.lead_id AND e.event_type = r.event_type AND e.ts = r.at
      AND e.metadata -> 'amount' IS NOT DISTINCT FROM to_jsonb(r.amount)
);

-- delete_events --
-- Deletes events $1, and returns how many there were.
WITH gone AS (DELETE FROM events WHERE id = ANY ($1::uuid[]) RETURNING id)
SELECT count(*) FROM gone;

-- imports --
-- The newest $1 imports, of leads or of events, and how many undoing each erased.
SELECT (a.facts ->> 'import_id')::uuid AS import_id, a.at, a.actor, coalesce((a.facts ->> 'leads')::int, 0) AS leads,
       coalesce((a.facts ->> 'events')::int, 0) AS events,
       (SELECT (u.facts ->> 'erased')::int FROM galope.audit AS u
        WHERE u.action = 'import undone' AND u.facts ->> 'import_id' = a.facts ->> 'import_id' LIMIT 1) AS erased
FROM galope.audit AS a
WHERE a.action IN ('leads imported', 'events imported')
ORDER BY a.id DESC LIMIT $1;

-- import_made --
-- When import $1 was made, whether of events, and the last row of its file, unless it was undone.
SELECT a.at, (a.facts ->> 'last_row')::int AS last_row, a.action = 'events imported' AS of_events
FROM galope.audit AS a
WHERE a.action IN ('leads imported', 'events imported') AND a.facts ->> 'import_id' = $1::uuid::text AND NOT EXISTS (
    SELECT FROM galope.audit AS u WHERE u.action = 'import undone' AND u.facts ->> 'import_id' = a.facts ->> 'import_id'
);

-- touched_since --
-- Those of leads $1 that anybody touched since $2, and by what: something happened to them, a note was written, or their row
-- was changed by others than Galope.
SELECT id AS lead_id, nome, why
FROM leads AS l
CROSS JOIN LATERAL (
    SELECT CASE WHEN EXISTS (SELECT FROM events AS e WHERE e.lead_id = l.id) THEN 'events'
                WHEN EXISTS (SELECT FROM lead_notes AS n WHERE n.lead_id = l.id) THEN 'notes'
                WHEN l.updated_at > $2 THEN 'changed' END AS why
) AS touched
WHERE l.id = ANY ($1::uuid[]) AND why IS NOT NULL
ORDER BY nome, id;
