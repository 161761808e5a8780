-- Leads: found, captured, changed, listed. By the names that the HTTP API calls them.

-- lead --
-- One lead.
SELECT galope.lead_json(to_jsonb(l))::text FROM leads AS l WHERE id = $1;

-- lead_exists --
-- Whether there is such a lead.
SELECT EXISTS (SELECT FROM leads WHERE id = $1);

-- leads_ids --
-- Ids of leads by status $1, score $2 at least, state $3 and segment $4, that search $5 finds: the newest first, $8 of them
-- after $9. With names $6, only leads of these; - is nobody. With $7, only those in this group. Duplicates are hidden: what
-- came within an hour of an earlier lead that says the same. Written with OR, the search would be thought to leave nearly nobody, and all leads be sorted
-- for each page.
SELECT coalesce(array_agg(page.id ORDER BY page.created_at DESC NULLS LAST, page.id), '{}')
FROM (
    SELECT l.id, l.created_at FROM leads AS l
    WHERE ($1::text IS NULL OR l.status = $1) AND ($2::float8 IS NULL OR l.score >= $2)
      AND ($3::text IS NULL OR l.uf::text = $3) AND ($4::text IS NULL OR l.segmento_interesse::text = $4)
      AND coalesce(galope.matches_search($5, l.nome, l.cidade, l.whatsapp, l.email), true)
      AND CASE WHEN $6::text[] IS NULL THEN true
               ELSE coalesce(lower(galope.owner_of(to_jsonb(l), (SELECT galope.owner_column()))), '-') = ANY ($6) END
      AND ($7::int IS NULL OR EXISTS (SELECT FROM galope.lead_group AS g WHERE g.lead_id = l.id AND g.number = $7))
      AND NOT EXISTS (
          SELECT FROM leads AS o
          WHERE lower(left(o.nome, 200)) = lower(left(l.nome, 200)) AND lower(o.nome) = lower(l.nome)
            AND o.segmento_interesse = l.segmento_interesse
            AND o.uf IS NOT DISTINCT FROM l.uf AND (o.created_at, o.id) < (l.created_at, l.id)
            AND o.created_at >= l.created_at - interval '60 minutes'
            AND galope.same_contact(o.email, o.whatsapp, l.email, l.whatsapp)
            AND galope.same_answer(o.cidade, l.cidade)
            AND galope.same_answer(o.orcamento_faixa, l.orcamento_faixa)
            AND galope.same_answer(o.prazo_compra, l.prazo_compra)
      )
    ORDER BY l.created_at DESC NULLS LAST, l.id
    LIMIT $8 OFFSET $9
) AS page;

-- leads_sorted --
-- Ids of leads $1 by what $2 names, downwards where $3, else upwards; what is missing last, and what is even as it came:
-- $4 of them after $5. A number in an answer, such as a budget, is taken for it.
SELECT coalesce(array_agg(page.id ORDER BY page.place), '{}')
FROM (
    SELECT l.id, row_number() OVER (
        ORDER BY CASE WHEN NOT $3 THEN value.number END, CASE WHEN $3 THEN value.number END DESC NULLS LAST,
            CASE WHEN NOT $3 THEN value.text END, CASE WHEN $3 THEN value.text END DESC NULLS LAST, given.place
    ) AS place
    FROM unnest($1::uuid[]) WITH ORDINALITY AS given (id, place) JOIN leads AS l ON l.id = given.id
    CROSS JOIN LATERAL (
        SELECT
            CASE $2::text
                WHEN 'score' THEN l.score::float8
                WHEN 'stage' THEN array_position(
                    ARRAY['INBOX', 'AQUECENDO', 'QUALIFICADO', 'ENVIADO'], galope.stage_of(l.status, l.crm_stage)
                )
                WHEN 'orcamento_faixa' THEN substring(l.orcamento_faixa FROM '\d{1,9}')::float8
                WHEN 'prazo_compra' THEN substring(l.prazo_compra FROM '\d{1,9}')::float8
                WHEN 'created_at' THEN extract(epoch FROM l.created_at)::float8
            END AS number,
            nullif(galope.plain(CASE $2
                WHEN 'nome' THEN l.nome WHEN 'cidade' THEN l.cidade
                WHEN 'segmento_interesse' THEN l.segmento_interesse::text
                WHEN 'owner' THEN galope.owner_of(to_jsonb(l), (SELECT galope.owner_column()))
            END), '') AS text
    ) AS value
    ORDER BY place
    LIMIT $4 OFFSET $5
) AS page;

