-- How the stream knows that it is told of every change, by name. Read by postgres/watched.py.

-- now --
-- The tables that tell of changes, and their triggers as they are: altered even for a moment, a trigger is another
-- version of its row.
SELECT c.oid AS relation, tree.root, c.oid::regclass::text AS name,
       coalesce(string_agg(format('%s %s %s', t.tgname, t.tgenabled, t.xmin), ', ' ORDER BY t.tgname), '') AS triggers
FROM (
    SELECT relation AS root, to_regclass(relation)::oid AS relation FROM galope.mapped_table
    UNION SELECT relation, relid FROM galope.mapped_table, pg_partition_tree(to_regclass(relation))
) AS tree
JOIN pg_class AS c ON c.oid = tree.relation
LEFT JOIN pg_trigger AS t ON t.tgrelid = c.oid AND t.tgname LIKE 'galope\_%'
GROUP BY c.oid, tree.root;

-- before --
-- The same, as they were when all their rows were accounted for.
SELECT relation, root, name, triggers FROM galope.watched;

-- account_for --
-- Takes tables $1, of roots $2, names $3 and triggers $4, as accounted for.
INSERT INTO galope.watched (relation, root, name, triggers)
SELECT * FROM unnest($1::oid[], $2::text[], $3::text[], $4::text[])
ON CONFLICT (relation) DO UPDATE SET root = excluded.root, name = excluded.name, triggers = excluded.triggers;

-- forget --
-- Forgets tables that tell of nothing any more.
DELETE FROM galope.watched WHERE relation = ANY ($1::oid[]);

-- still_there --
-- The name of table $1, which was a partition of events; null when it was dropped or may not be read.
SELECT oid::regclass::text FROM pg_class WHERE oid = $1 AND has_table_privilege(oid, 'SELECT');

-- rebuild_leads_of --
-- Has the stream read anew the leads of the events in a table, whose name follows.
INSERT INTO galope.change_log (kind, lead_id) SELECT DISTINCT 'rebuild', lead_id FROM;

-- without_triggers --
-- Partitions without Galope's triggers: what is written straight into them is not seen. Null when none.
SELECT string_agg(relid::regclass::text, ', ' ORDER BY relid::regclass::text)
FROM galope.mapped_table, pg_partition_tree(to_regclass(relation))
WHERE NOT EXISTS (
    SELECT FROM pg_trigger WHERE tgrelid = relid AND tgenabled IN ('A', 'O') AND tgname = format('%s_inserted', triggers)
);

-- try_again --
-- Has leads that were set aside as a whole ten minutes ago, and are there, be read anew: what was in the way may not be any
-- more. The longest ago come first, so many at a time as are no burden when it is.
INSERT INTO galope.change_log (kind, lead_id)
SELECT 'rebuild', lead_id
FROM galope.dead_letter AS d
WHERE event_id IS NULL AND created_at < now() - interval '10 minutes'
  AND EXISTS (SELECT FROM galope.subjects() AS s WHERE s.lead_id = d.lead_id)
GROUP BY lead_id ORDER BY min(id) LIMIT 500;

-- forget_orphans --
-- Forgets events that came before their lead, which counted them when it came.
DELETE FROM galope.dead_letter AS d
WHERE reason = 'the event''s lead does not exist' AND EXISTS (SELECT FROM galope.lead_state AS s WHERE s.lead_id = d.lead_id);

-- count_events --
-- Counts the usable events of the next $2 leads after id $1, and has those read anew whose states come to another number,
-- or that have none; and those forgotten that are no leads any more. Tells how many, and which lead was the last; null when
-- there are no more. Leads are left out whose changes are still to be taken, all of them where one is not of a lead, and
-- those that were set aside as a whole.
WITH page AS MATERIALIZED (
    SELECT lead_id FROM galope.subjects() WHERE lead_id > $1 ORDER BY lead_id LIMIT $2
), upto AS (
    SELECT lead_id FROM page ORDER BY lead_id OFFSET $2 - 1
), differs AS (
    SELECT p.lead_id, 'rebuild' AS kind
    FROM page AS p
    LEFT JOIN galope.lead_state AS s ON s.lead_id = p.lead_id
    LEFT JOIN LATERAL (
        SELECT count(*) AS events FROM galope.subject_events() AS e
        WHERE e.lead_id = p.lead_id AND e.occurred_at BETWEEN to_timestamp(946684800) AND now() + interval '1 day'
    ) AS counted ON true
    WHERE (s.state ->> 'count')::int + coalesce((s.state -> 'machines' ->> 1)::int, 0) IS DISTINCT FROM counted.events
    UNION ALL
    SELECT s.lead_id, 'gone'
    FROM galope.lead_state AS s
    WHERE s.lead_id > $1 AND s.lead_id <= coalesce((SELECT lead_id FROM upto), 'ffffffff-ffff-ffff-ffff-ffffffffffff')
      AND NOT EXISTS (SELECT FROM galope.subjects() AS l WHERE l.lead_id = s.lead_id)
), missed AS (
    INSERT INTO galope.change_log (kind, lead_id)
    SELECT kind, lead_id FROM differs
    WHERE lead_id NOT IN (
        SELECT l.lead_id FROM galope.cursor AS c, galope.change_log AS l
        WHERE l.xid >= pg_snapshot_xmin(c.snapshot) AND NOT pg_visible_in_snapshot(l.xid, c.snapshot)
    ) AND lead_id NOT IN (SELECT lead_id FROM galope.dead_letter WHERE event_id IS NULL AND lead_id IS NOT NULL)
    RETURNING lead_id
)
SELECT (SELECT count(*) FROM missed) AS missed, (SELECT lead_id FROM upto) AS last;

-- set_problem --
-- Says, for whoever asks for the stream's health, what is in its way: $1, or null for nothing.
UPDATE galope.cursor SET problem = $1 WHERE partition = 0 AND problem IS DISTINCT FROM $1 RETURNING partition;
