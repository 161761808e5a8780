"""``python -m offline.load``: import a recorded history, or a sales table, into the database."""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid5

import asyncpg
import pandas as pd
from rich.console import Console
from rich.progress import Progress

from domain.policy import Policy
from domain.profile import NOT_PROFILE
from offline.replay import Replay, lead_uuid, metadata
from offline.sales import FILE, Sales, named, numbered
from postgres.checks import check
from postgres.command import command
from postgres.connect import Connection, connect
from postgres.errors import GalopeError, first_line
from postgres.policy import policy_now
from postgres.settings import Settings

CHUNK = 10_000
"""Rows in one transaction: a stream that runs sees them chunk by chunk."""

RESERVED = (NOT_PROFILE | {"nome"}) - {"created_at"}
"""Columns of leads that an import may not bring."""

console = Console(stderr=True)


async def load(connection: Connection, replay: Replay, head: str, progress: Progress) -> None:
    """Import leads, then events in order of time, then outcomes; what is there already is kept.

    The outcomes answer the question of the head of this name.

    Ids that are not UUIDs become UUIDs made from them, and stay readable in ``external_id``.
    Columns of the leads that the table lacks are added to it.

    Raises
    ------
    GalopeError
        When a column has a name that Galope or the team writes itself, or Postgres refuses a row.
    """
    await _add_columns(connection, replay)
    columns = ["id", "created_at", "external_id", "nome", "segmento_interesse"]
    columns += [name for name in replay.profile_columns if name not in columns]
    leads = (
        (
            lead_uuid(lead_id),
            created_at.to_pydatetime(),
            lead_id,
            *(row.get(name) for name in columns[3:]),
        )
        for lead_id, created_at, row in replay.rows()
    )
    await _copy(connection, "leads", columns, leads, progress, len(replay.leads))
    columns = ["id", "lead_id", "event_type", "ts", "metadata"]
    await _copy(connection, "events", columns, _events(replay), progress, len(replay.events))
    columns = ["lead_id", "head", "converted", "resolved_at", "source"]
    await _copy(
        connection,
        "galope.outcome",
        columns,
        _outcomes(replay, head),
        progress,
        len(replay.outcomes),
    )


async def load_sales(connection: Connection, sales: Sales, progress: Progress) -> None:
    """Import sales as events of their customers, all of them or none; what is there is kept.

    A customer is a lead that came with the first purchase.

    Raises
    ------
    GalopeError
        When Postgres refuses a row.
    """
    first = {line.customer: line.at for line in reversed(sales.lines)}
    leads = [(lead_uuid(customer), at, customer, customer, "") for customer, at in first.items()]
    events = [
        (uuid5(lead, name), lead, line.event_type, line.at, json.dumps(line.metadata))
        for name, line in numbered(sales.lines)
        for lead in (lead_uuid(line.customer),)
    ]
    async with connection.transaction():
        await connection.execute("ALTER TABLE leads ADD COLUMN IF NOT EXISTS external_id text")
        columns = ["id", "created_at", "external_id", "nome", "segmento_interesse"]
        await _copy(connection, "leads", columns, leads, progress, len(leads))
        columns = ["id", "lead_id", "event_type", "ts", "metadata"]
        await _copy(connection, "events", columns, events, progress, len(events))


async def _add_columns(connection: Connection, replay: Replay) -> None:
    reserved = sorted(RESERVED.intersection(replay.profile_columns))
    if reserved:
        message = (
            f"leads.csv.gz has columns Galope writes itself: {', '.join(reserved)}. Rename them."
        )
        raise GalopeError(message)
    kinds = {"external_id": "text"}
    for name in replay.profile_columns:
        numeric = pd.api.types.is_numeric_dtype(replay.leads[name])
        kinds[name] = "double precision" if numeric else "text"
    for name, kind in kinds.items():
        quoted = '"' + name.replace('"', '""') + '"'
        await connection.execute(f"ALTER TABLE leads ADD COLUMN IF NOT EXISTS {quoted} {kind}")


