-- Since when a webhook sends nothing because somebody said so; what happens meanwhile waits in its queue.
ALTER TABLE galope.webhook ADD COLUMN paused_at timestamptz;
