"""Partners that tests insert, and a watch that sees every one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from api.services.partner_watch import PartnerWatch

if TYPE_CHECKING:
    from api.services.database import Database
    from postgres.connect import Connection


async def new_partner(connection: Connection, **columns: Any) -> UUID:
    """Insert a partner and return its id."""
    columns = {"cnpj": uuid4().hex, "uf": "MG", **columns}
    partner_id: UUID = await connection.fetchval(
        f"INSERT INTO partners ({', '.join(columns)}) "
        f"VALUES ({', '.join(f'${n}' for n in range(1, len(columns) + 1))}) RETURNING id",
        *columns.values(),
    )
    return partner_id


def always_looking(database: Database) -> PartnerWatch:
    """Return a watch that is in step at every call, however slow the machine is."""
    return PartnerWatch(database, clock=lambda: 0.0)
