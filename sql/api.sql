-- Every statement of the API's, by name. Read by api/services/database.py. Rows leave as JSON, with whatever columns they have.

-- health --
-- Whether the database answers and Galope is on it.
SELECT to_regclass('galope.cursor') IS NOT NULL;

-- problem --
-- What is in the stream's way, as it said when it last looked; null for nothing.
SELECT problem FROM galope.cursor WHERE partition = 0;

-- lead --
-- One lead.
SELECT galope.lead_json(to_jsonb(l))::text FROM leads AS l WHERE id = $1;

-- lead_exists --
-- Whether there is such a lead.
SELECT EXISTS (SELECT FROM leads WHERE id = $1);

-- leads_ids --
-- Ids of leads by status $1, score $2 at least, state $3 and segment $4, that search $5 finds: the
-- newest first, $6 of them after $7. Duplicates are hidden: what came within an hour of an earlier lead that says the
-- same. Written with OR, the search would be thought to leave nearly nobody, and all leads be sorted for each page.
SELECT coalesce(array_agg(page.id ORDER BY page.created_at DESC NULLS LAST, page.id), '{}')
FROM (
    SELECT l.id, l.created_at FROM leads AS l
    WHERE ($1::text IS NULL OR l.status = $1) AND ($2::float8 IS NULL OR l.score >= $2)
      AND ($3::text IS NULL OR l.uf = $3) AND ($4::text IS NULL OR l.segmento_interesse = $4)
      AND coalesce(galope.matches_search($5, l.nome, l.cidade, l.whatsapp, l.email), true)
      AND NOT EXISTS (
          SELECT FROM leads AS o
          WHERE lower(left(o.nome, 200)) = lower(left(l.nome, 200)) AND lower(o.nome) = lower(l.nome)
            AND o.segmento_interesse = l.segmento_interesse
            AND o.uf IS NOT DISTINCT FROM l.uf AND (o.created_at, o.id) < (l.created_at, l.id)
            AND o.created_at >= l.created_at - interval '60 minutes'
            AND galope.same_contact(o.email, o.whatsapp, l.email, l.whatsapp)
            AND galope.same_answer(o.cidade, l.cidade)
            AND galope.same_answer(o.orcamento_faixa, l.orcamento_faixa)
            AND galope.same_answer(o.prazo_compra, l.prazo_compra)
      )
    ORDER BY l.created_at DESC NULLS LAST, l.id
    LIMIT $6 OFFSET $7
) AS page;

-- leads_rows --
-- Leads $1 as JSON, in that order, a comma between them.
SELECT coalesce(string_agg(galope.lead_json(to_jsonb(l))::text, ',' ORDER BY page.place), '')
FROM unnest($1::uuid[]) WITH ORDINALITY AS page (id, place) JOIN leads AS l ON l.id = page.id;

-- leads_count --
-- How many leads there are by the same filters.
SELECT count(*) FROM leads AS l
WHERE ($1::text IS NULL OR l.status = $1) AND ($2::float8 IS NULL OR l.score >= $2)
    AND ($3::text IS NULL OR l.uf = $3) AND ($4::text IS NULL OR l.segmento_interesse = $4)
    AND coalesce(galope.matches_search($5, l.nome, l.cidade, l.whatsapp, l.email), true)
    AND NOT EXISTS (
        SELECT FROM leads AS o
        WHERE lower(left(o.nome, 200)) = lower(left(l.nome, 200)) AND lower(o.nome) = lower(l.nome)
          AND o.segmento_interesse = l.segmento_interesse
          AND o.uf IS NOT DISTINCT FROM l.uf AND (o.created_at, o.id) < (l.created_at, l.id)
          AND o.created_at >= l.created_at - interval '60 minutes'
          AND galope.same_contact(o.email, o.whatsapp, l.email, l.whatsapp)
          AND galope.same_answer(o.cidade, l.cidade)
          AND galope.same_answer(o.orcamento_faixa, l.orcamento_faixa)
          AND galope.same_answer(o.prazo_compra, l.prazo_compra)
    );

-- lock_name --
-- Has those who send a lead of the same name at once take turns, until their transactions end.
SELECT pg_advisory_xact_lock(hashtextextended(lower($1), 7450481587));

