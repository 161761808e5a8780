INSERT INTO events (lead_id, event_type)
SELECT md5((1 + t % :leads)::text)::uuid, (ARRAY['cta_click', 'no_reply_3d'])[1 + t / :leads % 2]
FROM nextval('bench.turn') AS t;
