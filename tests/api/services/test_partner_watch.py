"""The partner index, in step with the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api.services.database import Database
from domain.partners.matching import DAY_ZERO, Wanted
from tests.api.partners import always_looking, new_partner

if TYPE_CHECKING:
    from postgres.connect import Connection


async def test_what_is_written_in_any_order_is_seen(database: str, connection: Connection) -> None:
    """A transaction that began first and commits last changes a block, with no later time."""
    async with Database(database, 3, 10.0) as pool:
        watch = always_looking(pool)
        late = await new_partner(connection, uf="RS")
        async with pool.connection() as slow:
            writing = slow.transaction()
            await writing.start()
            await slow.execute("UPDATE partners SET uf = 'AC' WHERE id = $1", late)
            other = await new_partner(connection)
            assert len(await watch.index()) == 2
            await writing.commit()
        index = await watch.index()
        first = index.top(Wanted("", "AC", ""), DAY_ZERO, 1)[0]
        assert first.partner_id == late
        await connection.execute("DELETE FROM partners WHERE id = $1", other)
        assert len(await watch.index()) == 1
        assert await watch.index() is index
        watch.close()


async def test_while_postgres_is_away_the_index_stays(
    database: str, connection: Connection
) -> None:
    async with Database(database, 2, 10.0) as pool:
        watch = always_looking(pool)
        await connection.execute("ALTER TABLE partners RENAME TO hidden")
        with pytest.raises(Exception, match="partners"):
            await watch.index()
        await connection.execute("ALTER TABLE hidden RENAME TO partners")
        await new_partner(connection)
        assert len(await watch.index()) == 1

        await new_partner(connection)
        await connection.execute("ALTER TABLE partners RENAME TO hidden")
        assert len(await watch.index()) == 1
        await connection.execute("ALTER TABLE hidden RENAME TO partners")
        assert len(await watch.index()) == 2
        watch.close()
