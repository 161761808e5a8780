"""``python -m offline.duplicates``: leads or partners that are likely the same, pair by pair.

What is printed has ids and which fields are alike, and nothing that says who anybody is.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence

from offline.likeness import Duplicate, Identity, duplicates
from postgres.checks import check
from postgres.command import command
from postgres.connect import Connection, connect
from postgres.settings import Settings
from postgres.statements import SQL, read

QUERIES = read(SQL / "offline.sql")
"""Every statement by name."""


async def identities(connection: Connection, of: str) -> list[Identity]:
    """Return what says who each lead or partner is."""
    return [
        Identity(
            id=str(row["id"]),
            name=row["name"] or "",
            address=row["address"] or "",
            place=row["place"] or "",
            phones=frozenset(filter(None, row["phones"])),
            emails=frozenset(filter(None, row["emails"])),
            document=row["document"] or "",
        )
        for row in await connection.fetch(QUERIES[f"identities_of_{of}"])
    ]


async def find(of: str) -> list[Duplicate]:
    """Return the likely duplicates of the database of ``DATABASE_URL``."""
    connection = await connect(Settings().database_url, "galope duplicates")
    try:
        await check(connection, as_stream=False)
        return duplicates(await identities(connection, of))
    finally:
        await connection.close()


@command
def main(argv: Sequence[str]) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m offline.duplicates",
        description="Say which leads or partners are likely the same.",
    )
    parser.add_argument("of", choices=("leads", "partners"), help="whom to compare")
    parser.add_argument("--json", action="store_true", help="write one JSON object a pair")
    chosen = parser.parse_args(argv)
    for pair in asyncio.run(find(chosen.of)):
        if chosen.json:
            print(json.dumps(pair._asdict()))
        else:
            alike = ", ".join(pair.alike)
            print(f"{pair.first}  {pair.second}  {pair.likeness:.3f}  {alike}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
