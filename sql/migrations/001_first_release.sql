-- The tables of the first release. A database that Galope was installed on before migrations were recorded has some of
-- them, perhaps as they were before the first release: what is there is kept, and brought to that release below.
--
-- No table of Galope's references the team's: a foreign key would make their TRUNCATE fail.

-- Every committed change, once, in no order: the cursor reads it by transaction visibility. Append-only;
-- emptied by TRUNCATE when all of it has been consumed. It holds no profile and no metadata. A kind is event, lead,
-- rebuild, gone or reset, and all but reset name a lead; CHECKs that say so made an insert into events 10 µs slower.
CREATE TABLE IF NOT EXISTS galope.change_log (
    xid         xid8 NOT NULL DEFAULT pg_current_xact_id(),
    id          bigint GENERATED ALWAYS AS IDENTITY (CACHE 100),
    kind        text NOT NULL,
    lead_id     uuid,
    event_id    uuid,
    event_type  text,
    occurred_at timestamptz,
    PRIMARY KEY (xid, id)
);

-- Whether the stream waits to be told of changes: 1 while its hand is up. A sequence, because it is read and set at once
-- by everybody, outside transactions, without a lock that inserts would queue for.
CREATE SEQUENCE IF NOT EXISTS galope.hand AS smallint MINVALUE 0 MAXVALUE 1;

-- The last committed position. `snapshot` is what has been consumed whole; while a larger window is consumed page by
-- page, `window_snapshot` is its upper end and (after_xid, after_id) the last row taken. `model_version` is the one that all
-- leads are scored with, or due to be.
CREATE TABLE IF NOT EXISTS galope.cursor (
    partition         smallint PRIMARY KEY DEFAULT 0,
    snapshot          pg_snapshot NOT NULL,
    window_snapshot   pg_snapshot,
    after_xid         xid8 NOT NULL DEFAULT '0',
    after_id          bigint NOT NULL DEFAULT 0,
    system_identifier bigint NOT NULL,
    epoch             bigint NOT NULL DEFAULT 0,
    model_version     bigint NOT NULL DEFAULT 0,
    heartbeat_at      timestamptz NOT NULL DEFAULT now()
);

-- One row a lead: the folded state, and the last score given to it. `built_snapshot` says which transactions the state
-- already holds because it was read from the lead's rows, so that their changes are not folded again.
CREATE TABLE IF NOT EXISTS galope.lead_state (
    lead_id        uuid PRIMARY KEY,
    state          json NOT NULL,
    built_snapshot pg_snapshot,
    score          smallint NOT NULL,
    rescore_at     timestamptz NOT NULL,
    CONSTRAINT lead_state_score_in_range CHECK (score BETWEEN 0 AND 100)
) WITH (fillfactor = 70);
CREATE INDEX IF NOT EXISTS lead_state_rescore_at ON galope.lead_state (rescore_at);

-- One lead scored anew, as the stream sends it. One array of these takes less to read than an array a column.
DO $$
BEGIN
    IF to_regtype('galope.rescore') IS NULL THEN
        CREATE TYPE galope.rescore AS (
            lead_id        uuid,
            state          json,
            built_snapshot pg_snapshot,
            score_before   smallint,
            score          smallint,
            status         text,
            motivos        jsonb,
            action         jsonb,
            suggestion     text,
            points         json,
            probability    double precision,
            cause          text,
            scored_at      double precision,
            rescore_at     double precision
        );
    END IF;
END
$$;

