"""Which tables tell the stream of changes, and whether they always did."""

from dataclasses import dataclass

from postgres.connect import Connection
from postgres.statements import QUERIES, SQL, read

WATCH = read(SQL / "watch.sql")
"""The statements of ``sql/watch.sql``, by name."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A table with Galope's triggers.

    Parameters
    ----------
    relation
        Its oid: a table of the same name may be another one.
    root
        ``leads`` or ``events``, of which it is a partition, or which it is.
    name
        As it is called.
    triggers
        Which triggers it has, how they are enabled, and in which versions.
    """

    relation: int
    root: str
    name: str
    triggers: str


async def watched_now(connection: Connection) -> dict[int, Watched]:
    """Return the tables as the catalogue has them."""
    return {row["relation"]: Watched(**row) for row in await connection.fetch(WATCH["now"])}


async def accounted_for(connection: Connection) -> dict[int, Watched]:
    """Return the tables as they were when all their rows were accounted for."""
    return {row["relation"]: Watched(**row) for row in await connection.fetch(WATCH["before"])}


async def account_for(connection: Connection, tables: list[Watched]) -> None:
    """Take tables as accounted for."""
    await connection.execute(
        WATCH["account_for"],
        [table.relation for table in tables],
        [table.root for table in tables],
        [table.name for table in tables],
        [table.triggers for table in tables],
    )


async def make_up(connection: Connection) -> list[str]:
    """Have the stream read anew what it may not have been told of; return what that was.

    A partition of events that came or went changes its leads alone. Anything else, such as triggers
    that were disabled for a while or a table that took another's place, may have hidden anything.
    """
    before, now = await accounted_for(connection), await watched_now(connection)
    new = [table for table in now.values() if table.relation not in before]
    gone = [table for table in before.values() if table.relation not in now]
    altered = [
        table
        for table in now.values()
        if table.relation in before and before[table.relation].triggers != table.triggers
    ]
    if not (new or gone or altered):
        return []
    sources = [table.name if _is_partition(table) else None for table in new]
    for table in gone:
        there = await connection.fetchval(WATCH["still_there"], table.relation)
        sources.append(there if _is_partition(table) else None)
    async with connection.transaction():
        if altered or None in sources:
            await connection.execute(QUERIES["ask_for_rebuild"])
        else:
            for source in sources:
                # Postgres wrote the name, quoted where it needs to be.
                await connection.execute(f"{WATCH['rebuild_leads_of']} {source}")
        await account_for(connection, [*new, *altered])
        await connection.execute(WATCH["forget"], [table.relation for table in gone])
    return [table.name for table in [*new, *gone, *altered]]


def _is_partition(table: Watched) -> bool:
    """Tell whether a table is a partition of events, so that it says which leads it concerns."""
    return table.root == "events" and table.name.rpartition(".")[2] != table.root