-- leads_rows --
-- Leads $1 as JSON, in that order, a comma between them.
SELECT coalesce(string_agg(galope.lead_json(to_jsonb(l))::text, ',' ORDER BY page.place), '')
FROM unnest($1::uuid[]) WITH ORDINALITY AS page (id, place) JOIN leads AS l ON l.id = page.id;

-- leads_count --
-- How many leads there are by the same filters.
SELECT count(*) FROM leads AS l
WHERE ($1::text IS NULL OR l.status = $1) AND ($2::float8 IS NULL OR l.score >= $2)
    AND ($3::text IS NULL OR l.uf::text = $3) AND ($4::text IS NULL OR l.segmento_interesse::text = $4)
    AND coalesce(galope.matches_search($5, l.nome, l.cidade, l.whatsapp, l.email), true)
    AND CASE WHEN $6::text[] IS NULL THEN true
             ELSE coalesce(lower(galope.owner_of(to_jsonb(l), (SELECT galope.owner_column()))), '-') = ANY ($6) END
    AND ($7::int IS NULL OR EXISTS (SELECT FROM galope.lead_group AS g WHERE g.lead_id = l.id AND g.number = $7))
    AND NOT EXISTS (
        SELECT FROM leads AS o
        WHERE lower(left(o.nome, 200)) = lower(left(l.nome, 200)) AND lower(o.nome) = lower(l.nome)
          AND o.segmento_interesse = l.segmento_interesse
          AND o.uf IS NOT DISTINCT FROM l.uf AND (o.created_at, o.id) < (l.created_at, l.id)
          AND o.created_at >= l.created_at - interval '60 minutes'
          AND galope.same_contact(o.email, o.whatsapp, l.email, l.whatsapp)
          AND galope.same_answer(o.cidade, l.cidade)
          AND galope.same_answer(o.orcamento_faixa, l.orcamento_faixa)
          AND galope.same_answer(o.prazo_compra, l.prazo_compra)
    );

-- lock_name --
-- Has those who send a lead of the same name at once take turns, until their transactions end.
SELECT pg_advisory_xact_lock(hashtextextended(lower($1), 7450481587));

-- same_lead --
-- The lead of the last hour that says the same as a new one: name $1, state $2, segment $3, e-mail $4, telephone $5,
-- city $6, budget $7, deadline $8. One without e-mail and telephone may be anybody's of that name.
SELECT galope.lead_json(to_jsonb(o))::text FROM leads AS o
WHERE lower(left(o.nome, 200)) = lower(left($1, 200)) AND lower(o.nome) = lower($1)
  AND o.uf::text IS NOT DISTINCT FROM $2::text AND o.segmento_interesse::text = $3
  AND o.created_at >= now() - interval '60 minutes'
  AND (coalesce($4, $5, '') = '' OR galope.same_contact(o.email, o.whatsapp, $4, $5))
  AND galope.same_answer(o.cidade, $6)
  AND galope.same_answer(o.orcamento_faixa, $7)
  AND galope.same_answer(o.prazo_compra, $8)
ORDER BY o.created_at, o.id LIMIT 1;

-- add_lead --
-- A new lead; nothing when the id is taken, which no constraint says where the table is partitioned.
INSERT INTO leads (id, nome, uf, segmento_interesse, email, whatsapp, cidade, orcamento_faixa, prazo_compra)
SELECT coalesce($9::uuid, gen_random_uuid()), $1, $2, $3, $4, $5, $6, $7, $8
WHERE NOT EXISTS (SELECT FROM leads WHERE id = $9::uuid)
ON CONFLICT DO NOTHING
RETURNING galope.lead_json(to_jsonb(leads))::text;

