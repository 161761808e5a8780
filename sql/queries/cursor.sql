-- The cursor, the change log, and who holds them.

-- position --
-- The committed cursor, and whether it is of this cluster: not of another one, nor of a later state of it, whose
-- transactions a restored snapshot or a copy of its disk has not seen.
SELECT c.snapshot, c.window_snapshot, c.after_xid, c.after_id, c.model_version, c.head_versions,
       c.system_identifier = s.system_identifier
       AND pg_snapshot_xmax(c.snapshot) <= pg_snapshot_xmax(pg_current_snapshot()) AS of_this_cluster
FROM pg_control_system() AS s LEFT JOIN galope.cursor AS c ON c.partition = 0;

-- start_cursor --
-- Begins anew from what is visible now: states are forgotten and rebuilt from the rows.
INSERT INTO galope.cursor (snapshot, system_identifier)
SELECT pg_current_snapshot(), system_identifier FROM pg_control_system()
ON CONFLICT (partition) DO UPDATE
SET snapshot = excluded.snapshot, window_snapshot = NULL, after_xid = '0', after_id = 0,
    system_identifier = excluded.system_identifier, heartbeat_at = now();

-- take_over --
-- Becomes the one consumer: whoever held the cursor before can commit nothing more, and NOTIFY, which it may have left
-- enabled, is disabled.
UPDATE galope.cursor SET epoch = epoch + 1, heartbeat_at = now() WHERE partition = 0
RETURNING epoch, setval('galope.notify_enabled', 0);

-- set_notify --
-- Has writers, at once, notify of changes (1) or not (0).
SELECT setval('galope.notify_enabled', $1);

-- forget_foreign_changes --
-- Drops logged changes of transactions that this cluster has not begun: they came with a restored dump.
DELETE FROM galope.change_log WHERE xid >= pg_snapshot_xmax(pg_current_snapshot());

-- empty_states --
-- Empties the folded states, to be rebuilt from the rows.
TRUNCATE galope.lead_state;

-- forget_states --
-- The same while somebody reads them.
DELETE FROM galope.lead_state;

-- fetch_changes --
-- The next page of changes that became visible after $1 and up to $2 (null: now), after row ($3, $4), at most $5.
-- First come those of transactions that were still running at $1, a few index points; then those begun since, one index
-- range: what is read does not grow with the log, nor while an old transaction stays open.
WITH upto AS (SELECT coalesce($2::pg_snapshot, pg_current_snapshot()) AS snapshot)
SELECT upto.snapshot, change.xid, change.id, change.kind, change.lead_id, change.event_id, change.event_type,
       change.attributes,
       extract(epoch FROM change.occurred_at)::float8 AS occurred_at
FROM upto LEFT JOIN LATERAL (
    SELECT * FROM (
        (
            SELECT * FROM galope.change_log
            WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip($1::pg_snapshot)))
              AND (xid, id) > ($3::xid8, $4::bigint)
              AND pg_visible_in_snapshot(xid, upto.snapshot)
            ORDER BY xid, id
            LIMIT $5
        )
        UNION ALL
        (
            SELECT * FROM galope.change_log
            WHERE (xid, id) > (
                      greatest($3::xid8, pg_snapshot_xmax($1::pg_snapshot)),
                      CASE WHEN $3::xid8 >= pg_snapshot_xmax($1::pg_snapshot) THEN $4::bigint ELSE 0 END
                  )
              AND pg_visible_in_snapshot(xid, upto.snapshot)
            ORDER BY xid, id
            LIMIT $5
        )
    ) AS newer
    ORDER BY xid, id
    LIMIT $5
) AS change ON true;

-- heartbeat --
-- Says that the consumer of this epoch is alive; tells whether the log was cut off, and whether all transactions have ended
-- whose changes may be missing from it.
UPDATE galope.cursor SET heartbeat_at = now() WHERE partition = 0 AND epoch = $1
RETURNING coalesce(pg_sequence_last_value('galope.log_full') = 1, false) AS is_full,
          coalesce(pg_snapshot_xmax(cut_off) <= pg_snapshot_xmin(pg_current_snapshot()), false) AS is_whole;

-- limit_log --
-- Takes the size in bytes at which the log is full, $1; tells whether changes may be missing from it.
UPDATE galope.cursor SET log_limit = $1 WHERE partition = 0
RETURNING cut_off IS NOT NULL OR coalesce(pg_sequence_last_value('galope.log_full') = 1, false);

-- note_cut --
-- Notes, first of all, that changes may be missing from the log.
UPDATE galope.cursor SET cut_off = pg_current_snapshot() WHERE partition = 0;

-- open_log --
-- Has the log take changes again.
SELECT setval('galope.log_full', 0);

-- note_running --
-- Notes the transactions that may not have logged what they changed, which are those that run now; null when none does.
UPDATE galope.cursor
SET cut_off = (SELECT s FROM pg_current_snapshot() AS s WHERE EXISTS (SELECT pg_snapshot_xip(s)))
WHERE partition = 0;

-- note_whole --
-- Notes that nothing is missing from the log.
UPDATE galope.cursor SET cut_off = NULL WHERE partition = 0;

-- announce --
-- Says that scores were committed.
SELECT pg_notify('galope_scored', '');

-- log_size --
-- Bytes of the change log.
SELECT pg_total_relation_size('galope.change_log');

-- lock_log --
-- Keeps writers out of the change log for the moment it takes to empty it.
LOCK TABLE galope.change_log IN ACCESS EXCLUSIVE MODE;

-- empty_log --
-- Gives the change log's space back; only when every row of it has been consumed.
TRUNCATE galope.change_log;

-- ask_for_rebuild --
-- Has the stream, now or when it next starts, read every state anew from the rows.
WITH asked AS (INSERT INTO galope.change_log (kind) VALUES ('reset') RETURNING kind)
SELECT pg_notify('galope_wake', '') FROM asked;
