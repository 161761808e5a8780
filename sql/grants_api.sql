-- Galope: what a role needs to run the API, with training and the audit of the history. The demo's seeds and resets are
-- left to the tables' owner.
--
-- psql "$DATABASE_URL" -v role=galope_api -f sql/grants_api.sql

GRANT USAGE ON SCHEMA galope TO :"role";
GRANT SELECT, INSERT, UPDATE, DELETE ON leads, events, lead_notes TO :"role";
GRANT SELECT ON partners TO :"role";
GRANT USAGE ON SEQUENCE lead_notes_id_seq TO :"role";
GRANT SELECT ON ALL TABLES IN SCHEMA galope TO :"role";
GRANT INSERT ON galope.audit, galope.policy, galope.change_log, galope.value_model TO :"role";
GRANT INSERT, UPDATE, DELETE ON galope.webhook, galope.webhook_delivery TO :"role";
GRANT INSERT, DELETE ON galope.session, galope.origin_cost TO :"role";
GRANT INSERT, UPDATE ON galope.experiment TO :"role";
GRANT INSERT ON galope.exposure, galope.outcome, galope.grouping, galope.action_model TO :"role";
GRANT UPDATE ON galope.alert TO :"role";
GRANT INSERT, UPDATE, DELETE ON galope.finding, galope.merged_lead, galope.lead_group, galope.partner_group TO :"role";
GRANT INSERT, UPDATE ON galope.lead_owner, galope.user, galope.api_key, galope.model_version, galope.partner_feedback,
    galope.partner_model TO :"role";

-- What goes with a lead that is erased, or has been kept for its time. Nothing of the audit, the policy, the keys and the
-- stream's place: who has these rights can't cover tracks or have events passed over.
GRANT DELETE ON galope.change_log, galope.lead_state, galope.score_history, galope.outcome, galope.prediction, galope.question,
    galope.dead_letter, galope.partner_feedback, galope.model_metric, galope.earlier_value,
    galope.score, galope.tracked_change, galope.lead_owner, galope.exposure, galope.alert TO :"role";
GRANT EXECUTE ON FUNCTION galope.expire_audit(int) TO :"role";