-- change_lead --
-- Changes the columns of lead $1 that JSON object $2 names.
UPDATE leads AS l
SET (nome, uf, segmento_interesse, email, whatsapp, cidade, orcamento_faixa, prazo_compra, updated_at) = (
    SELECT r.nome, r.uf, r.segmento_interesse, r.email, r.whatsapp, r.cidade, r.orcamento_faixa, r.prazo_compra, now()
    FROM jsonb_populate_record(l, $2::jsonb) AS r
)
WHERE id = $1
RETURNING galope.lead_json(to_jsonb(l))::text;

-- delete_leads --
-- Deletes leads with what hangs on them, and returns which there were.
DELETE FROM leads WHERE id = ANY ($1::uuid[]) RETURNING id;

-- columns --
-- The columns of table $1, in order.
SELECT array_agg(attname::text ORDER BY attnum)
FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped;

-- leads_after --
-- Leads after id $1 (null: from the first), at most $2, by status $3, score $4 at least, state $5 and segment $6, whose
-- name, city, telephone or e-mail is like $7, and that are in group $8; with what heads beside the primary one say.
SELECT id, (to_jsonb(l) || coalesce((
    SELECT jsonb_object_agg('score:' || head, score) || jsonb_object_agg('probability:' || head, probability)
    FROM galope.score WHERE lead_id = l.id AND head <> ''
), '{}'))::text AS row
FROM leads AS l
WHERE ($1::uuid IS NULL OR id > $1)
  AND ($3::text IS NULL OR status = $3) AND ($4::float8 IS NULL OR score >= $4)
  AND ($5::text IS NULL OR uf::text = $5) AND ($6::text IS NULL OR segmento_interesse::text = $6)
  AND coalesce(galope.matches_search($7, nome, cidade, whatsapp, email), true)
  AND ($8::int IS NULL OR EXISTS (SELECT FROM galope.lead_group AS g WHERE g.lead_id = l.id AND g.number = $8))
ORDER BY id LIMIT $2;

-- origins --
-- Leads that came in the last $4 weeks, by origin and by the week they came in time zone $3, how many of them qualified by
-- head $5, and how many of the open ones are expected to: the sum of their chances. An origin is what the first or last touch $2 says of $1; a touch is an event whose metadata say where from.
WITH touch AS (
    SELECT DISTINCT ON (e.lead_id) e.lead_id, said.origin
    FROM events AS e
    CROSS JOIN LATERAL (SELECT to_jsonb(e.metadata) AS m) AS known
    CROSS JOIN LATERAL (
        SELECT CASE $1::text
            WHEN 'source' THEN m ->> 'utm_source'
            WHEN 'medium' THEN m ->> 'utm_medium'
            WHEN 'campaign' THEN m ->> 'utm_campaign'
            WHEN 'referrer' THEN coalesce(m ->> 'referrer', m ->> 'referer')
            ELSE coalesce(m ->> 'landing_page', m ->> 'landing', m ->> 'page', m ->> 'url')
        END AS origin
    ) AS said
    WHERE jsonb_typeof(m) = 'object' AND m ?| ARRAY[
        'utm_source', 'utm_medium', 'utm_campaign', 'referrer', 'referer', 'landing_page', 'landing'
    ]
    ORDER BY e.lead_id, CASE WHEN $2::text = 'first' THEN e.ts END, e.ts DESC, e.id
)
SELECT nullif(trim(t.origin), '') AS origin, came.week, count(*) AS leads, count(*) FILTER (WHERE o.converted) AS qualified,
       coalesce(sum(l.score_probability) FILTER (WHERE o.lead_id IS NULL), 0)::float8 AS expected
FROM leads AS l
CROSS JOIN LATERAL (SELECT date_trunc('week', l.created_at AT TIME ZONE $3::text)::date AS week) AS came
LEFT JOIN touch AS t ON t.lead_id = l.id
LEFT JOIN galope.outcome AS o ON o.lead_id = l.id AND o.head = $5
WHERE came.week > (now() AT TIME ZONE $3::text)::date - 7 * $4::int
GROUP BY 1, 2
ORDER BY 2 DESC, 3 DESC, 1;
