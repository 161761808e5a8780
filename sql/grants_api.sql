-- Galope: what a role needs to run the API. The demo's reset, which empties tables, is left to their owner.
--
-- psql "$DATABASE_URL" -v role=galope_api -f sql/grants_api.sql

GRANT USAGE ON SCHEMA galope TO :"role";
GRANT SELECT, INSERT, UPDATE, DELETE ON leads, events, lead_notes TO :"role";
GRANT SELECT ON partners TO :"role";
GRANT USAGE ON SEQUENCE lead_notes_id_seq TO :"role";
GRANT SELECT, DELETE ON ALL TABLES IN SCHEMA galope TO :"role";
GRANT INSERT ON galope.audit, galope.policy, galope.change_log TO :"role";
GRANT INSERT, UPDATE ON galope.api_key TO :"role";
GRANT INSERT, UPDATE ON galope.model_version TO :"role";
