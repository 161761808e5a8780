-- Whether rows of tables $1 could go unseen. As in sql/checks.sql, each statement returns one sentence or null. Read by
-- postgres/mapped_tables.py.

-- inherited --
-- Whether the rows of tables $1 are partly other tables'.
SELECT string_agg(format(
    '%s is inherited by other tables, whose rows Galope would not see. Partition it instead.', r.wanted), ' ')
FROM unnest($1::text[]) AS r (wanted)
JOIN pg_class AS c ON c.oid = to_regclass(r.wanted)
WHERE c.relkind = 'r' AND EXISTS (SELECT FROM pg_inherits WHERE inhparent = c.oid);

-- row_security --
-- Whether policies hide rows of tables $1 from the role. What is hidden would look like what was deleted.
SELECT format('Row-level security hides rows of %s from role %I. Run as a superuser: ALTER ROLE %2$I BYPASSRLS',
              string_agg(watched, ' and '), current_user)
FROM unnest($1::text[]) AS watched
WHERE to_regclass(watched) IS NOT NULL AND row_security_active(to_regclass(watched)::oid)
HAVING count(*) > 0;

-- subscription --
-- Whether another server writes tables $1: statement triggers don't fire for what a subscription brings.
SELECT format('A subscription fills %s, whose rows fire no triggers here. Run Galope on the server that publishes them.',
              string_agg(DISTINCT tree.root, ' and '))
FROM pg_subscription_rel AS s
JOIN (
    SELECT watched AS root, to_regclass(watched)::oid AS relation FROM unnest($1::text[]) AS watched
    UNION SELECT watched, relid FROM unnest($1::text[]) AS watched, pg_partition_tree(to_regclass(watched))
) AS tree ON tree.relation = s.srrelid
HAVING count(*) > 0;
