-- Whose turn it is to work on the database, by name. Read by stream/turn.py.

-- lock --
-- Takes the lock of the stream that works, if nobody has it. It ends with the session.
SELECT pg_try_advisory_lock($1);

-- lease_is_held --
-- Whether the stream that works said so in the last $1 seconds.
SELECT EXISTS (
    SELECT FROM galope.cursor WHERE partition = 0 AND heartbeat_at > clock_timestamp() - make_interval(secs => $1::float8)
);

-- end_silent --
-- Ends the sessions of a stream that has the lock $1 and neither said anything for $2 seconds nor has Postgres working:
-- its process is frozen, or what is between answers no more. Those that wait have no writer.
WITH sessions AS (
    SELECT a.pid, a.state = 'active' AND a.wait_event_type IS DISTINCT FROM 'Client' AS works
    FROM pg_stat_activity AS a
    WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND (
        a.application_name = 'galope writer' OR a.pid IN (
            SELECT pid FROM pg_locks
            WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND (classid::bigint << 32 | objid::bigint) = $1
              AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        )
    )
)
SELECT count(pg_terminate_backend(pid)) FROM sessions
WHERE NOT EXISTS (SELECT FROM sessions WHERE works) AND EXISTS (
    SELECT FROM galope.cursor
    WHERE partition = 0 AND heartbeat_at < clock_timestamp() - make_interval(secs => $2::float8)
);

-- release --
-- Says that the stream of epoch $1 works no more.
UPDATE galope.cursor SET heartbeat_at = to_timestamp(0) WHERE partition = 0 AND epoch = $1;