-- same_lead --
-- The lead of the last hour that says the same as a new one: name $1, state $2, segment $3, e-mail $4, telephone $5,
-- city $6, budget $7, deadline $8. One without e-mail and telephone may be anybody's of that name.
SELECT galope.lead_json(to_jsonb(o))::text FROM leads AS o
WHERE lower(left(o.nome, 200)) = lower(left($1, 200)) AND lower(o.nome) = lower($1)
  AND o.uf IS NOT DISTINCT FROM $2::text AND o.segmento_interesse = $3
  AND o.created_at >= now() - interval '60 minutes'
  AND (coalesce($4, $5, '') = '' OR galope.same_contact(o.email, o.whatsapp, $4, $5))
  AND galope.same_answer(o.cidade, $6)
  AND galope.same_answer(o.orcamento_faixa, $7)
  AND galope.same_answer(o.prazo_compra, $8)
ORDER BY o.created_at, o.id LIMIT 1;

-- add_lead --
-- A new lead; nothing when the id is taken.
INSERT INTO leads (id, nome, uf, segmento_interesse, email, whatsapp, cidade, orcamento_faixa, prazo_compra)
VALUES (coalesce($9::uuid, gen_random_uuid()), $1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (id) DO NOTHING
RETURNING galope.lead_json(to_jsonb(leads))::text;

-- change_lead --
-- Changes the columns of lead $1 that JSON object $2 names.
UPDATE leads AS l
SET (nome, uf, segmento_interesse, email, whatsapp, cidade, orcamento_faixa, prazo_compra, updated_at) = (
    SELECT r.nome, r.uf, r.segmento_interesse, r.email, r.whatsapp, r.cidade, r.orcamento_faixa, r.prazo_compra, now()
    FROM jsonb_populate_record(l, $2::jsonb) AS r
)
WHERE id = $1
RETURNING galope.lead_json(to_jsonb(l))::text;

-- delete_leads --
-- Deletes leads with what hangs on them, and returns which there were.
DELETE FROM leads WHERE id = ANY ($1::uuid[]) RETURNING id;

-- add_events --
-- Events $1 (id, or null for a new one), of leads $2 and types $3, at $4 (null: now), with metadata $5. Those of
-- unknown leads and with ids that are taken are left out.
INSERT INTO events (id, lead_id, event_type, ts, metadata)
SELECT coalesce(e.id, gen_random_uuid()), e.lead_id, e.event_type, coalesce(e.ts, now()), e.metadata
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::jsonb[])
    AS e (id, lead_id, event_type, ts, metadata)
JOIN leads AS l ON l.id = e.lead_id
ON CONFLICT (id) DO NOTHING
RETURNING id, to_jsonb(events)::text AS event;

-- add_event --
-- One event of lead $1, of type $2, with metadata $3; returns its id.
INSERT INTO events (lead_id, event_type, metadata) VALUES ($1, $2, $3::jsonb) RETURNING id;

-- delete_event --
-- Deletes event $2 of lead $1, and returns its type.
DELETE FROM events WHERE id = $2 AND lead_id = $1 RETURNING event_type;

-- events_by_id --
-- Events that there are.
SELECT id, lead_id, event_type, to_jsonb(events)::text AS event FROM events WHERE id = ANY ($1::uuid[]);

-- board_newest --
-- Ids of the board's cards of stage $1, state $2, segment $3, score $4 at least, that search $5
-- finds: the newest first, $6 of them after $7.
SELECT coalesce(array_agg(page.id ORDER BY page.created_at DESC NULLS LAST, page.id), '{}')
FROM (
    SELECT l.id, l.created_at FROM leads AS l
    WHERE ($1::text IS NULL OR galope.stage_of(l.status, l.crm_stage) = $1)
      AND ($2::text IS NULL OR l.uf = $2) AND ($3::text IS NULL OR l.segmento_interesse = $3)
      AND ($4::float8 IS NULL OR l.score >= $4)
      AND coalesce(galope.matches_search($5, l.nome, l.cidade, l.whatsapp, l.email), true)
    ORDER BY l.created_at DESC NULLS LAST, l.id
    LIMIT $6 OFFSET $7
) AS page;

