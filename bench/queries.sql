-- What the benches ask of their own databases, by name. Read by bench/testbed.py.

-- seed_leads --
-- $1 leads, numbered and still open; a lead's id is its number's md5, so that ids are as scattered as random ones and
-- known beforehand.
INSERT INTO leads (id, nome, whatsapp, email, uf, segmento_interesse, orcamento_faixa, prazo_compra, created_at)
SELECT md5(n::text)::uuid, 'Lead ' || n, CASE WHEN n % 3 > 0 THEN '+55 31 9' || n END,
       CASE WHEN n % 4 > 0 THEN n || '@example.com' END, (ARRAY['MG', 'SP', 'GO', 'BA'])[1 + n % 4],
       (ARRAY['CAVALOS', 'SERVICOS', 'EVENTOS', 'EQUIPAMENTOS'])[1 + n / 4 % 4],
       (ARRAY['0-5k', '5k-20k', '20k-60k', '60k+', NULL])[1 + n % 5], (ARRAY['7d', '30d', '90d'])[1 + n / 2 % 3],
       now() - interval '29 days'
FROM generate_series(1, $1::integer) AS n;

-- seed_events --
-- $1 events evenly over the last 29 days, dealt to leads 1 to $2 and of eight types by hash: as good as random, and the
-- same every time.
INSERT INTO events (id, lead_id, event_type, ts, metadata)
SELECT md5('event ' || n)::uuid, md5((1 + (hashint4extended(n, 1) & 2147483647) % $2)::text)::uuid,
       (ARRAY['page_view', 'page_view', 'page_view', 'hook_complete', 'cta_click', 'whatsapp_click', 'asked_price',
              'budget_confirmed'])[1 + (hashint4extended(n, 2) & 7)],
       now() - interval '29 days' * (1 - n / $1::float8), '{"page": "/cavalos", "source": "organic"}'
FROM generate_series(1, $1::integer) AS n;

-- learning_leads --
-- $1 leads, created at $2.
INSERT INTO leads (id, nome, segmento_interesse, created_at)
SELECT md5(n::text)::uuid, 'Lead ' || n, 'CAVALOS', to_timestamp($2::float8) FROM generate_series(1, $1::integer) AS n;

-- learning_events --
-- $1 events from $3 on, a second apart, dealt to leads 1 to $2; every twentieth says what became of one.
INSERT INTO events (id, lead_id, event_type, ts)
SELECT md5('event ' || n)::uuid, md5((1 + (hashint4extended(n, 1) & 2147483647) % $2)::text)::uuid,
       CASE (hashint4extended(n, 2) & 2147483647) % 40
           WHEN 0 THEN 'handoff' WHEN 1 THEN 'lost_interest'
           ELSE (ARRAY['page_view', 'hook_complete', 'cta_click', 'asked_price'])[1 + (hashint4extended(n, 3) & 3)]
       END,
       to_timestamp($3::float8 + n)
FROM generate_series(1, $1::integer) AS n;

-- learned --
-- From how many leads the models have learned.
SELECT coalesce(max(learned), 0) FROM galope.learner;

-- learner_state --
-- What they have learned.
SELECT state FROM galope.learner;

-- stream_is_idle --
-- Whether every lead has a state and every change is behind the committed cursor. The newest change is looked at
-- first, so that asking costs little while there is a backlog.
SELECT NOT EXISTS (
    SELECT FROM galope.cursor AS c CROSS JOIN LATERAL (
        SELECT FROM galope.change_log
        WHERE xid >= pg_snapshot_xmin(c.snapshot) AND NOT pg_visible_in_snapshot(xid, c.snapshot)
          AND (c.window_snapshot IS NULL OR NOT pg_visible_in_snapshot(xid, c.window_snapshot)
               OR (xid, id) > (c.after_xid, c.after_id))
        ORDER BY xid DESC, id DESC LIMIT 1
    ) AS left_over
) AND NOT EXISTS (
    SELECT FROM leads AS l WHERE NOT EXISTS (SELECT FROM galope.lead_state AS s WHERE s.lead_id = l.id)
);

-- decide --
-- Has the team decide $1.
INSERT INTO galope.policy (policy, made_by) VALUES ($1, 'bench');

