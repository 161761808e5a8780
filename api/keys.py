"""``python -m api.keys``: keys made, listed and revoked at the terminal."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from api.access import Role
from api.services.authentication import make_key
from api.services.database import STATEMENTS, checked
from api.settings import Settings
from postgres.command import command
from postgres.connect import Connection
from postgres.errors import GalopeError


async def add(connection: Connection, chosen: argparse.Namespace) -> None:
    """Make a key and print it, once and only now."""
    number, key = await make_key(connection, chosen.name, chosen.role, chosen.days)
    sys.stderr.write(
        f"Key {number} for {chosen.name}, role {chosen.role}. It is not shown again:\n"
    )
    sys.stdout.write(f"{key}\n")


async def show(connection: Connection, _: argparse.Namespace) -> None:
    """Print every key but what it is."""
    table = Table("key", "name", "role", "made", "expires", "revoked")
    for row in await connection.fetch(STATEMENTS["keys"]):
        times = (row["created_at"], row["expires_at"], row["revoked_at"])
        written = (f"{time:%Y-%m-%d %H:%M}" if time else "" for time in times)
        table.add_row(str(row["id"]), row["name"], row["role"], *written)
    Console().print(table)


async def revoke(connection: Connection, chosen: argparse.Namespace) -> None:
    """Make a key worthless."""
    if await connection.fetchval(STATEMENTS["revoke_key"], chosen.number) is None:
        message = f"There is no key {chosen.number} that works. See: python -m api.keys list"
        raise GalopeError(message)
    sys.stderr.write(f"Key {chosen.number} is revoked; within seconds no call is let in by it.\n")


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m api.keys", description="Keys of the API.")
    what = parser.add_subparsers(required=True)
    made = what.add_parser("add", help="make a key")
    made.add_argument("name", help="whose it is, for people to tell keys apart")
    made.add_argument("--role", choices=[str(role) for role in Role], required=True)
    made.add_argument("--days", type=int, help="until it expires (default: never)")
    made.set_defaults(run=add)
    what.add_parser("list", help="every key").set_defaults(run=show)
    gone = what.add_parser("revoke", help="make a key worthless")
    gone.add_argument("number", type=int)
    gone.set_defaults(run=revoke)
    return parser.parse_args(argv)


async def run(chosen: argparse.Namespace) -> None:
    """Do what was asked, in the database of ``DATABASE_URL``."""
    async with checked(Settings().database_url, "galope keys") as connection:
        await chosen.run(connection, chosen)


@command
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    asyncio.run(run(arguments(argv)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
