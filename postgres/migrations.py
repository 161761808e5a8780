"""The numbered changes of Galope's tables, and which were applied."""

from pathlib import Path

from postgres.connect import Connection
from postgres.statements import QUERIES, SQL


def migrations() -> list[Path]:
    """Return the files of ``sql/migrations``, in the order in which they are applied."""
    return sorted((SQL / "migrations").glob("[0-9][0-9][0-9]_*.sql"))


async def pending(connection: Connection) -> list[Path]:
    """Return the migrations that were not applied yet."""
    applied = {row["name"] for row in await connection.fetch(QUERIES["applied_migrations"])}
    return [file for file in migrations() if file.stem not in applied]