-- heads_missing --
-- How many scores of $1 heads beside the primary one are missing, or older than the lead's own.
SELECT count(*)
FROM leads AS l CROSS JOIN generate_series(1, $1::integer) AS n
LEFT JOIN galope.score AS s ON s.lead_id = l.id AND s.head = 'other_' || n
WHERE s.scored_at IS DISTINCT FROM l.score_scored_at;

-- notify_is_enabled --
-- Whether the stream asks to be told of changes: it has started, and is not crowded.
SELECT last_value = 1 FROM galope.notify_enabled;

-- began --
-- When the running stream connected to write: its interpreter has started, its first batch has not.
SELECT backend_start FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'galope writer';

-- last_score --
-- When the last batch was committed.
SELECT pg_xact_commit_timestamp(xmin) FROM galope.score_history ORDER BY id DESC LIMIT 1;

-- last_event --
-- When the last event was committed.
SELECT max(pg_xact_commit_timestamp(xmin)) FROM events;

-- clear --
-- Forgets events, their changes and scores between slices; the leads and their states stay.
TRUNCATE events, galope.change_log, galope.score_history;

-- freshness --
-- Milliseconds from the commit of each event since $1 to the commit of its score: median, 99th percentile and worst of
-- those since $2, and how many there were of those, of events, and of scores. A batch writes one row of history for
-- each lead with new events, so a lead's k-th event is in its k-th row as long as no batch took two of its events.
WITH event AS (
    SELECT lead_id, at, row_number() OVER (PARTITION BY lead_id ORDER BY at) AS turn
    FROM (SELECT lead_id, pg_xact_commit_timestamp(xmin) AS at FROM events) AS e
    WHERE at >= $1
), score AS (
    SELECT lead_id, at, row_number() OVER (PARTITION BY lead_id ORDER BY id) AS turn
    FROM (SELECT lead_id, id, cause, pg_xact_commit_timestamp(xmin) AS at FROM galope.score_history WHERE head = '') AS s
    WHERE at >= $1 AND cause NOT IN ('lead', 'rebuild', 'gone', 'time', 'model')
), waited AS (
    SELECT 1000 * extract(epoch FROM score.at - event.at)::float8 AS ms
    FROM event JOIN score USING (lead_id, turn)
    WHERE event.at >= $2
)
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS p50, percentile_cont(0.99) WITHIN GROUP (ORDER BY ms) AS p99,
       max(ms) AS worst, count(*) AS counted,
       (SELECT count(*) FROM event) AS events, (SELECT count(*) FROM score) AS scores
FROM waited;

-- make_turns --
-- Deals leads to producers in turn, so that a lead's next event comes only after all other leads had theirs.
CREATE SCHEMA bench;
CREATE SEQUENCE bench.turn;

-- make_floor --
-- The bare tables: one lead for each event, so that the row keeps the transaction that scored it.
CREATE SEQUENCE bench.floor_turn;
CREATE TABLE bench.event (id integer PRIMARY KEY);
CREATE TABLE bench.lead (id integer PRIMARY KEY, score integer NOT NULL DEFAULT 0) WITH (fillfactor = 70);

-- seed_floor --
-- $1 bare leads.
INSERT INTO bench.lead (id) SELECT generate_series(1, $1::integer);

-- fetch_floor --
-- The bare fetch.
SELECT id FROM bench.event WHERE id = ANY ($1::integer[]);

-- score_floor --
-- The bare score, committed.
UPDATE bench.lead SET score = score + 1 WHERE id = ANY ($1::integer[]);

-- floor_freshness --
-- The same as freshness, for the bare tables.
WITH event AS (
    SELECT id, pg_xact_commit_timestamp(xmin) AS at FROM bench.event
), score AS (
    SELECT id, pg_xact_commit_timestamp(xmin) AS at FROM bench.lead WHERE score > 0
), waited AS (
    SELECT 1000 * extract(epoch FROM score.at - event.at)::float8 AS ms
    FROM event JOIN score USING (id)
    WHERE event.at >= $1
)
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS p50, percentile_cont(0.99) WITHIN GROUP (ORDER BY ms) AS p99,
       max(ms) AS worst, count(*) AS counted,
       (SELECT count(*) FROM event) AS events, (SELECT count(*) FROM score) AS scores
FROM waited;