-- board_best --
-- The same, the best score first. No index knows the score, for it would be written with every rescore: all cards are
-- looked at, but only what orders them is sorted.
SELECT coalesce(array_agg(page.id ORDER BY page.score DESC NULLS LAST, page.created_at DESC NULLS LAST, page.id), '{}')
FROM (
    SELECT l.id, l.score, l.created_at FROM leads AS l
    WHERE ($1::text IS NULL OR galope.stage_of(l.status, l.crm_stage) = $1)
      AND ($2::text IS NULL OR l.uf = $2) AND ($3::text IS NULL OR l.segmento_interesse = $3)
      AND ($4::float8 IS NULL OR l.score >= $4)
      AND coalesce(galope.matches_search($5, l.nome, l.cidade, l.whatsapp, l.email), true)
    ORDER BY l.score DESC NULLS LAST, l.created_at DESC NULLS LAST, l.id
    LIMIT $6 OFFSET $7
) AS page;

-- board_rows --
-- Cards $1 as JSON, in that order, a comma between them.
SELECT coalesce(string_agg((
    galope.lead_json(to_jsonb(l)) || jsonb_build_object('crm_stage', galope.stage_of(l.status, l.crm_stage))
)::text, ',' ORDER BY page.place), '')
FROM unnest($1::uuid[]) WITH ORDINALITY AS page (id, place) JOIN leads AS l ON l.id = page.id;

-- board_counts --
-- How many cards each stage has.
SELECT coalesce(json_object_agg(stage, cards), '{}')::text
FROM (
    SELECT galope.stage_of(l.status, l.crm_stage) AS stage, count(*) AS cards
    FROM leads AS l GROUP BY 1
) AS counted;

-- place_of --
-- Where lead $1 stands, held until the transaction ends.
SELECT galope.stage_of(l.status, l.crm_stage) AS stage,
       l.crm_stage, l.status, l.score
FROM leads AS l WHERE id = $1 FOR NO KEY UPDATE;

-- move --
-- Puts lead $1 into stage $2 with status $3 and score $4, and keeps $5 with its score.
UPDATE leads AS l
SET crm_stage = $2, status = $3, score = $4, updated_at = now(),
    score_meta = CASE WHEN jsonb_typeof(score_meta) = 'object' THEN score_meta ELSE '{}' END || $5::jsonb
WHERE id = $1
RETURNING galope.lead_json(to_jsonb(l))::text;

-- add_meta --
-- Keeps $2 with the score of lead $1, beside what others keep there.
UPDATE leads AS l
SET score_meta = CASE WHEN jsonb_typeof(score_meta) = 'object' THEN score_meta ELSE '{}' END || $2::jsonb
WHERE id = $1
RETURNING galope.lead_json(to_jsonb(l))::text;

-- hand_off --
-- Marks lead $1 as sent, if it is qualified.
UPDATE leads SET status = 'ENVIADO', crm_stage = 'ENVIADO', updated_at = now()
WHERE id = $1 AND (status = 'QUALIFICADO' OR (crm_stage = 'QUALIFICADO' AND status <> 'ENVIADO'))
RETURNING id;

-- undo_handoff --
-- Deletes the last handoff of lead $1 and returns the stage it came from.
DELETE FROM events WHERE id = (
    SELECT id FROM events WHERE lead_id = $1 AND event_type = 'handoff' ORDER BY ts DESC, id LIMIT 1
)
RETURNING coalesce(metadata ->> 'from_stage', 'INBOX');

-- lost_leads --
-- The event that says a lead is lost, by lead, unless people reopened or moved it since. $1 is the source of outcomes that
-- nobody said but the time.
SELECT coalesce(json_object_agg(o.lead_id, o.source), '{}')::text
FROM galope.outcome AS o
WHERE o.head = $2 AND NOT o.converted AND o.source <> $1 AND NOT EXISTS (
    SELECT FROM events AS e
    WHERE e.lead_id = o.lead_id AND e.event_type::text IN ('reopened', 'crm_manual_move') AND e.ts > o.resolved_at
);

-- put_back --
-- Puts lead $1, which was handed off, back into stage $2.
UPDATE leads AS l SET crm_stage = $2, status = 'QUALIFICADO', updated_at = now()
WHERE id = $1
RETURNING to_jsonb(l)::text;

-- next_action --
-- The next action of lead $1.
SELECT next_action_text AS text, next_action_date::text AS date, to_char(next_action_time, 'HH24:MI') AS time,
       galope.lead_json(to_jsonb(l))::text AS lead
FROM leads AS l WHERE id = $1;

-- set_next_action --
-- Gives lead $1 the next action $2 on day $3 at time $4, in time zone $5.
UPDATE leads AS l
SET next_action_text = $2, next_action_date = $3, next_action_time = $4,
    next_action_at = ($3::date + coalesce($4::time, '00:00')) AT TIME ZONE $5, updated_at = now()
