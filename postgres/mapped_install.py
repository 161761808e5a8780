"""Putting Galope beside the tables that a ``galope.toml`` names."""

import json

from postgres.checks import stored_mapping
from postgres.connect import Connection
from postgres.mapped_tables import TEMPLATES, Catalogue
from postgres.mapping import Mapping
from postgres.statements import QUERIES
from postgres.tables import array


async def map_tables(connection: Connection, mapping: Mapping) -> None:
    """Make a mapping's functions and triggers, in the transaction under way.

    Raises
    ------
    GalopeError
        When the mapping does not fit the database.
    """
    tables = await Catalogue(connection).fit(mapping)
    known = await stored_mapping(connection)
    if known is not None and known.written != mapping.written:
        await connection.execute(TEMPLATES["give_back"])
    if mapping != known:
        await connection.execute(TEMPLATES["clear"])
    await connection.execute(TEMPLATES["forget_mapping"])
    whole = mapping.model_dump_json()
    await connection.execute(
        TEMPLATES["keep_subject"],
        mapping.name,
        tables.subject.table.relation,
        json.dumps(mapping.policy),
        whole,
    )
    for number, source in enumerate(tables.sources, 1):
        await connection.execute(
            TEMPLATES["keep_source"],
            number,
            source.table.relation,
            mapping.source[number - 1].model_dump_json(),
        )
    await connection.execute(tables.functions)
    for table in (tables.subject, *tables.sources):
        await connection.execute(table.triggers(mapping.decisive))


async def finish_mapping(connection: Connection, mapping: Mapping, *, new: bool) -> None:
    """Make what takes long and holds nobody up: indexes, and the outcomes that rows have already.

    To be called once the triggers are committed, outside a transaction; `new` is whether something
    else was read before.
    """
    async with connection.transaction():
        tables = await Catalogue(connection).fit(mapping)
    for table in (tables.subject, *tables.sources):
        if table.index is not None:
            await connection.execute(table.index)
    if "tracked_at" in tables.subject.parts:
        decisive = array(mapping.decisive)
        await connection.execute(tables.subject.fill("decided_already", decisive=decisive))
    if new:
        await connection.execute(QUERIES["ask_for_rebuild"])