-- One row a rescore: what changed it, before, after, and the points behind it by signal.
CREATE TABLE IF NOT EXISTS galope.score_history (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lead_id       uuid NOT NULL,
    scored_at     timestamptz NOT NULL,
    cause         text NOT NULL,
    score_before  smallint,
    score_after   smallint NOT NULL,
    status        text NOT NULL,
    probability   double precision NOT NULL,
    points        json NOT NULL,
    model_version bigint NOT NULL,
    learned       bigint NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS score_history_lead ON galope.score_history (lead_id, id);

-- Every model ever stored. One champion a head: the one that scores. The reason is a sentence in English; its facts are
-- what a reader's language says it with, and empty where a person wrote it.
CREATE TABLE IF NOT EXISTS galope.model_version (
    version      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    head         text NOT NULL,
    status       text NOT NULL DEFAULT 'candidate',
    model        json NOT NULL,
    metrics      jsonb NOT NULL DEFAULT '{}',
    reason       text NOT NULL,
    reason_facts jsonb NOT NULL DEFAULT '{}',
    created_at   timestamptz NOT NULL DEFAULT now(),
    promoted_at  timestamptz,
    CONSTRAINT model_version_status_known CHECK (status IN ('candidate', 'champion', 'retired'))
);
CREATE UNIQUE INDEX IF NOT EXISTS model_version_one_champion ON galope.model_version (head) WHERE status = 'champion';

-- What people did in the end: the labels. Never a status that the scorer wrote. A lead is judged once its horizon has
-- passed, the quick outcomes and the slow ones of its age together.
CREATE TABLE IF NOT EXISTS galope.outcome (
    lead_id     uuid NOT NULL,
    head        text NOT NULL,
    converted   boolean NOT NULL,
    resolved_at timestamptz NOT NULL,
    source      text NOT NULL,
    judged      boolean NOT NULL DEFAULT false,
    PRIMARY KEY (lead_id, head)
);

-- What a lead looked like at some of its moments, and what every contender said of it then, before its outcome was known:
-- all that is learned from, and all that models are measured by. A row is one batch's moments of a lead. Only ever
-- inserted: with a key and a row a moment it took twice as long.
CREATE TABLE IF NOT EXISTS galope.prediction (
    lead_id       uuid NOT NULL,
    head          text NOT NULL,
    model_version bigint NOT NULL,
    moments       json NOT NULL
);
CREATE INDEX IF NOT EXISTS prediction_lead ON galope.prediction (lead_id);

-- What the models have learned from outcomes since model_version began, one row a head; written with the outcomes.
CREATE TABLE IF NOT EXISTS galope.learner (
    head          text PRIMARY KEY,
    model_version bigint NOT NULL,
    learned       bigint NOT NULL,
    state         json NOT NULL,
    updated_at    timestamptz NOT NULL DEFAULT now()
);

-- How good predictions were, once their outcomes were known: by model version and contender.
CREATE TABLE IF NOT EXISTS galope.model_metric (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    head        text NOT NULL,
    version     bigint NOT NULL,
    contender   text NOT NULL,
    measured_at timestamptz NOT NULL DEFAULT now(),
    metrics     jsonb NOT NULL
);
CREATE INDEX IF NOT EXISTS model_metric_newest ON galope.model_metric (head, measured_at);

-- What the team decided about its funnel: the newest row counts, and holds all of it. Append-only: going back is one more.
CREATE TABLE IF NOT EXISTS galope.policy (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    policy  jsonb NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    made_by text NOT NULL,
    CONSTRAINT policy_is_an_object CHECK (jsonb_typeof(policy) = 'object')
);

-- Changes that could not be used, and why. Deleting a row and asking for `--rebuild` tries it again.
CREATE TABLE IF NOT EXISTS galope.dead_letter (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lead_id    uuid,
    event_id   uuid UNIQUE,
    event_type text,
    reason     text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS dead_letter_lead ON galope.dead_letter (lead_id);

-- ---------------------------------------------------------------------------------------------------- the HTTP API

-- Who may call the API. Of a key only its hash is kept.
CREATE TABLE IF NOT EXISTS galope.api_key (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL,
    role       text NOT NULL,
    key_hash   bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT api_key_role_known CHECK (role IN ('ingest', 'viewer', 'operator', 'admin'))
);

-- Who did what. It outlives the lead, and holds nothing personal.
CREATE TABLE IF NOT EXISTS galope.audit (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT now(),
    actor   text NOT NULL,
    action  text NOT NULL,
    lead_id uuid,
    facts   jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX IF NOT EXISTS audit_at ON galope.audit (at);

-- ---------------------------------------------------------------------------------------------------- partner matching

-- What people did with the partners proposed for a lead: the last verdict on each pair, and what spoke for the partner
-- then, which is what was learned from.
CREATE TABLE IF NOT EXISTS galope.partner_feedback (
    lead_id    uuid NOT NULL,
    partner_id uuid NOT NULL,
    verdict    text NOT NULL,
    features   jsonb NOT NULL,
    given_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (lead_id, partner_id),
    CONSTRAINT partner_feedback_verdict_known CHECK (verdict IN ('kept', 'contacted', 'refused'))
);

-- The weights of a compatibility's parts, in one row: as JSON, after so many verdicts.
CREATE TABLE IF NOT EXISTS galope.partner_model (
    id       smallint PRIMARY KEY DEFAULT 0,
    model    json NOT NULL,
    verdicts bigint NOT NULL DEFAULT 0,
    CONSTRAINT partner_model_only_one CHECK (id = 0)
);

-- Columns that came later, for databases installed before them.
ALTER TABLE galope.outcome ADD COLUMN IF NOT EXISTS judged boolean NOT NULL DEFAULT false;
ALTER TABLE galope.score_history ADD COLUMN IF NOT EXISTS learned bigint NOT NULL DEFAULT 0;
ALTER TABLE galope.model_version ADD COLUMN IF NOT EXISTS reason_facts jsonb NOT NULL DEFAULT '{}';

-- How long a lead has been quiet was once part of the pace of contact. In moments it is always zero.
UPDATE galope.model_version SET model = replace(model::text, 'timing|hours_quiet', 'quiet|hours')::json
WHERE model::text LIKE '%timing|hours_quiet%';
UPDATE galope.learner SET state = replace(state::text, 'timing|hours_quiet', 'quiet|hours')::json
WHERE state::text LIKE '%timing|hours_quiet%';

-- Each moment once had a row of its own.
DO $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_attribute
        WHERE attrelid = 'galope.prediction'::regclass AND attname = 'event_index' AND NOT attisdropped
    ) THEN
        ALTER TABLE galope.prediction ADD COLUMN moments json;
        UPDATE galope.prediction SET moments = json_build_array(json_build_object(
            'event_index', event_index, 'at', extract(epoch FROM predicted_at)::float8,
            'features', features, 'said', said, 'champion', champion
        ));
        ALTER TABLE galope.prediction
            ALTER COLUMN moments SET NOT NULL,
            DROP COLUMN event_index, DROP COLUMN predicted_at, DROP COLUMN features, DROP COLUMN said,
            DROP COLUMN champion;
    END IF;
END
$$;