-- chaos_leads --
-- Leads 1 to $1, those that are missing; old enough that their scores hardly move by themselves.
INSERT INTO leads (id, nome, segmento_interesse, uf, created_at)
SELECT md5(n::text)::uuid, 'Lead ' || n, 'CAVALOS', 'MG', now() - interval '25 days'
FROM generate_series(1, $1::integer) AS n
ON CONFLICT (id) DO NOTHING;

-- chaos_events --
-- A few events of leads $1 and $2, by number $3.
INSERT INTO events (lead_id, event_type, ts, metadata)
SELECT l.id, (ARRAY['page_view', 'cta_click', 'asked_price', 'next_action_cleared'])[1 + ($3::integer + n) % 4],
       now() - interval '20 days' + make_interval(mins => ($3::integer % 9999) + n),
       jsonb_build_object('campaign', 'c' || ($3::integer + n) % 99, 'amount', (($3::integer + n) % 9999) / 100.0)
FROM leads AS l, generate_series(1, 1 + $3::integer % 3) AS n
WHERE l.id = md5($1::integer::text)::uuid OR l.id = md5($2::integer::text)::uuid;

-- chaos_many_events --
-- Hundreds of events of every lead from number $1 to $2, by number $3; at every second one they come as fast as a machine's.
INSERT INTO events (lead_id, event_type, ts)
SELECT l.id, 'page_view', now() - interval '20 days' + make_interval(
    secs => $3::integer % 9999 + n * (0.1 + $3::integer % 2)
)
FROM generate_series($1::integer, $2::integer) AS number
JOIN leads AS l ON l.id = md5(number::text)::uuid, generate_series(1, 30) AS n;

-- chaos_unusable_event --
-- An event of lead $1, and one of lead $2, dated where no event can be; by number $3.
INSERT INTO events (lead_id, event_type, ts)
SELECT l.id, 'page_view', CASE $3::integer % 3 WHEN 0 THEN '1970-01-01' WHEN 1 THEN '2100-01-01' ELSE 'infinity' END
    ::timestamptz
FROM leads AS l WHERE l.id = md5($1::integer::text)::uuid OR l.id = md5($2::integer::text)::uuid;

-- chaos_backdate --
-- Edits the times of some events of leads $1 and $2, by number $3.
UPDATE events SET ts = ts - make_interval(mins => $3::integer % 5000)
WHERE lead_id IN (md5($1::integer::text)::uuid, md5($2::integer::text)::uuid) AND isfinite(ts)
  AND hashint4($3::integer) % 2 = 0;

-- chaos_merge --
-- Gives the events of lead $1 to lead $2, if there is one, and deletes lead $1; at odd numbers $3 it stays, empty.
WITH moved AS (
    UPDATE events SET lead_id = md5($2::integer::text)::uuid
    WHERE lead_id = md5($1::integer::text)::uuid
      AND EXISTS (SELECT FROM leads WHERE id = md5($2::integer::text)::uuid)
)
DELETE FROM leads WHERE id = md5($1::integer::text)::uuid AND $3::integer % 2 = 0
  AND EXISTS (SELECT FROM leads WHERE id = md5($2::integer::text)::uuid);

-- chaos_delete_events --
-- Deletes some events of leads $1 and $2, by number $3.
DELETE FROM events
WHERE lead_id IN (md5($1::integer::text)::uuid, md5($2::integer::text)::uuid)
  AND hashtext(id::text) % 3 = $3::integer % 3;

-- chaos_delete_lead --
-- Deletes lead $1; at every fifth number $3 lead $2 too.
DELETE FROM leads
WHERE id = md5($1::integer::text)::uuid OR (id = md5($2::integer::text)::uuid AND $3::integer % 5 = 0);

-- chaos_add_lead --
-- Leads $1 and $2, if they are missing, with a budget by number $3.
INSERT INTO leads (id, nome, segmento_interesse, orcamento_faixa, created_at)
SELECT md5(n::text)::uuid, 'Lead ' || n, 'CAVALOS', (ARRAY['0-5k', '60k+'])[1 + $3::integer % 2],
       now() - interval '25 days'
FROM unnest(ARRAY[$1::integer, $2::integer]) AS n
ON CONFLICT (id) DO NOTHING;

