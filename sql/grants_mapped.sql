-- Galope: what a role needs to run the stream where galope.toml maps tables: to read these, to write
-- the columns it names for scores, and all of Galope's own, beside which no API keeps keys or people's decisions. Needs psql.
--
-- psql "$DATABASE_URL" -v role=galope_stream -f sql/grants_mapped.sql

SELECT format('GRANT USAGE ON SCHEMA %I TO %I', n.nspname, :'role')
FROM galope.mapped_table AS m
JOIN pg_class AS c ON c.oid = m.relation::regclass
JOIN pg_namespace AS n ON n.oid = c.relnamespace
UNION
SELECT format('GRANT SELECT ON %s TO %I', relation, :'role') FROM galope.mapped_table
UNION
SELECT format('GRANT UPDATE (%s) ON %s TO %I', string_agg(format('%I', c.value), ', '), s.relation, :'role')
FROM galope.subject AS s, jsonb_each_text(s.mapping -> 'subject' -> s.name -> 'columns') AS c
GROUP BY s.relation
\gexec

GRANT USAGE ON SCHEMA galope TO :"role";
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA galope TO :"role";
GRANT UPDATE ON SEQUENCE galope.notify_enabled, galope.log_full TO :"role";
