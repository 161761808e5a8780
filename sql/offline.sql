-- What the audit and the searches for duplicates and anomalies ask, by name. Read by offline/audit.py, duplicates.py and
-- anomalies.py.

-- scores_before --
-- The highest score by head $4 of each lead of $1 before its outcome at $2, and the seconds from when it last became hot, by
-- score ($3) or by status, to that outcome.
SELECT o.lead_id, max(h.score_after) AS highest,
       o.resolved_at - extract(epoch FROM max(h.scored_at) FILTER (WHERE h.became_hot))::float8 AS waited
FROM unnest($1::uuid[], $2::float8[]) AS o (lead_id, resolved_at)
JOIN LATERAL (
    SELECT score_after, scored_at,
           (score_after >= $3 AND coalesce(score_before, 0) < $3)
           OR (status = 'QUALIFICADO' AND lag(status) OVER (ORDER BY id) IS DISTINCT FROM status) AS became_hot
    FROM galope.score_history
    WHERE lead_id = o.lead_id AND head = $4 AND scored_at < to_timestamp(o.resolved_at)
) AS h ON true
GROUP BY o.lead_id, o.resolved_at;

-- newest_reasons --
-- The reasons of each lead's newest score by head $1.
SELECT h.points
FROM galope.subjects() AS l
JOIN LATERAL (
    SELECT points FROM galope.score_history WHERE lead_id = l.lead_id AND head = $1 ORDER BY id DESC LIMIT 1
) AS h ON true;

-- identities_of_leads --
-- What says who each lead is. Telephones and e-mails are folded as where leads are compared one by one.
SELECT id, nome AS name, NULL AS address, concat_ws(' ', nullif(galope.plain(cidade), ''), uf) AS place,
       ARRAY[galope.whose_phone(whatsapp)] AS phones, ARRAY[galope.folded_email(email)] AS emails, NULL AS document
FROM leads ORDER BY created_at, id;

-- identities_of_partners --
-- The same of each partner.
SELECT p.id, coalesce(nullif(p.nome_fantasia, ''), p.razao_social) AS name,
       (SELECT string_agg(value, ' ' ORDER BY key) FROM jsonb_each_text(CASE WHEN jsonb_typeof(p.endereco) = 'object'
                                                                             THEN p.endereco ELSE '{}' END)) AS address,
       concat_ws(' ', nullif(galope.plain(p.municipio_nome), ''), p.uf) AS place,
       ARRAY(SELECT galope.whose_phone(value) FROM jsonb_each_text(c.contacts) WHERE key ~* 'fone|phone|tel|cel|whats')
           AS phones,
       ARRAY(SELECT galope.folded_email(value) FROM jsonb_each_text(c.contacts) WHERE key ~* 'mail') AS emails,
       galope.folded_cnpj(p.cnpj) AS document
FROM partners AS p,
     LATERAL (SELECT CASE WHEN jsonb_typeof(p.contato) = 'object' THEN p.contato ELSE '{}' END AS contacts) AS c
ORDER BY p.created_at, p.id;

-- leads_as_written --
-- Each lead's answers that may contradict each other, the day it came, and that of its latest event, where they are
-- more than a day ahead ($1 is now).
SELECT l.id, l.uf::text AS uf, l.prazo_compra::text AS prazo_compra, l.orcamento_faixa::text AS orcamento_faixa,
       galope.folded_phone(l.whatsapp::text) AS phone,
       (SELECT l.created_at::timestamptz::date::text WHERE l.created_at::timestamptz > $1::timestamptz + interval '1 day') AS came,
       (SELECT max(ts)::timestamptz::date::text FROM events WHERE lead_id = l.id AND ts > $1::timestamptz + interval '1 day') AS happened
FROM leads AS l ORDER BY l.created_at, l.id;

-- partners_as_written --
-- What each partner says that it does, and what is registered.
SELECT id, segmento::text AS segmento, cnae_principal::text AS cnae_principal, cnaes_secundarios::text[] AS cnaes_secundarios
FROM partners ORDER BY created_at, id;

-- machines --
-- The leads with events of a machine, and how many are left out.
SELECT lead_id, (state -> 'machines' ->> 1)::int AS left_out FROM galope.lead_state
WHERE coalesce((state -> 'machines' ->> 1)::int, 0) > 0 ORDER BY lead_id;