-- chaos_profile --
-- Other answers of leads $1 and $2, by number $3.
UPDATE leads SET uf = (ARRAY['MG', 'SP', 'GO', 'BA'])[1 + $3::integer % 4], cidade = 'Cidade ' || $3::integer % 7
WHERE id IN (md5($1::integer::text)::uuid, md5($2::integer::text)::uuid);

-- chaos_bulk_profiles --
-- Another answer of every lead, by number $1.
UPDATE leads SET uf = (ARRAY['MG', 'SP', 'GO', 'BA'])[1 + ($1::integer + hashtext(id::text) % 7 + 7) % 4];

-- chaos_bulk_events --
-- Another time of every event that has one, by number $1.
UPDATE events SET ts = ts - make_interval(secs => $1::integer % 5000) WHERE isfinite(ts);

-- chaos_decide --
-- Has the team decide what counts of events, by number $1. The heads that it asks stay.
WITH decided AS (
    INSERT INTO galope.policy (policy, made_by)
    SELECT (ARRAY['{}', '{"event_labels": ["campaign"]}', '{"event_amount": "amount", "leave_out_machines": true}',
                  '{"event_labels": ["campaign"], "event_amount": "amount", "leave_out_machines": true}'
           ]::jsonb[])[1 + $1::integer % 4]
           || coalesce((SELECT jsonb_build_object('others', policy -> 'others') FROM galope.policy
                        WHERE policy ? 'others' ORDER BY id DESC LIMIT 1), '{}'), 'bench'
)
INSERT INTO galope.change_log (kind) VALUES ('reset');

-- chaos_cut --
-- Terminates the stream's connections, each with a chance of $1.
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'galope %' AND application_name <> 'galope bench'
  AND random() < $1::float8;

-- chaos_unlock --
-- Terminates the connection that says that a stream runs.
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'galope lock';

-- chaos_fill_log --
-- Has the change log be full, as it is when no stream has run for long.
SELECT setval('galope.log_full', 1);

-- chaos_truncate_events --
-- Empties events.
TRUNCATE events;

-- chaos_truncate_leads --
-- Empties leads and what hangs on them.
TRUNCATE leads CASCADE;

-- chaos_is_over --
-- Whether every lead has a state, every change is in the log and behind the cursor, and no score is due.
SELECT NOT EXISTS (
    SELECT FROM galope.cursor AS c JOIN galope.change_log AS l ON NOT pg_visible_in_snapshot(l.xid, c.snapshot)
    WHERE c.window_snapshot IS NULL OR NOT pg_visible_in_snapshot(l.xid, c.window_snapshot)
       OR (l.xid, l.id) > (c.after_xid, c.after_id)
) AND NOT EXISTS (
    SELECT FROM leads AS l WHERE NOT EXISTS (SELECT FROM galope.lead_state AS s WHERE s.lead_id = l.id)
) AND NOT EXISTS (SELECT FROM galope.lead_state WHERE rescore_at <= now())
AND NOT EXISTS (
    SELECT FROM galope.cursor WHERE cut_off IS NOT NULL OR pg_sequence_last_value('galope.log_full') = 1
);

-- chaos_rows --
-- Every lead of the team's or Galope's: its row and events, as they are, its state as it is stored, and whether the
-- score of that state is in the row, and $1 heads beside the primary one were scored with it.
SELECT coalesce(l.id, s.lead_id) AS lead_id, to_json(l)::text AS profile,
       extract(epoch FROM l.created_at)::float8 AS created_at, s.state::text AS state,
       coalesce(l.score = s.score, false) AND (
           SELECT count(*) FROM galope.score AS k
           WHERE k.lead_id = l.id AND k.head <> '' AND k.scored_at = l.score_scored_at
       ) = $1 AS written,
       coalesce((
           SELECT json_agg(json_build_array(e.event_type, extract(epoch FROM e.ts)::float8,
                                            galope.event_attributes(e.metadata)::text) ORDER BY e.ts, e.id)
           FROM events AS e WHERE e.lead_id = l.id AND isfinite(e.ts)
       ), '[]')::text AS events, galope.leaves_out_machines() AS leave_out_machines
FROM leads AS l FULL JOIN galope.lead_state AS s ON s.lead_id = l.id;

-- chaos_events_there --
-- How many events there are.
SELECT count(*) FROM events;

-- webhook_numbers --
-- Every webhook's number.
SELECT id FROM galope.webhook;

