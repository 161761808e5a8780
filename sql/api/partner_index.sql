-- Every statement of partner matching, by name. Read by api/services/database.py.

-- partner_blocks --
-- The partners by the first byte of their ids: how many, and the sum of the transactions that wrote them. Whatever is
-- committed changes one of the two: a row that is written anew is of a later transaction than the one it replaces.
SELECT get_byte(uuid_send(id), 0) AS block, count(*) AS rows, sum(xmin::text::bigint)::numeric AS written
FROM partners GROUP BY block;

-- partners_between --
-- What is compared of the partners with ids from one of $1 up to the same one of $2, in the order of their ids.
SELECT id, razao_social, nome_fantasia, uf, municipio_nome, cnae_principal, cnaes_secundarios, segmento, prioridade,
       endereco::text AS endereco
FROM unnest($1::uuid[], $2::uuid[]) AS wanted (first, last) JOIN partners ON id BETWEEN first AND last
ORDER BY id;

-- wanted --
-- What lead $1 asks for, which partners were refused for it, and the weights, after how many verdicts.
SELECT to_jsonb(l)::text AS lead,
       left((SELECT string_agg(note_text, ' ' ORDER BY id DESC) FROM lead_notes WHERE lead_id = l.id), 20000) AS notes,
       ARRAY(SELECT partner_id FROM galope.partner_feedback WHERE lead_id = l.id AND verdict = 'refused') AS refused,
       m.verdicts, m.model::text AS model
FROM leads AS l LEFT JOIN galope.partner_model AS m ON true
WHERE l.id = $1;

-- proposed_partners --
-- Partners with ids $2 and what people did with them for lead $1.
SELECT p.id, p.cnpj, p.razao_social, p.nome_fantasia, p.uf, p.municipio_nome, p.cnae_principal, p.cnaes_secundarios,
       p.segmento, p.prioridade, p.endereco::text AS endereco, f.verdict
FROM partners AS p LEFT JOIN galope.partner_feedback AS f ON f.partner_id = p.id AND f.lead_id = $1
WHERE p.id = ANY ($2::uuid[]);

-- lock_partner_model --
-- The weights, which nobody else changes until the transaction ends; at first $1.
INSERT INTO galope.partner_model AS m (model) VALUES ($1)
ON CONFLICT (id) DO UPDATE SET model = m.model
RETURNING model::text AS model;

-- record_verdict --
-- Keeps what was done with partner $2 for lead $1: verdict $3, and the features $4 that it was done with. A row comes
-- back when that is news.
INSERT INTO galope.partner_feedback AS f (lead_id, partner_id, verdict, features)
SELECT l.id, p.id, $3, $4 FROM leads AS l, partners AS p WHERE l.id = $1 AND p.id = $2
ON CONFLICT (lead_id, partner_id) DO UPDATE
SET verdict = excluded.verdict, features = excluded.features, given_at = now()
WHERE f.verdict <> excluded.verdict
RETURNING f.partner_id;

-- keep_partner_model --
-- Keeps the weights $1 that one more verdict made.
UPDATE galope.partner_model SET model = $1, verdicts = verdicts + 1 RETURNING verdicts;
