-- What `python -m stream --inspect` asks of a database. Read by postgres/inspection.py.

-- columns --
-- Every column of the tables that the role may read, but Galope's: its type, domains as what they are of, which table it
-- refers to, and whether it alone is the table's key.
SELECT c.oid, n.nspname AS schema, c.relname AS table, c.reltuples::float8 AS rows, a.attname AS name,
       quote_ident(a.attname) AS quoted, format_type(coalesce(nullif(t.typbasetype, 0), t.oid), NULL) AS type, t.typcategory::text AS category,
       (
           SELECT f.confrelid FROM pg_constraint AS f
           WHERE f.contype = 'f' AND f.conrelid = c.oid AND f.conkey = ARRAY[a.attnum] LIMIT 1
       ) AS refers_to,
       EXISTS (
           SELECT FROM pg_constraint AS k WHERE k.contype = 'p' AND k.conrelid = c.oid AND k.conkey = ARRAY[a.attnum]
       ) AS is_key
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type AS t ON t.oid = a.atttypid
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
  AND n.nspname NOT LIKE 'pg\_%' AND n.nspname NOT IN ('information_schema', 'galope')
  AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
ORDER BY n.nspname, c.relname, a.attnum;

-- values --
-- As a template: of a sample of a table's rows, how many say something in a column, how many different things, how many
-- look like an address of e-mail, and the longest; and what is said where that is one of few things.
SELECT count(value) AS said, count(DISTINCT value) AS different, count(*) FILTER (WHERE value LIKE '%_@_%.%') AS mails,
       coalesce(max(length(value)), 0) AS longest,
       CASE WHEN count(DISTINCT value) <= 40 THEN array_agg(DISTINCT value) FILTER (WHERE value IS NOT NULL) END AS all
FROM (SELECT nullif({column}::text, '') AS value FROM {table} LIMIT 20000) AS sample

-- rows_of --
-- As a template: the rows of a small table that others refer to.
SELECT to_jsonb(t)::text FROM {table} AS t LIMIT 200

-- labels --
-- The labels of an enumeration that column $2 of table $1 is of, in their order; null when it is none.
SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
FROM pg_attribute AS a JOIN pg_enum AS e ON e.enumtypid = a.atttypid
WHERE a.attrelid = $1 AND a.attname = $2;
