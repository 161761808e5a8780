-- Partners: listed, counted, and those of a lead. By the names that the HTTP API calls them.

-- partners_ids --
-- Ids of partners of state $1, segment $2, that hold $3, by priority, then name: $4 of them after $5.
SELECT coalesce(array_agg(page.id ORDER BY page.place), '{}')
FROM (
    SELECT p.id, row_number() OVER (ORDER BY p.prioridade, coalesce(p.nome_fantasia, p.razao_social), p.id) AS place
    FROM partners AS p
    WHERE ($1::text IS NULL OR p.uf::text = $1) AND ($2::text IS NULL OR p.segmento::text = $2)
      AND ($3::text IS NULL OR concat_ws(
          ' ', p.cnpj, p.razao_social, p.nome_fantasia,
          to_jsonb(p) ->> 'municipio_nome', to_jsonb(p) ->> 'cnae_principal'
      ) ILIKE $3)
    ORDER BY place
    LIMIT $4 OFFSET $5
) AS page;

-- partners_sorted --
-- Ids of partners $1 by what $2 names, downwards where $3, else upwards; what is missing last, and what is even as it
-- came: $4 of them after $5.
SELECT coalesce(array_agg(page.id ORDER BY page.place), '{}')
FROM (
    SELECT p.id, row_number() OVER (
        ORDER BY CASE WHEN NOT $3 THEN value.text END, CASE WHEN $3 THEN value.text END DESC NULLS LAST, given.place
    ) AS place
    FROM unnest($1::uuid[]) WITH ORDINALITY AS given (id, place) JOIN partners AS p ON p.id = given.id
    CROSS JOIN LATERAL (
        SELECT nullif(galope.plain(CASE $2::text
            WHEN 'nome' THEN coalesce(p.nome_fantasia, p.razao_social) WHEN 'segmento' THEN p.segmento::text
            WHEN 'cidade' THEN to_jsonb(p) ->> 'municipio_nome' WHEN 'prioridade' THEN p.prioridade::text
        END), '') AS text
    ) AS value
    ORDER BY place
    LIMIT $4 OFFSET $5
) AS page;

-- partners_rows --
-- Partners $1 as JSON, in that order, a comma between them.
SELECT coalesce(string_agg(to_jsonb(p)::text, ',' ORDER BY page.place), '')
FROM unnest($1::uuid[]) WITH ORDINALITY AS page (id, place) JOIN partners AS p ON p.id = page.id;

-- partner_cards --
-- Partners $1 as JSON under the names of the board's client, in that order, a comma between them.
SELECT coalesce(string_agg(jsonb_build_object(
    'id', p.id, 'cnpj', p.cnpj, 'razao_social', p.razao_social, 'nome_fantasia', p.nome_fantasia, 'uf', p.uf,
    'cidade', card ->> 'municipio_nome', 'municipio', card ->> 'municipio_nome', 'segmento', p.segmento,
    'prioridade', p.prioridade, 'cnae', card ->> 'cnae_principal',
    'contato', coalesce(card -> 'contato' ->> 'telefone', card -> 'contato' ->> 'email')
)::text, ',' ORDER BY page.place), '')
FROM unnest($1::uuid[]) WITH ORDINALITY AS page (id, place)
JOIN partners AS p ON p.id = page.id
CROSS JOIN LATERAL to_jsonb(p) AS card;

-- partners_count --
-- How many partners there are by the same filters.
SELECT count(*) FROM partners AS p
WHERE ($1::text IS NULL OR p.uf::text = $1) AND ($2::text IS NULL OR p.segmento::text = $2)
  AND ($3::text IS NULL OR concat_ws(
      ' ', p.cnpj, p.razao_social, p.nome_fantasia, to_jsonb(p) ->> 'municipio_nome', to_jsonb(p) ->> 'cnae_principal'
  ) ILIKE $3);

-- partners_summary --
-- Partners of state $1 by segment.
SELECT coalesce(json_agg(counted ORDER BY counted.total DESC, counted.segmento), '[]')::text
FROM (
    SELECT segmento, count(*) AS total FROM partners WHERE $1::text IS NULL OR uf::text = $1 GROUP BY segmento
) AS counted;

-- partners_after --
-- Partners after id $1 (null: from the first), at most $2, of state $3 and segment $4, that hold $5.
SELECT id, to_jsonb(p)::text AS row FROM partners AS p
WHERE ($1::uuid IS NULL OR id > $1) AND ($3::text IS NULL OR uf::text = $3) AND ($4::text IS NULL OR segmento::text = $4)
  AND ($5::text IS NULL OR concat_ws(
      ' ', cnpj, razao_social, nome_fantasia, to_jsonb(p) ->> 'municipio_nome', to_jsonb(p) ->> 'cnae_principal'
  ) ILIKE $5)
ORDER BY id LIMIT $2;
