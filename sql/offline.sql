-- What the audit and the search for duplicates ask, by name. Read by offline/audit.py and offline/duplicates.py.

-- scores_before --
-- The highest score of each lead of $1 before its outcome at $2, and the seconds from when it last became hot, by score
-- ($3) or by status, to that outcome.
SELECT o.lead_id, max(h.score_after) AS highest,
       o.resolved_at - extract(epoch FROM max(h.scored_at) FILTER (WHERE h.became_hot))::float8 AS waited
FROM unnest($1::uuid[], $2::float8[]) AS o (lead_id, resolved_at)
JOIN LATERAL (
    SELECT score_after, scored_at,
           (score_after >= $3 AND coalesce(score_before, 0) < $3)
           OR (status = 'QUALIFICADO' AND lag(status) OVER (ORDER BY id) IS DISTINCT FROM status) AS became_hot
    FROM galope.score_history
    WHERE lead_id = o.lead_id AND head = '' AND scored_at < to_timestamp(o.resolved_at)
) AS h ON true
GROUP BY o.lead_id, o.resolved_at;

-- newest_reasons --
-- The reasons of each lead's newest score.
SELECT h.points
FROM galope.subjects() AS l
JOIN LATERAL (
    SELECT points FROM galope.score_history WHERE lead_id = l.lead_id AND head = '' ORDER BY id DESC LIMIT 1
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
