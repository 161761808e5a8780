-- What heads beside the primary one say. By the names that the HTTP API calls them.

-- heads_of --
-- What heads $2 say of lead $1, and since when the score is what it is.
SELECT s.head, s.score, s.probability, s.reasons::text AS points, s.scored_at, s.model_version,
       coalesce(h.scored_at, s.scored_at) AS since
FROM galope.score AS s
LEFT JOIN LATERAL (
    SELECT scored_at FROM galope.score_history WHERE lead_id = s.lead_id AND head = s.head ORDER BY id DESC LIMIT 1
) AS h ON true
WHERE s.lead_id = $1 AND s.head = ANY ($2::text[]);

-- state_of --
-- The folded state of lead $1.
SELECT state::text FROM galope.lead_state WHERE lead_id = $1;

-- head_leads --
-- Leads of which head $1 says a chance of at least $2 (null: any), the largest first, $3 of them after $4.
SELECT s.lead_id, l.nome, l.uf::text AS uf, l.cidade, l.segmento_interesse, s.score, s.probability, s.scored_at
FROM galope.score AS s JOIN leads AS l ON l.id = s.lead_id
WHERE s.head = $1 AND ($2::float8 IS NULL OR s.probability >= $2)
ORDER BY s.probability DESC, s.lead_id LIMIT $3 OFFSET $4;

-- head_leads_count --
-- How many leads there are by the same.
SELECT count(*) FROM galope.score AS s JOIN leads AS l ON l.id = s.lead_id
WHERE s.head = $1 AND ($2::float8 IS NULL OR s.probability >= $2);
