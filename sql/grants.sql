-- Galope: what a role needs to run the stream, and nothing more.
--
-- psql "$DATABASE_URL" -v role=galope_stream -f sql/grants.sql

GRANT USAGE ON SCHEMA galope TO :"role";
GRANT SELECT ON leads, events TO :"role";
GRANT UPDATE (
    score, status, score_motivos, score_engine, score_model_name, score_probability, score_scored_at, score_meta,
    next_best_action, next_action_text, next_action_date, next_action_time,
    next_action_at
) ON leads TO :"role";
GRANT SELECT, INSERT, DELETE, TRUNCATE ON galope.change_log TO :"role";
GRANT UPDATE ON SEQUENCE galope.notify_enabled, galope.log_full TO :"role";
GRANT SELECT, INSERT, UPDATE ON galope.cursor TO :"role";
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON galope.lead_state TO :"role";
GRANT SELECT, INSERT, DELETE ON galope.score_history, galope.dead_letter, galope.earlier_value TO :"role";
GRANT SELECT, INSERT, UPDATE ON galope.model_version, galope.learner TO :"role";
GRANT SELECT, INSERT, UPDATE, DELETE ON galope.outcome, galope.prediction, galope.question, galope.watched TO :"role";
GRANT SELECT, DELETE ON galope.partner_feedback, galope.lead_owner TO :"role";
GRANT SELECT, INSERT, DELETE ON galope.exposure TO :"role";
GRANT SELECT, INSERT, UPDATE, DELETE ON galope.score, galope.alert, galope.lead_group TO :"role";
GRANT SELECT, DELETE ON galope.tracked_change, galope.webhook_delivery, galope.finding, galope.merged_lead TO :"role";
GRANT SELECT ON galope.policy, galope.migration, galope.grouping, galope.action_model, galope.experiment, galope.subject,
    galope.source TO :"role";