WHERE id = $1
RETURNING next_action_text AS text, next_action_date::text AS date, to_char(next_action_time, 'HH24:MI') AS time,
          galope.lead_json(to_jsonb(l))::text AS lead;

-- add_note --
-- A note of lead $1, of type $2, saying $3, for day $4 at time $5.
INSERT INTO lead_notes (lead_id, note_type, note_text, action_date, action_time) VALUES ($1, $2, $3, $4, $5);

-- notes --
-- The notes of lead $1, the newest first.
SELECT coalesce(json_agg(json_build_object(
    'id', id::text, 'type', note_type, 'text', note_text, 'date', action_date,
    'hour', to_char(action_time, 'HH24:MI'), 'created_at', created_at
) ORDER BY created_at DESC, id DESC), '[]')::text
FROM lead_notes WHERE lead_id = $1;

-- partners_ids --
-- Ids of partners of state $1, segment $2, that hold $3, by priority, then name: $4 of them after $5.
SELECT coalesce(array_agg(page.id ORDER BY page.place), '{}')
FROM (
    SELECT p.id, row_number() OVER (ORDER BY p.prioridade, coalesce(p.nome_fantasia, p.razao_social), p.id) AS place
    FROM partners AS p
    WHERE ($1::text IS NULL OR p.uf = $1) AND ($2::text IS NULL OR p.segmento = $2)
      AND ($3::text IS NULL OR concat_ws(
          ' ', p.cnpj, p.razao_social, p.nome_fantasia,
          to_jsonb(p) ->> 'municipio_nome', to_jsonb(p) ->> 'cnae_principal'
      ) ILIKE $3)
    ORDER BY place
    LIMIT $4 OFFSET $5
) AS page;

-- partners_rows --
-- Partners $1 as JSON, in that order, a comma between them.
SELECT coalesce(string_agg(to_jsonb(p)::text, ',' ORDER BY page.place), '')
FROM unnest($1::uuid[]) WITH ORDINALITY AS page (id, place) JOIN partners AS p ON p.id = page.id;

-- partner_cards --
-- Partners $1 as JSON under the names of the board's client, in that order, a comma between them.
SELECT coalesce(string_agg(jsonb_build_object(
    'id', p.id, 'cnpj', p.cnpj, 'razao_social', p.razao_social, 'nome_fantasia', p.nome_fantasia, 'uf', p.uf,
    'cidade', card ->> 'municipio_nome', 'municipio', card ->> 'municipio_nome', 'segmento', p.segmento,
    'prioridade', p.prioridade, 'cnae', card ->> 'cnae_principal',
    'contato', coalesce(card -> 'contato' ->> 'telefone', card -> 'contato' ->> 'email')
)::text, ',' ORDER BY page.place), '')
FROM unnest($1::uuid[]) WITH ORDINALITY AS page (id, place)
JOIN partners AS p ON p.id = page.id
CROSS JOIN LATERAL to_jsonb(p) AS card;

-- partners_count --
-- How many partners there are by the same filters.
SELECT count(*) FROM partners AS p
WHERE ($1::text IS NULL OR p.uf = $1) AND ($2::text IS NULL OR p.segmento = $2)
  AND ($3::text IS NULL OR concat_ws(
      ' ', p.cnpj, p.razao_social, p.nome_fantasia, to_jsonb(p) ->> 'municipio_nome', to_jsonb(p) ->> 'cnae_principal'
  ) ILIKE $3);

-- partners_summary --
-- Partners of state $1 by segment.
SELECT coalesce(json_agg(counted ORDER BY counted.total DESC, counted.segmento), '[]')::text
FROM (
    SELECT segmento, count(*) AS total FROM partners WHERE $1::text IS NULL OR uf = $1 GROUP BY segmento
) AS counted;

-- stored_score --
-- What is stored of lead $1's score; whether it is due or changes of it were not taken yet; whether a stream works.
SELECT l.score, l.status, coalesce(l.score_motivos, '[]')::text AS motivos,
       CASE WHEN s.lead_id IS NULL THEN l.score_engine ELSE 'galope' END AS engine,
       l.score_model_name AS model_name, l.score_probability AS probability, l.score_scored_at AS scored_at,
       coalesce(l.score_meta, '{}')::text AS meta, galope.lead_json(to_jsonb(l))::text AS lead,
       s.lead_id IS NULL OR s.rescore_at <= now() OR EXISTS (
           SELECT FROM galope.change_log AS c
           WHERE c.xid >= pg_snapshot_xmin(k.snapshot) AND c.lead_id = l.id
             AND NOT pg_visible_in_snapshot(c.xid, k.snapshot)
       ) AS stale,
       coalesce(k.heartbeat_at > clock_timestamp() - interval '5 seconds', false) AS streaming
