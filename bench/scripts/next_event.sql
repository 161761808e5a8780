\set kind random(1, 4)
INSERT INTO events (lead_id, event_type, metadata)
VALUES (md5((1 + nextval('bench.turn') % :leads)::text)::uuid,
        (ARRAY['page_view', 'page_view', 'hook_complete', 'cta_click'])[:kind], '{"page": "/cavalos"}');
