-- Findings: what is odd of leads and partners, and how it was settled. By the names that the HTTP API calls them.

-- findings --
-- What was found and is still open, or was settled ($1), of kind $2 (null: of any), with the names of whom it is about; at most
-- $3. What is about somebody who is gone is left out, but for leads that were merged.
SELECT f.id, f.code, f.lead_id, f.partner_id, f.other_id, f.facts::text AS facts, f.found_at, f.settlement, f.settled_at,
       f.settled_by, coalesce(l.nome::text, nullif(p.nome_fantasia::text, ''), p.razao_social::text) AS name,
       coalesce(m.nome::text, nullif(q.nome_fantasia::text, ''), q.razao_social::text) AS other_name
FROM galope.finding AS f
LEFT JOIN leads AS l ON l.id = f.lead_id
LEFT JOIN leads AS m ON m.id = f.other_id
LEFT JOIN partners AS p ON p.id = f.partner_id
LEFT JOIN partners AS q ON q.id = f.other_id
WHERE (f.settlement IS NOT NULL) = $1 AND ($2::text IS NULL OR f.code = $2) AND coalesce(l.id, p.id) IS NOT NULL
  AND (f.other_id IS NULL OR coalesce(m.id, q.id) IS NOT NULL OR f.settlement = 'merged')
ORDER BY coalesce(f.settled_at, f.found_at) DESC, f.id LIMIT $3;

-- count_findings --
-- How much is open, by kind, and when findings were last looked for.
SELECT coalesce((
           SELECT json_object_agg(code, count) FROM (
               SELECT code, count(*) AS count FROM galope.finding AS f
               WHERE settlement IS NULL
                 AND (EXISTS (SELECT FROM leads WHERE id = f.lead_id) OR EXISTS (SELECT FROM partners WHERE id = f.partner_id))
                 AND (other_id IS NULL OR EXISTS (SELECT FROM leads WHERE id = f.other_id)
                      OR EXISTS (SELECT FROM partners WHERE id = f.other_id))
               GROUP BY code
           ) AS open
       ), '{}')::text AS open,
       (SELECT max(at) FROM galope.audit WHERE action = 'anomalies looked for') AS searched_at;

-- hold_finding --
-- Finding $1, kept as it is until the transaction ends.
SELECT code, lead_id, partner_id, other_id, settlement FROM galope.finding WHERE id = $1 FOR UPDATE;

-- settle_finding --
-- Settles finding $1 as $2, by $3; null opens it again.
UPDATE galope.finding
SET settlement = $2, settled_by = CASE WHEN $2::text IS NOT NULL THEN $3::text END,
    settled_at = CASE WHEN $2::text IS NOT NULL THEN now() END
WHERE id = $1;

-- other_rows_of --
-- The team's table, beside events and notes, that has rows of lead $1; null for none.
SELECT galope.other_rows_of($1);

-- part_leads --
-- Parts lead $2 from lead $1 that it was merged into; null where that can't be.
SELECT galope.part_leads($1, $2);