FROM leads AS l
LEFT JOIN galope.lead_state AS s ON s.lead_id = l.id
LEFT JOIN galope.cursor AS k ON k.partition = 0
WHERE l.id = $1;

-- audit --
-- Notes that actor $1 did $2 to lead $3 (null: to none or many), with facts $4; none of it is personal.
INSERT INTO galope.audit (actor, action, lead_id, facts) VALUES ($1, $2, $3, $4::jsonb);

-- score_history_after --
-- Score changes after row $1, at most $2, as the live stream tells them. Leads are looked up one by one: there are few
-- changes, and Postgres, which can't know that, would read every lead.
SELECT h.id, h.lead_id, h.score_after, h.status, l.uf::text AS uf, l.segmento_interesse AS segment,
       json_build_object(
           'id', h.id, 'lead_id', h.lead_id, 'nome', l.nome, 'uf', l.uf, 'segmento_interesse', l.segmento_interesse,
           'score_before', h.score_before, 'score', h.score_after, 'status', h.status, 'cause', h.cause,
           'probability_qualified', h.probability, 'scored_at', h.scored_at, 'model_version', h.model_version
       )::text AS change
FROM (SELECT * FROM galope.score_history WHERE id > $1 ORDER BY id LIMIT $2) AS h
CROSS JOIN LATERAL (SELECT nome, uf, segmento_interesse FROM leads WHERE id = h.lead_id LIMIT 1) AS l
ORDER BY h.id;

-- last_score --
-- The newest row of the score history.
SELECT coalesce(max(id), 0) FROM galope.score_history;

-- history --
-- Rescores of lead $1 older than row $2 (null: all), the newest first, at most $3.
SELECT id, scored_at, cause, score_before, score_after, status, probability, model_version, points
FROM galope.score_history WHERE lead_id = $1 AND ($2::bigint IS NULL OR id < $2) ORDER BY id DESC LIMIT $3;

-- columns --
-- The columns of table $1, in order.
SELECT array_agg(attname::text ORDER BY attnum)
FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped;

-- leads_after --
-- Leads after id $1 (null: from the first), at most $2, by status $3, score $4 at least, state $5 and segment $6, whose
-- name, city, telephone or e-mail is like $7.
SELECT id, to_jsonb(l)::text AS row FROM leads AS l
WHERE ($1::uuid IS NULL OR id > $1)
  AND ($3::text IS NULL OR status = $3) AND ($4::float8 IS NULL OR score >= $4)
  AND ($5::text IS NULL OR uf = $5) AND ($6::text IS NULL OR segmento_interesse = $6)
  AND coalesce(galope.matches_search($7, nome, cidade, whatsapp, email), true)
ORDER BY id LIMIT $2;

-- partners_after --
-- Partners after id $1 (null: from the first), at most $2, of state $3 and segment $4, that hold $5.
SELECT id, to_jsonb(p)::text AS row FROM partners AS p
WHERE ($1::uuid IS NULL OR id > $1) AND ($3::text IS NULL OR uf = $3) AND ($4::text IS NULL OR segmento = $4)
  AND ($5::text IS NULL OR concat_ws(
      ' ', cnpj, razao_social, nome_fantasia, to_jsonb(p) ->> 'municipio_nome', to_jsonb(p) ->> 'cnae_principal'
  ) ILIKE $5)
ORDER BY id LIMIT $2;

-- measures --
-- How far the stream is. Leads are estimated, so that asking is cheap.
SELECT (SELECT greatest(reltuples, 0)::float8 FROM pg_class WHERE oid = 'galope.lead_state'::regclass) AS leads_known,
       (SELECT count(*) FROM galope.lead_state WHERE rescore_at <= now()) AS leads_due,
       pg_total_relation_size('galope.change_log') AS change_log_bytes,
       (SELECT count(*) FROM galope.dead_letter) AS dead_letters,
       extract(epoch FROM clock_timestamp() - k.heartbeat_at)::float8 AS heartbeat_age_seconds,
       k.model_version