-- newest_score --
-- The newest row of the score history.
SELECT coalesce(max(id), 0) FROM galope.score_history;

-- rescores --
-- Scores before and after each rescore since row $1, in order.
SELECT lead_id, score_before, score_after
FROM (
    SELECT id, lead_id, score_after,
           coalesce(lag(score_after) OVER (PARTITION BY lead_id ORDER BY id), score_before) AS score_before
    FROM galope.score_history
    WHERE head = ''
) AS h
WHERE id > $1 ORDER BY id;

-- everything_is_sent --
-- Whether nothing waits to be sent, or to be queued for it.
SELECT NOT EXISTS (SELECT FROM galope.webhook_delivery) AND NOT EXISTS (
    SELECT FROM galope.webhook AS w JOIN galope.score_history AS h ON NOT pg_visible_in_snapshot(h.xid, w.snapshot)
);

-- log_alerts --
-- Notes each opening and closing of an alert, in the transaction that does it: the alert's own row is written again.
CREATE TABLE bench.alert_log (id bigint GENERATED ALWAYS AS IDENTITY, lead_id uuid NOT NULL);
CREATE FUNCTION bench.log_alert() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN INSERT INTO bench.alert_log (lead_id) VALUES (NEW.lead_id); RETURN NULL; END $$;
CREATE TRIGGER opened AFTER INSERT ON galope.alert FOR EACH ROW EXECUTE FUNCTION bench.log_alert();
CREATE TRIGGER closed AFTER UPDATE OF state ON galope.alert
FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION bench.log_alert();

-- alert_freshness --
-- The same as freshness, to the opening or closing of an alert: each event of a lead does one or the other.
WITH event AS (
    SELECT lead_id, at, row_number() OVER (PARTITION BY lead_id ORDER BY at) AS turn
    FROM (SELECT lead_id, pg_xact_commit_timestamp(xmin) AS at FROM events) AS e
    WHERE at >= $1
), alert AS (
    SELECT lead_id, pg_xact_commit_timestamp(xmin) AS at, row_number() OVER (PARTITION BY lead_id ORDER BY id) AS turn
    FROM bench.alert_log
), waited AS (
    SELECT 1000 * extract(epoch FROM alert.at - event.at)::float8 AS ms
    FROM event JOIN alert USING (lead_id, turn)
    WHERE event.at >= $2
)
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS p50, percentile_cont(0.99) WITHIN GROUP (ORDER BY ms) AS p99,
       max(ms) AS worst, count(*) AS counted,
       (SELECT count(*) FROM event) AS events, (SELECT count(*) FROM alert) AS scores
FROM waited;

-- customer_leads --
-- Customers, who came with their first purchase at $2.
INSERT INTO leads (id, nome, segmento_interesse, created_at)
SELECT md5('customer ' || n)::uuid, 'Customer ' || n, 'CAVALOS', to_timestamp(at)
FROM unnest($1::integer[], $2::float8[]) AS c (n, at);

-- customer_purchases --
-- What customers $1 bought at $2, for $3, of family $4.
INSERT INTO events (id, lead_id, event_type, ts, metadata)
SELECT md5(format('purchase %s %s', c.n, c.at))::uuid, md5('customer ' || c.n)::uuid, 'purchase', to_timestamp(c.at),
       jsonb_build_object('amount', c.amount, 'family', c.family)
FROM unnest($1::integer[], $2::float8[], $3::float8[], $4::text[]) AS c (n, at, amount, family);

-- said_of_customers --
-- Of each of $2 customers: what head $1 says its chance is, its state, and the motives of its open alerts.
SELECT n, s.probability, k.state,
       coalesce((SELECT array_agg(a.motive) FROM galope.alert AS a WHERE a.lead_id = k.lead_id AND a.state = 'open'), '{}')
           AS motives
FROM generate_series(1, $2::integer) AS n
JOIN galope.lead_state AS k ON k.lead_id = md5('customer ' || n)::uuid
JOIN galope.score AS s ON s.lead_id = k.lead_id AND s.head = $1
ORDER BY n;

-- look_again --
-- Has the stream look at every lead again.
UPDATE galope.lead_state SET rescore_at = 'epoch';

-- looked_again --
-- Whether it has.
SELECT NOT EXISTS (SELECT FROM galope.lead_state WHERE rescore_at <= 'epoch');
