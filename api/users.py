"""``python -m api.users``: who works in the admin, made, listed and removed at the terminal."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from api.access import UserRole
from api.errors import ApiError
from api.services.database import STATEMENTS, checked
from api.services.sign_in import make_user, renew_password
from api.settings import Settings
from postgres.command import command
from postgres.connect import Connection
from postgres.errors import GalopeError


async def add(connection: Connection, chosen: argparse.Namespace) -> None:
    """Add a user and print their password, once and only now."""
    if "@" not in chosen.email:
        message = f"{chosen.email} is no e-mail address."
        raise GalopeError(message)
    try:
        number, password = await make_user(
            connection, chosen.name, chosen.email, chosen.role, chosen.team
        )
    except ApiError as error:
        message = f"Somebody is named {chosen.name} or has the e-mail {chosen.email} already."
        raise GalopeError(message) from error
    _tell(f"User {number}, {chosen.name}, role {chosen.role}.", password)


async def show(connection: Connection, _: argparse.Namespace) -> None:
    """Print every user."""
    table = Table("user", "name", "e-mail", "role", "team", "since")
    for row in await connection.fetch(STATEMENTS["users"]):
        since = f"{row['created_at']:%Y-%m-%d}"
        table.add_row(str(row["id"]), row["name"], row["email"], row["role"], row["team"], since)
    Console().print(table)


async def password(connection: Connection, chosen: argparse.Namespace) -> None:
    """Give a user a new password and print it, once and only now."""
    number = await _number(connection, chosen.email)
    _tell(f"User {number} is signed out everywhere.", await renew_password(connection, number))


async def remove(connection: Connection, chosen: argparse.Namespace) -> None:
    """Remove a user, be it the last admin."""
    number = await _number(connection, chosen.email)
    await connection.execute(STATEMENTS["remove_user"], number)
    await connection.execute(STATEMENTS["end_sessions"], number, None)
    sys.stderr.write(f"User {number} is removed; within seconds no call is let in of theirs.\n")


async def _number(connection: Connection, email: str) -> int:
    row = await connection.fetchrow(STATEMENTS["user_with_email"], email)
    if row is None:
        message = f"Nobody has the e-mail {email}. See: python -m api.users list"
        raise GalopeError(message)
    number: int = row["id"]
    return number


def _tell(done: str, new: str) -> None:
    sys.stderr.write(f"{done} The password is not shown again:\n")
    sys.stdout.write(f"{new}\n")


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m api.users", description="Users of the admin.")
    what = parser.add_subparsers(required=True)
    made = what.add_parser("add", help="add a user, with a password")
    made.add_argument("email")
    made.add_argument("--name", required=True, help="how the admin calls them")
    made.add_argument("--role", choices=[str(role) for role in UserRole], required=True)
    made.add_argument("--team", help="the team they work in, if any")
    made.set_defaults(run=add)
    what.add_parser("list", help="every user").set_defaults(run=show)
    for name, run, text in (
        ("password", password, "give a user a new password"),
        ("remove", remove, "remove a user"),
    ):
        one = what.add_parser(name, help=text)
        one.add_argument("email")
        one.set_defaults(run=run)
    return parser.parse_args(argv)


async def run(chosen: argparse.Namespace) -> None:
    """Do what was asked, in the database of ``DATABASE_URL``."""
    async with checked(Settings().database_url, "galope users") as connection:
        await chosen.run(connection, chosen)


@command
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    asyncio.run(run(arguments(argv)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