FROM (SELECT) AS one LEFT JOIN galope.cursor AS k ON k.partition = 0;

-- managerial_report --
-- What the managerial report says of lead $1 beside its score: its stage, events by type and those since it came into
-- its stage, notes, the last handoff, and how many partners serve its segment, there and in its state.
SELECT galope.stage_of(l.status, l.crm_stage) AS stage, behaved.*, noted.*, served.*,
       (SELECT coalesce(json_object_agg(event_type, times ORDER BY times DESC), '{}')::text FROM (
           SELECT event_type, count(*) AS times FROM events WHERE lead_id = l.id GROUP BY event_type
       ) AS counted) AS events,
       (SELECT coalesce(json_agg(shown ORDER BY shown.at DESC), '[]')::text FROM (
           SELECT event_type, metadata, ts AS at FROM events
           WHERE lead_id = l.id AND ts >= coalesce((
               SELECT max(ts) FROM events WHERE lead_id = l.id AND event_type IN ('handoff', 'crm_manual_move')
           ), '-infinity')
           ORDER BY ts DESC LIMIT 20
       ) AS shown) AS timeline,
       (SELECT json_build_object('at', ts, 'channel', metadata ->> 'channel')::text FROM events
        WHERE lead_id = l.id AND event_type = 'handoff' ORDER BY ts DESC LIMIT 1) AS handoff
FROM leads AS l
CROSS JOIN LATERAL (
    SELECT count(*) AS total_events, min(ts) AS first_event_at, max(ts) AS latest_event_at,
           count(*) FILTER (WHERE ts > now() - interval '7 days') AS events_last_7_days
    FROM events WHERE lead_id = l.id
) AS behaved
CROSS JOIN LATERAL (
    SELECT count(*) AS notes, coalesce((
        SELECT json_agg(json_build_object(
            'id', id::text, 'type', note_type, 'text', note_text, 'action_date', action_date,
            'action_time', to_char(action_time, 'HH24:MI'), 'created_at', created_at
        ) ORDER BY created_at DESC, id DESC)
        FROM (SELECT * FROM lead_notes WHERE lead_id = l.id ORDER BY created_at DESC, id DESC LIMIT 5) AS newest
    ), '[]')::text AS latest_notes
    FROM lead_notes WHERE lead_id = l.id
) AS noted
CROSS JOIN LATERAL (
    SELECT count(*) AS in_segment, count(*) FILTER (WHERE uf = l.uf) AS in_state
    FROM partners WHERE segmento = l.segmento_interesse
) AS served
WHERE l.id = $1;

-- models_kept --
-- The models of head $1 as they would be shown: the one that scores, then the newest.
SELECT version, status, reason, reason_facts::text AS reason_facts, metrics::text AS metrics, created_at, promoted_at
FROM galope.model_version WHERE head = $1 ORDER BY (status = 'champion') DESC, version DESC LIMIT $2;

-- model_metrics --
-- The newest measures of each model version and contender, the newest version first.
SELECT DISTINCT ON (head, version, contender) version, head, contender, measured_at, metrics::text AS metrics
FROM galope.model_metric ORDER BY head, version DESC, contender, measured_at DESC, id DESC;

-- metric_history --
-- The last measures of each of the newest $2 days, by version and contender of head $1, the oldest first.
SELECT * FROM (
    SELECT DISTINCT ON (date_trunc('day', measured_at), version, contender)
           version, head, contender, measured_at, (metrics - '{by_band,shifted}'::text[])::text AS metrics
    FROM galope.model_metric WHERE head = $1 AND measured_at > now() - make_interval(days => $2)
    ORDER BY date_trunc('day', measured_at), version, contender, measured_at DESC, id DESC
) AS one ORDER BY measured_at, version, contender;

-- standing --
-- What the models of head $1 have learned, and how their contest stands.
SELECT model_version, learned, state ->> 'contest' AS contest FROM galope.learner WHERE head = $1;

-- first_judged --
-- When the first lead of which something was predicted for head $1 is $2 seconds old.
SELECT min(created_at) + make_interval(secs => $2::float8) FROM leads AS l
WHERE EXISTS (SELECT FROM galope.prediction WHERE lead_id = l.id AND head = $1);

-- decide --
-- A decision of the team's, $1, by $2.
INSERT INTO galope.policy (policy, made_by) VALUES ($1, $2);

-- decisions --
-- The team's decisions, the newest first, at most $1.
SELECT id, policy::text AS decided, made_at, made_by FROM galope.policy ORDER BY id DESC LIMIT $1;