def _events(replay: Replay) -> Iterable[tuple[Any, ...]]:
    extras = (
        replay.events["metadata"] if "metadata" in replay.events else [None] * len(replay.events)
    )
    seen: dict[str, int] = {}
    for lead_id, kind, at, extra in zip(
        replay.events["lead_id"],
        replay.events["event_type"],
        replay.events["ts"],
        extras,
        strict=True,
    ):
        index = seen[lead_id] = seen.get(lead_id, 0) + 1
        lead = lead_uuid(lead_id)
        yield uuid5(lead, str(index)), lead, kind, at.to_pydatetime(), metadata(extra)


def _outcomes(replay: Replay, head: str) -> Iterable[tuple[Any, ...]]:
    for lead_id, converted, at in zip(
        replay.outcomes["lead_id"],
        replay.outcomes["converted"].tolist(),
        replay.outcomes["resolved_at"],
        strict=True,
    ):
        yield lead_uuid(lead_id), head, converted, at.to_pydatetime(), "import"


async def _copy(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    rows: Iterable[tuple[Any, ...]],
    progress: Progress,
    total: int,
) -> None:
    """Copy rows in chunks, each through a staging table so that rows already there are kept."""
    task = progress.add_task(table.removeprefix("galope."), total=total)
    names = ", ".join('"' + name.replace('"', '""') + '"' for name in columns)
    chunk: list[tuple[Any, ...]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            await _copy_chunk(connection, table, names, columns, chunk)
            progress.advance(task, len(chunk))
            chunk = []
    await _copy_chunk(connection, table, names, columns, chunk)
    progress.advance(task, len(chunk))


async def _copy_chunk(
    connection: Connection, table: str, names: str, columns: Sequence[str], rows: Sequence[Any]
) -> None:
    kept = "Nothing was" if connection.is_in_transaction() else "Rows before them are"
    try:
        async with connection.transaction():
            await connection.execute(
                f"CREATE TEMP TABLE staged AS SELECT {names} FROM {table} LIMIT 0"  # noqa: S608 - quoted names
            )
            await connection.copy_records_to_table("staged", records=rows, columns=columns)
            await connection.execute(
                f"INSERT INTO {table} ({names})"  # noqa: S608 - quoted names
                f" SELECT {names} FROM staged ON CONFLICT DO NOTHING"
            )
            await connection.execute("DROP TABLE staged")
    except (asyncpg.PostgresError, asyncpg.DataError, TypeError) as error:
        message = f"Postgres refused rows for {table}: {first_line(error)}. {kept} kept."
        raise GalopeError(message) from error


async def run(folder: Path) -> None:
    """Import a folder into the database of ``DATABASE_URL``."""
    settings = Settings()
    file = folder / FILE
    with console.status("reading"):
        found: Sales | Replay
        if file.exists():
            found = Sales.read(file, settings.zone, time.time())
        else:
            found = Replay.read(folder)
    connection = await connect(settings.database_url, "galope load")
    try:
        await check(connection)
        policy = await policy_now(connection, settings.installed)
        with Progress(console=console) as progress:
            if isinstance(found, Sales):
                await load_sales(connection, found, progress)
            else:
                await load(connection, found, policy.head.name, progress)
    finally:
        await connection.close()
    if isinstance(found, Sales):
        _tell(found, policy)


def _tell(sales: Sales, policy: Policy) -> None:
    customers = len({line.customer for line in sales.lines})
    console.print(f"{len(sales.lines):,} lines of {customers:,} customers are in the database.")
    if sales.rejects:
        console.print(f"{len(sales.rejects)} rows were left out: {named(sales.rejects)}.")
    if policy.event_amount != "amount" or "family" not in policy.event_labels:
        console.print(
            "Amounts and families count once they are declared: PUT /admin/policy with event_amount"
            ' "amount" and event_labels ["family"].'
        )


@command
def main(argv: Sequence[str]) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m offline.load", description=__doc__)
    parser.add_argument(
        "folder", type=Path, help=f"leads, events and outcomes as .csv.gz, or {FILE}"
    )
    chosen = parser.parse_args(argv)
    asyncio.run(run(chosen.folder))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
