-- Health, duplicates, the demo's data, keys, personal data and how long it is kept. By the names that the HTTP API calls them.

-- health --
-- Whether the database answers and Galope is on it.
SELECT to_regclass('galope.cursor') IS NOT NULL;

-- problem --
-- What is in the stream's way, as it said when it last looked; null for nothing. That the log is full it can't say.
SELECT CASE WHEN pg_sequence_last_value('galope.log_full') = 1
            THEN 'No stream has run until the change log was full: when one starts, it reads every lead anew.'
            ELSE (SELECT problem FROM galope.cursor WHERE partition = 0) END;

-- audit --
-- Notes that actor $1 did $2 to lead $3 (null: to none or many), with facts $4; none of it is personal.
INSERT INTO galope.audit (actor, action, lead_id, facts) VALUES ($1, $2, $3, $4::jsonb);

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

-- merge_leads --
-- Merges leads $1 into leads $2, one after the other.
SELECT galope.merge_lead(m.kept, m.extra) FROM unnest($1::uuid[], $2::uuid[]) AS m (extra, kept);

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
-- Whose key or session has hash $1, if it works: the name for the audit, the role, and for a session its user.
SELECT 'key ' || id AS name, role, NULL::bigint AS user_id FROM galope.api_key
WHERE key_hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
UNION ALL
SELECT 'user ' || u.id, u.role, u.id
FROM galope.session AS s JOIN galope.user AS u ON u.id = s.user_id
WHERE s.token_hash = $1 AND s.expires_at > now() AND u.removed_at IS NULL;

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
-- lead's age, so that quick outcomes and slow ones are measured alike; of others there is still something to learn. And
-- questions of other heads that matured before then.
WITH evaluated AS (
    SELECT o.lead_id, o.head
    FROM leads AS l JOIN galope.outcome AS o ON o.lead_id = l.id
    WHERE l.created_at < now() - make_interval(days => $1) AND o.evaluated
      AND EXISTS (SELECT FROM galope.prediction AS p WHERE p.lead_id = o.lead_id AND p.head = o.head)
    ORDER BY l.created_at LIMIT 10000
), gone AS (
    DELETE FROM galope.prediction AS p USING evaluated AS j WHERE p.lead_id = j.lead_id AND p.head = j.head
    RETURNING p.lead_id
), asked AS (
    DELETE FROM galope.question AS q
    USING (
        SELECT lead_id, head, asked_at FROM galope.question
        WHERE converted IS NOT NULL AND matures_at < now() - make_interval(days => $1) LIMIT 10000
    ) AS old
    WHERE q.lead_id = old.lead_id AND q.head = old.head AND q.asked_at = old.asked_at
    RETURNING q.lead_id
)
SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM asked);

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
