\set lead random(1, :leads)
\set kind random(1, 4)
INSERT INTO events (lead_id, event_type, metadata)
VALUES (md5((:lead)::text)::uuid, (ARRAY['page_view', 'page_view', 'hook_complete', 'cta_click'])[:kind], '{"page": "/cavalos"}');