-- decision --
-- What the team decided in row $1.
SELECT policy::text FROM galope.policy WHERE id = $1;

-- own_scale --
-- What log-odds mean in points in the newest model that scored for head $1 with bands that no decision named.
SELECT model ->> 'scale' FROM galope.model_version AS m
WHERE head = $1 AND promoted_at IS NOT NULL AND NOT EXISTS (
    SELECT FROM galope.policy AS p WHERE p.policy @> (m.model ->> 'scale')::jsonb
)
ORDER BY version DESC LIMIT 1;

-- event_types --
-- Types of events that there are, as far as 20,000 of them tell.
SELECT DISTINCT galope.event_kind(event_type::text, metadata) AS kind
FROM (SELECT event_type, metadata FROM events LIMIT 20000) AS read ORDER BY kind LIMIT 500;

-- chances --
-- How many leads have a chance of so many percent.
SELECT least(floor(100 * score_probability), 99)::int AS percent, count(*) AS leads
FROM leads WHERE score_probability IS NOT NULL GROUP BY percent;

-- count_leads --
-- All leads.
SELECT count(*) FROM leads;

-- resolved_leads --
-- Leads that have at least one event, at the most what training can learn from.
SELECT count(*) FROM leads AS l WHERE EXISTS (SELECT FROM events AS e WHERE e.lead_id = l.id);

-- duplicates --
-- Leads with the earlier lead that says the same, within $1 minutes.
SELECT l.id, o.id AS earlier
FROM leads AS l
CROSS JOIN LATERAL (
    SELECT o.id FROM leads AS o
    WHERE lower(left(o.nome, 200)) = lower(left(l.nome, 200)) AND lower(o.nome) = lower(l.nome)
      AND o.segmento_interesse = l.segmento_interesse
      AND o.uf IS NOT DISTINCT FROM l.uf AND (o.created_at, o.id) < (l.created_at, l.id)
      AND o.created_at >= l.created_at - make_interval(mins => $1)
      AND galope.same_contact(o.email, o.whatsapp, l.email, l.whatsapp)
      AND galope.same_answer(o.cidade, l.cidade)
      AND galope.same_answer(o.orcamento_faixa, l.orcamento_faixa)
      AND galope.same_answer(o.prazo_compra, l.prazo_compra)
    ORDER BY o.created_at, o.id LIMIT 1
) AS o
ORDER BY l.created_at, l.id;

-- hold_leads --
-- Keeps leads as they are until the transaction ends.
SELECT id FROM leads WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE;

-- move_events --
-- Gives events of leads $1 to leads $2.
UPDATE events AS e SET lead_id = m.kept
FROM unnest($1::uuid[], $2::uuid[]) AS m (extra, kept) WHERE e.lead_id = m.extra;

-- move_notes --
-- Gives notes of leads $1 to leads $2.
UPDATE lead_notes AS n SET lead_id = m.kept
FROM unnest($1::uuid[], $2::uuid[]) AS m (extra, kept) WHERE n.lead_id = m.extra;

-- count_moved --
-- How many events and notes leads $1 have.
SELECT (SELECT count(*) FROM events WHERE lead_id = ANY ($1::uuid[])) AS events,
       (SELECT count(*) FROM lead_notes WHERE lead_id = ANY ($1::uuid[])) AS lead_notes;

-- count_partners --
-- All partners.
SELECT count(*) FROM partners;

-- count_all --
-- How many rows the demo's reset takes away.
SELECT (SELECT count(*) FROM leads) AS leads, (SELECT count(*) FROM events) AS events,
       (SELECT count(*) FROM lead_notes) AS lead_notes, (SELECT count(*) FROM partners) AS partners;

-- reset --
-- Empties leads and all that hangs on them, and partners.
TRUNCATE leads, partners CASCADE;

-- reset_partners --
-- Empties partners.
TRUNCATE partners CASCADE;

-- seeded --
-- The leads that a demo invented from seed $1: by status, and their events.
SELECT (SELECT coalesce(json_object_agg(status, leads), '{}')::text FROM (
           SELECT l.status, count(*) AS leads FROM leads AS l
           WHERE l.score_meta ->> 'seed' = $1 AND l.score_meta ->> 'synthetic' = 'true' GROUP BY l.status
       ) AS counted) AS by_status,
       (SELECT count(*) FROM events AS e JOIN leads AS l ON l.id = e.lead_id
        WHERE l.score_meta ->> 'seed' = $1 AND l.score_meta ->> 'synthetic' = 'true') AS events;

