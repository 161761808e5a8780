-- Users: who they are, who has signed in, whose leads are whose. By the names that the HTTP API calls them.

-- users --
-- Everybody who works in the admin, by name.
SELECT id, name, email, role, team, created_at, password_hash IS NOT NULL AS has_password
FROM galope.user WHERE removed_at IS NULL ORDER BY lower(name);

-- users_exist --
-- Whether anybody works in the admin by name.
SELECT EXISTS (SELECT FROM galope.user WHERE removed_at IS NULL);

-- user --
-- User $1, if they still work here.
SELECT id, name, email, role, password_hash FROM galope.user WHERE id = $1 AND removed_at IS NULL;

-- user_named --
-- The user with e-mail or name $1.
SELECT id, name, email, role, password_hash FROM galope.user
WHERE removed_at IS NULL AND (lower(email) = lower($1) OR lower(name) = lower($1))
ORDER BY lower(email) = lower($1) DESC LIMIT 1;

-- team_names --
-- By which names, in small letters, leads are with those who work in team $1.
SELECT coalesce(array_agg(lower(called)), '{}')
FROM galope.user CROSS JOIN LATERAL (VALUES (name), (email)) AS c (called)
WHERE removed_at IS NULL AND lower(team) = lower($1);

-- user_with_email --
-- The user with e-mail $1.
SELECT id, name, email, role, password_hash FROM galope.user WHERE removed_at IS NULL AND lower(email) = lower($1);

-- admins_beside --
-- How many admins work here beside user $1, and how many others.
SELECT count(*) FILTER (WHERE role = 'admin') AS admins, count(*) AS others
FROM galope.user WHERE removed_at IS NULL AND id <> $1;

-- lock_users --
-- Has changes to who works here take turns, until their transactions end: each sees what those before it did.
SELECT pg_advisory_xact_lock(7450481591);

-- add_user --
-- A user named $1, with e-mail $2, role $3, the hash of a password $4 and team $5; nothing where the name or the e-mail is
-- taken.
INSERT INTO galope.user (name, email, role, password_hash, team) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING id;

-- change_user --
-- Gives user $1 role $2, or leaves it where that is null; and team $4, null for none, where $3 says so.
UPDATE galope.user SET role = coalesce($2, role), team = CASE WHEN $3 THEN $4 ELSE team END
WHERE id = $1 AND removed_at IS NULL RETURNING id;

-- set_password --
-- Keeps $2 as the hash of the password of user $1.
UPDATE galope.user SET password_hash = $2 WHERE id = $1 AND removed_at IS NULL RETURNING id;

-- remove_user --
-- Has user $1 work here no more. The row stays: what they did is theirs.
UPDATE galope.user SET removed_at = now(), password_hash = NULL WHERE id = $1 AND removed_at IS NULL RETURNING id;

-- add_session --
-- A session of user $1 whose token has hash $2, for $3 days.
INSERT INTO galope.session (token_hash, user_id, expires_at) VALUES ($2, $1, now() + make_interval(days => $3));

-- end_session --
-- Ends the session whose token has hash $1.
DELETE FROM galope.session WHERE token_hash = $1;

-- end_sessions --
-- Ends the sessions of user $1 but the one whose token has hash $2, and everybody's that have expired.
DELETE FROM galope.session WHERE (user_id = $1 AND token_hash IS DISTINCT FROM $2::bytea) OR expires_at < now();

-- expire_sessions --
-- Ends what has expired.
DELETE FROM galope.session WHERE expires_at < now();

-- owner_column --
-- The team's own column of whom a lead is with; null where there is none.
SELECT galope.owner_column();

-- owners --
-- Whom each lead is with, by lead, where Galope keeps that.
SELECT coalesce(json_object_agg(o.lead_id, u.name), '{}')::text
FROM galope.lead_owner AS o JOIN galope.user AS u ON u.id = o.user_id
WHERE galope.owner_column() IS NULL;

-- owners_of --
-- Whom leads $1 are with, held until the transaction ends.
SELECT l.id, galope.owner_of(to_jsonb(l), (SELECT galope.owner_column())) AS owner
FROM leads AS l WHERE l.id = ANY ($1::uuid[]) ORDER BY l.id FOR NO KEY UPDATE;

-- assign --
-- Gives leads $1 to $2, who is user $3; both null for nobody.
SELECT galope.assign($1::uuid[], $2::text, $3::bigint);
