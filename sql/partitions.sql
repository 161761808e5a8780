-- Galope: its triggers fire whatever a session's replication role is, and on every partition, for what is written straight
-- into one. Safe to apply again, after the triggers.

DO $$
DECLARE
    made record;
BEGIN
    -- A partition that was detached, or a table that another has taken the place of, tells of events that are none any more.
    FOR made IN
        SELECT t.tgname, t.tgrelid::regclass::text AS name
        FROM pg_trigger AS t, galope.mapped_table AS m
        WHERE starts_with(t.tgname::text, m.triggers || '_') AND t.tgrelid <> m.relation::regclass
          AND t.tgrelid NOT IN (SELECT relid FROM pg_partition_tree(m.relation::regclass))
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', made.tgname, made.name);
    END LOOP;
    FOR made IN
        SELECT t.tgname, t.tgrelid::regclass::text AS root, pg_get_triggerdef(t.oid) AS definition,
               format('%I.%I', n.nspname, c.relname) AS written,
               ARRAY(SELECT relid::regclass::text FROM pg_partition_tree(t.tgrelid)
                     WHERE relid <> t.tgrelid) AS partitions
        FROM pg_trigger AS t
        JOIN pg_class AS c ON c.oid = t.tgrelid
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE t.tgname LIKE 'galope\_%' AND NOT c.relispartition
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', made.root, made.tgname);
        FOR i IN 1..coalesce(array_length(made.partitions, 1), 0) LOOP
            EXECUTE replace(
                replace(made.definition, ' ON ' || made.written || ' ', ' ON ' || made.partitions[i] || ' '),
                'CREATE TRIGGER', 'CREATE OR REPLACE TRIGGER'
            );
            EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', made.partitions[i], made.tgname);
        END LOOP;
    END LOOP;
END
$$;
