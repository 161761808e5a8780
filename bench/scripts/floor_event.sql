WITH event AS (INSERT INTO bench.event (id) VALUES (nextval('bench.floor_turn')) RETURNING id)
SELECT pg_notify('bench_floor', id::text) FROM event;
