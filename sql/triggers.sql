-- Galope: what the team's tables tell the stream. Safe to apply again.
--
-- Each statement writes what it changed to galope.change_log, in its own transaction, whatever made it. NOTIFY only
-- says "look", takes a database-wide lock at commit, and so is sent only while the stream has enabled it. SECURITY
-- DEFINER because the roles that write leads and events need no right on Galope's schema.

-- The name a change is folded under: moves by hand carry the stage they lead to.
CREATE OR REPLACE FUNCTION galope.event_kind(event_type text, metadata jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN event_type = 'crm_manual_move'
        THEN event_type || ':' || upper(left(coalesce(metadata ->> 'to_stage', 'unknown'), 20))
        ELSE left(event_type, 100)
    END;

-- What the team declared of events, as functions made anew whenever it decides. `event_attributes` reads an event's metadata
-- and `declaration` is its number: NULL where nothing is declared, and they cost nothing then. A label is the text, number
-- or truth value of a key; an amount is a number of up to twelve digits, or text that is one. `leaves_out_machines` says
-- whether a machine's events do not count.
CREATE OR REPLACE FUNCTION galope.declare_attributes() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    decided jsonb;
    labels  text;
    amount  text;
    number  int;
BEGIN
    -- Two decisions at once would replace the same functions: the later one waits, and sees the earlier.
    PERFORM pg_advisory_xact_lock(7450481589);
    decided := coalesce((SELECT policy FROM galope.policy ORDER BY id DESC LIMIT 1), '{}');
    SELECT string_agg(
        format('CASE WHEN jsonb_typeof(metadata -> %1$L) IN (''string'', ''number'', ''boolean'')'
               ' THEN %2$L || nullif(left(btrim(metadata ->> %1$L), 100), '''') END', key, key || '='), ', '
    ) INTO labels
    FROM jsonb_path_query(decided, '$.event_labels[*]') AS given, LATERAL (VALUES (given #>> '{}')) AS named (key)
    WHERE key IS NOT NULL;
    SELECT format('CASE WHEN metadata ->> %1$L ~ ''^\s*-?\d{1,12}(\.\d*)?\s*$'' THEN (metadata ->> %1$L)::float8 END', key)
    INTO amount FROM (VALUES (nullif(decided ->> 'event_amount', ''))) AS named (key) WHERE key IS NOT NULL;
    number := hashtext(concat_ws(',', labels, amount)) WHERE labels IS NOT NULL OR amount IS NOT NULL;
    EXECUTE format(
        'CREATE OR REPLACE FUNCTION galope.declaration() RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN %L::int',
        number
    );
    EXECUTE format(
        'CREATE OR REPLACE FUNCTION galope.leaves_out_machines() RETURNS boolean'
        ' LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN %L::boolean',
        coalesce(decided -> 'leave_out_machines' = 'true', false)
    );
    EXECUTE format(
        'CREATE OR REPLACE FUNCTION galope.event_attributes(metadata jsonb) RETURNS jsonb'
        ' LANGUAGE sql STABLE PARALLEL SAFE RETURN %s',
        CASE WHEN number IS NULL THEN 'NULL::jsonb' ELSE format(
            'jsonb_build_array(%s, %s, to_jsonb(array_remove(ARRAY[%s]::text[], NULL)))',
            number, coalesce(amount, 'NULL::float8'), labels
        ) END
    );
END
$$;
REVOKE ALL ON FUNCTION galope.declare_attributes() FROM PUBLIC;

-- Columns of leads that Galope writes by itself, or the CRM beside it, and that say nothing of the lead.
CREATE OR REPLACE FUNCTION galope.is_written(column_name name) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN column_name = ANY ('{
        crm_stage, score_engine, score_scored_at, score_meta, next_best_action, next_action_text, next_action_date,
        next_action_time, next_action_at, updated_at
    }');

-- Columns of a score. Beneath a write-back of the stream's, others' changes of them are left alone: a trigger of the
-- team's that answers each score with one of its own would be answered without end.
CREATE OR REPLACE FUNCTION galope.is_score(column_name name) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN column_name = ANY ('{score, status, score_motivos, score_model_name, score_probability}');

-- Wakes the stream if it waits.
CREATE OR REPLACE FUNCTION galope.wake() RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    IF pg_sequence_last_value('galope.notify_enabled') = 1 THEN
        PERFORM pg_notify('galope_wake', '');
    END IF;
END
$$;

-- The one trigger that producers feel; what `galope.wake` does stands here again to save its call. An event that a
-- trigger of the team's writes beneath a write-back is an echo of that: it counts, and has no score written.
CREATE OR REPLACE FUNCTION galope.on_events_inserted() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF pg_sequence_last_value('galope.log_full') = 1 OR (random() < 0.01 AND galope.log_is_full()) THEN
        RETURN NULL;
    END IF;
    INSERT INTO galope.change_log (kind, lead_id, event_id, event_type, occurred_at, attributes)
    SELECT CASE WHEN current_setting('galope.writing_scores', true) = 'on' THEN 'echo' ELSE 'event' END,
           lead_id, id, galope.event_kind(event_type::text, metadata), ts, galope.event_attributes(metadata)
    FROM new_rows
    WHERE lead_id IS NOT NULL;
    IF pg_sequence_last_value('galope.notify_enabled') = 1 THEN
        PERFORM pg_notify('galope_wake', '');
    END IF;
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    PERFORM galope.miss(TG_RELID);
    RETURN NULL;
END
$$;

-- An event edited or moved to another lead (duplicates merged) changes what both leads' rows say.
CREATE OR REPLACE FUNCTION galope.on_events_updated() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF galope.log_is_full() THEN
        RETURN NULL;
    END IF;
    WITH changed AS (
        SELECT o.lead_id AS old_lead, n.lead_id AS new_lead
        FROM old_rows o FULL JOIN new_rows n USING (id)
        WHERE (o.lead_id, o.ts, galope.event_kind(o.event_type::text, o.metadata), galope.event_attributes(o.metadata))
            IS DISTINCT FROM
              (n.lead_id, n.ts, galope.event_kind(n.event_type::text, n.metadata), galope.event_attributes(n.metadata))
    )
    INSERT INTO galope.change_log (kind, lead_id)
    SELECT 'rebuild', lead_id
    FROM (SELECT old_lead FROM changed UNION SELECT new_lead FROM changed) AS touched (lead_id)
    WHERE lead_id IS NOT NULL;
    PERFORM galope.wake();
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    PERFORM galope.miss(TG_RELID);
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION galope.on_events_deleted() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF galope.log_is_full() THEN
        RETURN NULL;
    END IF;
    INSERT INTO galope.change_log (kind, lead_id)
    SELECT DISTINCT 'rebuild', lead_id FROM old_rows WHERE lead_id IS NOT NULL;
    PERFORM galope.wake();
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    PERFORM galope.miss(TG_RELID);
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION galope.on_leads_inserted() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF galope.log_is_full() THEN
        RETURN NULL;
    END IF;
    INSERT INTO galope.change_log (kind, lead_id) SELECT 'lead', id FROM new_rows;
    PERFORM galope.wake();
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    PERFORM galope.miss(TG_RELID);
    RETURN NULL;
END
$$;

-- Every row whose answers changed, or whose score somebody else wrote: Galope's comes back at once. The columns are those
-- of now. Their bytes are compared, whatever the type: rows as jsonb took ten times as long.
CREATE OR REPLACE FUNCTION galope.on_leads_updated() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    beneath boolean := current_setting('galope.writing_scores', true) IS NOT DISTINCT FROM 'on';
    named   record;
BEGIN
    IF galope.log_is_full() THEN
        RETURN NULL;
    END IF;
    SELECT string_agg(format('o.%I', attname), ', ' ORDER BY attnum) AS before,
           string_agg(format('n.%I', attname), ', ' ORDER BY attnum) AS after
    INTO named
    FROM pg_attribute
    WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped
      AND NOT galope.is_written(attname) AND NOT (beneath AND galope.is_score(attname));
    EXECUTE format(
        'INSERT INTO galope.change_log (kind, lead_id) '
        'SELECT CASE WHEN n.id IS NULL THEN ''gone'' ELSE ''lead'' END, coalesce(n.id, o.id) '
        'FROM old_rows AS o FULL JOIN new_rows AS n ON n.id = o.id '
        'WHERE record_image_ne(ROW(%s), ROW(%s))',
        named.before, named.after
    );
    PERFORM galope.wake();
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    PERFORM galope.miss(TG_RELID);
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION galope.on_leads_deleted() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF galope.log_is_full() THEN
        RETURN NULL;
    END IF;
    INSERT INTO galope.change_log (kind, lead_id) SELECT 'gone', id FROM old_rows;
    PERFORM galope.wake();
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    PERFORM galope.miss(TG_RELID);
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION galope.on_truncated() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF galope.log_is_full() THEN
        RETURN NULL;
    END IF;
    INSERT INTO galope.change_log (kind) VALUES ('reset');
    PERFORM galope.wake();
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    PERFORM galope.miss(TG_RELID);
    RETURN NULL;
END
$$;

-- A decision about what events carry holds from its commit on; the rebuild that follows reads the rows by it.
CREATE OR REPLACE FUNCTION galope.on_policy_decided() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM galope.declare_attributes();
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER policy_decided AFTER INSERT OR UPDATE OR DELETE ON galope.policy
    FOR EACH STATEMENT EXECUTE FUNCTION galope.on_policy_decided();

SELECT galope.declare_attributes();

CREATE OR REPLACE TRIGGER galope_events_inserted AFTER INSERT ON events
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION galope.on_events_inserted();

CREATE OR REPLACE TRIGGER galope_events_updated AFTER UPDATE ON events
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION galope.on_events_updated();

CREATE OR REPLACE TRIGGER galope_events_deleted AFTER DELETE ON events
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION galope.on_events_deleted();

CREATE OR REPLACE TRIGGER galope_events_truncated AFTER TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION galope.on_truncated();

CREATE OR REPLACE TRIGGER galope_leads_inserted AFTER INSERT ON leads
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION galope.on_leads_inserted();

-- The stream's own write-backs say so and are not looked at; an update that a trigger of the team's makes beneath one
-- is.
CREATE OR REPLACE TRIGGER galope_leads_updated AFTER UPDATE ON leads
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT
    WHEN (current_setting('galope.writing_scores', true) IS DISTINCT FROM 'on' OR pg_trigger_depth() > 0)
    EXECUTE FUNCTION galope.on_leads_updated();

CREATE OR REPLACE TRIGGER galope_leads_deleted AFTER DELETE ON leads
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION galope.on_leads_deleted();

CREATE OR REPLACE TRIGGER galope_leads_truncated AFTER TRUNCATE ON leads
    FOR EACH STATEMENT EXECUTE FUNCTION galope.on_truncated();