-- seeded_leads --
-- Ids of the leads that a demo invented: those it marked, and those whose ids begin as Galope's own do.
SELECT coalesce(array_agg(id), '{}') FROM leads
WHERE score_meta ->> 'synthetic' = 'true'
   OR id BETWEEN '9a10be00-0000-0000-0000-000000000000' AND '9a10be00-ffff-ffff-ffff-ffffffffffff';

-- key_holder --
-- Whose key has hash $1, if it works.
SELECT id, role FROM galope.api_key
WHERE key_hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now());

-- keys_work --
-- Whether anybody has a key that works.
SELECT EXISTS (
    SELECT FROM galope.api_key WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
);

-- admin_works --
-- Whether an admin has a key that works, other than key $1.
SELECT EXISTS (
    SELECT FROM galope.api_key
    WHERE role = 'admin' AND id <> $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
);

-- key --
-- Key $1, if it was not revoked.
SELECT role FROM galope.api_key WHERE id = $1 AND revoked_at IS NULL;

-- add_key --
-- A key for $1, with role $2 and hash $3, that lasts $4 (null: for ever).
INSERT INTO galope.api_key (name, role, key_hash, expires_at) VALUES ($1, $2, $3, now() + $4::interval) RETURNING id;

-- keys --
-- Every key.
SELECT id, name, role, created_at, expires_at, revoked_at FROM galope.api_key ORDER BY id;

-- revoke_key --
-- Makes key $1 worthless.
UPDATE galope.api_key SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL RETURNING id;

-- held --
-- All that is held of lead $1, by table.
SELECT galope.held($1)::text;

-- erase --
-- Erases what Galope holds of leads; they themselves are deleted after it, which is logged.
SELECT galope.erase($1::uuid[]);

-- expire_history --
-- Erases score history of more than $1 days ago.
WITH gone AS (DELETE FROM galope.score_history WHERE scored_at < now() - make_interval(days => $1) RETURNING id)
SELECT count(*) FROM gone;

-- expire_audit --
-- Erases audit rows of more than $1 days ago, which the API's role may do in this way only.
SELECT galope.expire_audit($1);

-- expire_predictions --
-- Erases what was predicted of leads that came more than $1 days ago and have been evaluated, ten thousand at a time. By the
-- lead's age, so that quick outcomes and slow ones are measured alike; of others there is still something to learn.
WITH evaluated AS (
    SELECT o.lead_id, o.head
    FROM leads AS l JOIN galope.outcome AS o ON o.lead_id = l.id
    WHERE l.created_at < now() - make_interval(days => $1) AND o.evaluated
      AND EXISTS (SELECT FROM galope.prediction AS p WHERE p.lead_id = o.lead_id AND p.head = o.head)
    ORDER BY l.created_at LIMIT 10000
), gone AS (
    DELETE FROM galope.prediction AS p USING evaluated AS j WHERE p.lead_id = j.lead_id AND p.head = j.head
    RETURNING p.lead_id
)
SELECT count(*) FROM gone;

-- expire_measures --
-- Erases measures of more than $1 days ago that newer ones of the same model version and contender follow.
WITH gone AS (
    DELETE FROM galope.model_metric AS m
    WHERE measured_at < now() - make_interval(days => $1) AND EXISTS (
        SELECT FROM galope.model_metric AS n
        WHERE n.head = m.head AND n.version = m.version AND n.contender = m.contender AND n.id > m.id
    )
    RETURNING id
)
SELECT count(*) FROM gone;

-- expire_leads --
-- Erases leads that did nothing for $1 days, a thousand at a time; the stream erases what is held of them. That they
-- were erased is noted.
WITH idle AS (
    SELECT l.id FROM leads AS l
    WHERE l.created_at < now() - make_interval(days => $1)
      AND NOT EXISTS (SELECT FROM events AS e WHERE e.lead_id = l.id AND e.ts >= now() - make_interval(days => $1))
    ORDER BY l.created_at LIMIT 1000
), gone AS (
    DELETE FROM leads USING idle WHERE leads.id = idle.id RETURNING leads.id
), noted AS (
    INSERT INTO galope.audit (actor, action, lead_id) SELECT 'retention', 'lead erased', id FROM gone
)
SELECT count(*) FROM gone;
