-- Groups that leads and partners fall into. By the names that the HTTP API calls them.

-- grouping --
-- The groups of kind $1 that were fitted last, with what puts one into them.
SELECT id, model::text AS model, groups::text AS groups, stability, fitted_at
FROM galope.grouping WHERE kind = $1 ORDER BY id DESC LIMIT 1;

-- group_exists --
-- Whether the groups of leads that were fitted last have number $1.
SELECT EXISTS (
    SELECT FROM (SELECT groups FROM galope.grouping WHERE kind = 'leads' ORDER BY id DESC LIMIT 1) AS newest
    WHERE groups @> jsonb_build_array(jsonb_build_object('number', $1::int))
);

-- lead_group_sizes --
-- How many leads are in each group by now.
SELECT g.number, count(*) AS size FROM galope.lead_group AS g JOIN leads AS l ON l.id = g.lead_id GROUP BY g.number;

-- lead_group --
-- The group that lead $1 is in; null for none.
SELECT number FROM galope.lead_group WHERE lead_id = $1;

-- demand --
-- Leads of the last $1 days and partners by state and segment, where there are any leads, the fewest partners a lead first; of
-- the partners there, the one that was kept or contacted most, and then that of the first priority.
WITH wanted AS (
    SELECT upper(uf::text) AS uf, upper(galope.plain(segmento_interesse::text)) AS segment, count(*) AS leads
    FROM leads WHERE created_at > now() - make_interval(days => $1) AND coalesce(uf::text, '') <> '' GROUP BY 1, 2
), there AS (
    SELECT upper(p.uf::text) AS uf, upper(galope.plain(p.segmento::text)) AS segment, count(*) AS partners,
           (array_agg(p.id ORDER BY coalesce(f.good, 0) DESC, p.prioridade, p.id))[1] AS star
    FROM partners AS p
    LEFT JOIN (
        SELECT partner_id, count(*) AS good FROM galope.partner_feedback WHERE verdict <> 'refused' GROUP BY partner_id
    ) AS f ON f.partner_id = p.id
    GROUP BY 1, 2
)
SELECT w.uf, w.segment, w.leads, coalesce(t.partners, 0) AS partners, t.star AS star_id,
       coalesce(nullif(p.nome_fantasia::text, ''), p.razao_social::text) AS star
FROM wanted AS w
LEFT JOIN there AS t ON t.uf = w.uf AND t.segment = w.segment
LEFT JOIN partners AS p ON p.id = t.star
ORDER BY coalesce(t.partners, 0)::float8 / w.leads, w.leads DESC, w.uf, w.segment LIMIT $2;