-- keep_findings --
-- Keeps what a search found: codes $1, of leads $2 or partners $3, and others $4, with facts $5. What is open and was not found
-- goes; what was settled stays so, unless it was said to be put right and is found with other facts.
WITH found AS (
    SELECT * FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[])
        AS f (code, lead_id, partner_id, other_id, facts)
), gone AS (
    DELETE FROM galope.finding AS k
    WHERE settlement IS NULL AND NOT EXISTS (
        SELECT FROM found AS f
        WHERE (f.code, coalesce(f.lead_id, f.partner_id), f.other_id)
              IS NOT DISTINCT FROM (k.code, coalesce(k.lead_id, k.partner_id), k.other_id)
    )
)
INSERT INTO galope.finding AS k (code, lead_id, partner_id, other_id, facts)
SELECT code, lead_id, partner_id, other_id, facts::jsonb FROM found
ON CONFLICT (code, (coalesce(lead_id, partner_id)), (coalesce(other_id, lead_id, partner_id))) DO UPDATE
SET facts = excluded.facts, settlement = NULL, settled_at = NULL, settled_by = NULL
WHERE k.settlement IS NULL OR (k.settlement = 'fixed' AND k.facts IS DISTINCT FROM excluded.facts);

-- groups_before --
-- The groups of kind $1 that were fitted last, and the highest number that any had.
SELECT g.groups::text AS groups,
       (SELECT max((one ->> 'number')::int) FROM galope.grouping AS k, jsonb_array_elements(k.groups) AS one
        WHERE k.kind = $1) AS highest
FROM galope.grouping AS g WHERE g.kind = $1 ORDER BY g.id DESC LIMIT 1;

-- groups_of_leads --
-- The group that each lead is in.
SELECT lead_id::text AS id, number FROM galope.lead_group;

-- groups_of_partners --
-- The same of each partner.
SELECT partner_id::text AS id, number FROM galope.partner_group;

-- keep_grouping --
-- Keeps groups of kind $1: what puts one into them $2, what is known of each $3, and how stable they are $4.
INSERT INTO galope.grouping (kind, model, groups, stability) VALUES ($1, $2::text::json, $3::text::jsonb, $4);

-- group_leads --
-- Puts leads $1 into groups $2, those that there still are, and nobody else into any.
WITH given AS (SELECT * FROM unnest($1::uuid[], $2::int[]) AS g (lead_id, number)),
     gone AS (DELETE FROM galope.lead_group AS k WHERE NOT EXISTS (SELECT FROM given WHERE given.lead_id = k.lead_id))
INSERT INTO galope.lead_group (lead_id, number)
SELECT g.lead_id, g.number FROM given AS g JOIN galope.subjects() AS l ON l.lead_id = g.lead_id
ON CONFLICT (lead_id) DO UPDATE SET number = excluded.number;

-- group_partners --
-- The same of partners.
WITH given AS (SELECT * FROM unnest($1::uuid[], $2::int[]) AS g (partner_id, number)),
     gone AS (DELETE FROM galope.partner_group AS k WHERE NOT EXISTS (SELECT FROM given WHERE given.partner_id = k.partner_id))
INSERT INTO galope.partner_group (partner_id, number) SELECT partner_id, number FROM given
ON CONFLICT (partner_id) DO UPDATE SET number = excluded.number;

-- partners_to_group --
-- What is known of each partner that tells groups apart, and how many verdicts it was given, good ones and in all.
SELECT p.id::text AS id, upper(p.uf::text) AS uf, p.segmento::text AS segmento, p.prioridade::float8 AS prioridade,
       coalesce(cardinality(p.cnaes_secundarios), 0) AS activities,
       extract(epoch FROM now() - p.data_inicio_atividade)::float8 AS age,
       coalesce(f.given, 0) AS given, coalesce(f.good, 0) AS good
FROM partners AS p
LEFT JOIN (
    SELECT partner_id, count(*) AS given, count(*) FILTER (WHERE verdict <> 'refused') AS good
    FROM galope.partner_feedback GROUP BY partner_id
) AS f ON f.partner_id = p.id
ORDER BY p.created_at, p.id;
