"""Other people's CRMs, with a past: what each one's rows say, in that CRM's own terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.stream.child import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    import asyncpg

    from postgres.connect import Connection

SCHEMA = "workspace_1wgvd1injqtife6y4rvfbu3h5"

EVERYTHING = """
SELECT 'trigger', tgrelid::regclass::text, tgname::text FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'relation', relnamespace::regnamespace::text, relname::text
FROM pg_class WHERE relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
UNION ALL SELECT 'function', pronamespace::regnamespace::text, proname::text
FROM pg_proc WHERE pronamespace::regnamespace::text !~ '^(pg_|information_schema)'
UNION ALL SELECT 'column', attrelid::regclass::text, attname::text
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE relnamespace::regnamespace::text !~ '^(pg_|information_schema)' AND NOT attisdropped
"""


@dataclass(frozen=True, slots=True)
class Crm:
    """One CRM.

    Parameters
    ----------
    name
        The folder of its example.
    history
        Makes 240 subjects, one a day: of three, one is won, one lost, one forgotten. Those
        that were won had six messages in nine days, the others two.
    key
        The key of the subject with a number, in SQL.
    subjects
        Its table.
    message
        Inserts one message of a subject $1's.
    win
        Wins a subject $1.
    delete
        Deletes a subject $1, as the CRM does.
    counts
        How many events of the mapped tables each subject has: key, number.
    won
        The event type of winning.
    """

    name: str
    history: str
    key: str
    subjects: str
    message: str
    win: str
    delete: str
    counts: str
    won: str

    @property
    def mapping(self) -> Path:
        """Its galope.toml."""
        return ROOT / "examples" / self.name / "galope.toml"

    async def make(self, connection: Connection, *, history: bool = True) -> None:
        """Make its tables."""
        folder = ROOT / "examples" / self.name
        await connection.execute((folder / "tables.sql").read_text(encoding="utf-8"))
        if history:
            await connection.execute(self.history)


async def everything(connection: Connection) -> set[asyncpg.Record]:
    """Return all that there is in a database."""
    return set(await connection.fetch(EVERYTHING))


_UTC = "(now() AT TIME ZONE 'UTC')"

ODOO = Crm(
    "odoo",
    history=f"""
    INSERT INTO crm_lead (name, email_from, source_id, stage_id, active, create_date, date_closed)
    SELECT 'Deal ' || n, 'lead' || n || '@example.org', 1 + n % 2,
           CASE WHEN n % 3 = 0 THEN 4 ELSE 1 END, n % 3 <> 1,
           {_UTC} - make_interval(days => 400 - n),
           CASE WHEN n % 3 < 2 THEN {_UTC} - make_interval(days => 390 - n) END
    FROM generate_series(1, 240) AS n;
    INSERT INTO mail_message (model, res_id, message_type, date)
    SELECT 'crm.lead', n, 'email', {_UTC} - make_interval(days => 400 - n - m)
    FROM generate_series(1, 240) AS n, generate_series(1, 6) AS m WHERE n % 3 = 0 OR m <= 2;
    INSERT INTO mail_message (model, res_id, message_type)
    SELECT 'res.partner', n, 'comment' FROM generate_series(1, 50) AS n;
    """,
    key="{}",
    subjects="crm_lead",
    message="INSERT INTO mail_message (model, res_id) VALUES ('crm.lead', $1::text::int)",
    win="UPDATE crm_lead SET stage_id = 4, probability = 100 WHERE id = $1::text::int",
    delete="DELETE FROM crm_lead WHERE id = $1::text::int",
    counts="SELECT res_id, count(*) FROM mail_message WHERE model = 'crm.lead' GROUP BY 1",
    won="stage_id:4",
)

ESPOCRM = Crm(
    "espocrm",
    history=f"""
    INSERT INTO lead (id, first_name, status, source, created_at, modified_at)
    SELECT 'lead' || n, 'Ana ' || n, (ARRAY['Converted', 'Dead', 'New'])[1 + n % 3], 'Call',
           {_UTC} - make_interval(days => 400 - n), {_UTC} - make_interval(days => 390 - n)
    FROM generate_series(1, 240) AS n;
    INSERT INTO note (id, parent_id, parent_type, type, created_at)
    SELECT 'n' || n || '.' || m, 'lead' || n, 'Lead', 'EmailReceived',
           {_UTC} - make_interval(days => 400 - n - m)
    FROM generate_series(1, 240) AS n, generate_series(1, 6) AS m WHERE n % 3 = 0 OR m <= 2;
    INSERT INTO note (id, parent_id, parent_type, type, created_at) VALUES
        ('other', 'lead1', 'Account', 'Post', {_UTC}),
        ('update', 'lead1', 'Lead', 'Update', {_UTC});
    INSERT INTO call (id, parent_id, parent_type, status, date_start) VALUES
        ('held', 'lead3', 'Lead', 'Held', {_UTC}), ('planned', 'lead3', 'Lead', 'Planned', {_UTC});
    """,
    key="lead{}",
    subjects="lead",
    message="INSERT INTO note (id, parent_id, parent_type, type, created_at)"
    f" VALUES (left(md5(random()::text), 17), $1::text, 'Lead', 'EmailReceived', {_UTC})",
    win="UPDATE lead SET status = 'Converted' WHERE id = $1::text",
    delete="UPDATE lead SET deleted = true WHERE id = $1::text",
    counts="""
    SELECT parent_id, count(*) FROM (
        SELECT parent_id FROM note WHERE parent_type = 'Lead' AND type = 'EmailReceived'
        UNION ALL SELECT parent_id FROM call WHERE parent_type = 'Lead' AND status = 'Held'
    ) AS happened GROUP BY 1
    """,
    won="status:Converted",
)

TWENTY = Crm(
    "twenty",
    history=f"""
    INSERT INTO {SCHEMA}.opportunity
        (id, name, "amountAmountMicros", stage, "createdAt", "updatedAt")
    SELECT lpad(n::text, 32, '0')::uuid, 'Deal ' || n, 1000000 * n,
           CASE WHEN n % 3 = 0 THEN 'CUSTOMER' ELSE 'NEW' END::{SCHEMA}.opportunity_stage_enum,
           now() - make_interval(days => 400 - n), now() - make_interval(days => 390 - n)
    FROM generate_series(1, 240) AS n;
    INSERT INTO {SCHEMA}."timelineActivity" (name, "targetOpportunityId", "happensAt")
    SELECT CASE WHEN m = 0 THEN 'opportunity.created' ELSE 'message.linked' END,
           lpad(n::text, 32, '0')::uuid, now() - make_interval(days => 400 - n - m)
    FROM generate_series(1, 240) AS n, generate_series(0, 6) AS m WHERE n % 3 = 0 OR m <= 2;
    """,
    key="00000000-0000-0000-0000-{:012}",
    subjects=f"{SCHEMA}.opportunity",
    message=f'INSERT INTO {SCHEMA}."timelineActivity" (name, "targetOpportunityId")'
    " VALUES ('message.linked', $1::text::uuid)",
    win=f"UPDATE {SCHEMA}.opportunity SET stage = 'CUSTOMER' WHERE id = $1::text::uuid",
    delete=f'UPDATE {SCHEMA}.opportunity SET "deletedAt" = now() WHERE id = $1::text::uuid',
    counts=f"""
    SELECT "targetOpportunityId", count(*) FROM {SCHEMA}."timelineActivity"
    WHERE name = 'message.linked' GROUP BY 1
    """,
    won="stage:CUSTOMER",
)

CRMS = {crm.name: crm for crm in (ODOO, ESPOCRM, TWENTY)}
