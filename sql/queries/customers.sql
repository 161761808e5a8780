-- Customers: who has bought, and when, how often, for how much. Purchases of one day, in zone $1, are one order; an event
-- with an amount that is not negative is a purchase, and one with a negative amount a return.

-- orders_before --
-- By customer, in zone $1 and of what happened before $2: orders, days from the first to the last and from the first to $2,
-- money an order, and its variance; and of $2 to $3 orders and money. Without those that bought nothing before $2.
WITH orders AS (
    SELECT e.lead_id, (e.occurred_at AT TIME ZONE $1)::date AS day, sum((e.attributes ->> 1)::float8) AS spent
    FROM galope.subject_events() AS e
    WHERE (e.attributes ->> 1)::float8 >= 0 AND e.occurred_at < $3
    GROUP BY e.lead_id, day
)
SELECT count(*) FILTER (WHERE day < at)::float8 AS orders,
       (max(day) FILTER (WHERE day < at) - min(day))::float8 AS span, (at - min(day))::float8 AS age,
       avg(spent) FILTER (WHERE day < at) AS mean, var_pop(spent) FILTER (WHERE day < at) AS variance,
       count(*) FILTER (WHERE day >= at)::float8 AS later_orders,
       coalesce(sum(spent) FILTER (WHERE day >= at), 0) AS later_spent
FROM orders, LATERAL (SELECT ($2 AT TIME ZONE $1)::date AS at) AS asked
GROUP BY lead_id, at
HAVING min(day) < at
ORDER BY lead_id;

-- keep_value_model --
-- Keeps what was fitted of $2 customers.
INSERT INTO galope.value_model (model, customers, held_out) VALUES ($1, $2, $3);

-- value_model --
-- What was fitted last.
SELECT model::text, held_out::text, customers, fitted_at, extract(epoch FROM fitted_at)::float8 AS at
FROM galope.value_model ORDER BY id DESC LIMIT 1;
