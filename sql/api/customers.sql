-- What the calls about customers ask. By the names that the HTTP API calls them.

-- customers --
-- Whoever has bought, with what changes whenever its amounts do.
SELECT s.lead_id, l.nome, l.uf::text AS uf, l.cidade, s.state ->> 'amounts' AS amounts
FROM galope.lead_state AS s JOIN leads AS l ON l.id = s.lead_id
WHERE s.state -> 'amounts' ->> 5 IS NOT NULL;

-- customers_orders --
-- What customers $1 bought, in zone $2: orders, the first and the last day, money, what came back, and money by family.
WITH lines AS (
    SELECT e.lead_id, (e.occurred_at AT TIME ZONE $2)::date AS day, (e.attributes ->> 1)::float8 AS amount,
           coalesce((
               SELECT substr(label, length('family=') + 1) FROM jsonb_array_elements_text(e.attributes -> 2) AS label
               WHERE label LIKE 'family=%' LIMIT 1
           ), '') AS family
    FROM galope.subject_events() AS e
    WHERE e.lead_id = ANY ($1::uuid[]) AND e.attributes ->> 1 IS NOT NULL
), families AS (
    SELECT lead_id, jsonb_object_agg(family, spent)::text AS families
    FROM (
        SELECT lead_id, family, sum(amount) AS spent FROM lines WHERE amount >= 0 GROUP BY lead_id, family
    ) AS by_family
    GROUP BY lead_id
)
SELECT l.lead_id, count(DISTINCT l.day) FILTER (WHERE l.amount >= 0) AS orders,
       min(l.day) FILTER (WHERE l.amount >= 0) AS first, max(l.day) FILTER (WHERE l.amount >= 0) AS last,
       sum(l.amount) FILTER (WHERE l.amount >= 0) AS spent,
       coalesce(-sum(l.amount) FILTER (WHERE l.amount < 0), 0) AS returned, f.families
FROM lines AS l JOIN families AS f USING (lead_id)
GROUP BY l.lead_id, f.families;

-- orders_by_month --
-- What customer $1 bought since day $3, in zone $2, by month and family.
SELECT to_char(e.occurred_at AT TIME ZONE $2, 'YYYY-MM') AS month,
       coalesce((
           SELECT substr(label, length('family=') + 1) FROM jsonb_array_elements_text(e.attributes -> 2) AS label
           WHERE label LIKE 'family=%' LIMIT 1
       ), '') AS family,
       array_agg(DISTINCT extract(day FROM e.occurred_at AT TIME ZONE $2)::int)
           FILTER (WHERE (e.attributes ->> 1)::float8 >= 0) AS days,
       coalesce(sum((e.attributes ->> 1)::float8) FILTER (WHERE (e.attributes ->> 1)::float8 >= 0), 0) AS spent,
       coalesce(-sum((e.attributes ->> 1)::float8) FILTER (WHERE (e.attributes ->> 1)::float8 < 0), 0) AS returned
FROM galope.subject_events() AS e
WHERE e.lead_id = $1 AND e.attributes ->> 1 IS NOT NULL AND e.occurred_at >= $3::timestamp AT TIME ZONE $2
GROUP BY month, family;

-- contacts_by_day --
-- Contacts of the last $2 days in zone $1, by day: how many, and how many of the leads answered yes within 30 days: by an
-- event of types $4, or by a purchase. Events of type $5, and notes of type $3, are contacts.
WITH contacts AS (
    SELECT lead_id, at, (at AT TIME ZONE $1)::date AS day
    FROM (
        SELECT lead_id, ts AS at FROM events WHERE event_type::text = $5
        UNION ALL
        SELECT lead_id, created_at FROM lead_notes WHERE note_type = $3
    ) AS contact
    WHERE (at AT TIME ZONE $1)::date > (now() AT TIME ZONE $1)::date - $2::int
)
SELECT d::date AS day, count(c.lead_id) AS contacts,
       count(c.lead_id) FILTER (WHERE EXISTS (
           SELECT FROM galope.subject_events() AS e
           WHERE e.lead_id = c.lead_id AND e.occurred_at > c.at AND e.occurred_at <= c.at + interval '30 days'
             AND (e.event_type = ANY ($4::text[]) OR (e.attributes ->> 1)::float8 >= 0)
       )) AS converted
FROM generate_series((now() AT TIME ZONE $1)::date - $2::int + 1, (now() AT TIME ZONE $1)::date, interval '1 day') AS d
LEFT JOIN contacts AS c ON c.day = d::date
GROUP BY d ORDER BY d;

-- alert_urgency --
-- Open alerts that nobody hid, by when what is at stake is likely lost: within a day, a week, or later; and the money at stake.
SELECT u.name, count(a.id) AS count, coalesce(sum(a.impact), 0) AS money
FROM unnest(ARRAY['now', 'week', 'later']) WITH ORDINALITY AS u (name, place)
LEFT JOIN galope.alert AS a
  ON a.state = 'open' AND (a.snoozed_until IS NULL OR a.snoozed_until <= now()) AND u.name = CASE
      WHEN a.lost_at <= now() + interval '1 day' THEN 'now'
      WHEN a.lost_at <= now() + interval '7 days' THEN 'week'
      ELSE 'later'
  END
GROUP BY u.name, u.place ORDER BY u.place;
