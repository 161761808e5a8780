"""``python -m offline.models``: the models kept, which one scores, and how to change that."""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.table import Table

from online_models.model import LeadModel
from online_models.rationale import Rationale, by_hand
from postgres.checks import check
from postgres.command import command
from postgres.connect import Connection, connect
from postgres.errors import GalopeError
from postgres.model_registry import keep_model, make_champion
from postgres.policy import asking, policy_now
from postgres.settings import Settings
from postgres.statements import QUERIES

console = Console()


async def list_models(connection: Connection, chosen: argparse.Namespace) -> None:
    """Print every model, the newest first."""
    table = Table("version", "status", "made", "promoted", "AUC", "Brier", "reason")
    for row in await connection.fetch(QUERIES["models"], chosen.head):
        metrics = json.loads(row["metrics"])
        table.add_row(
            str(row["version"]),
            row["status"],
            f"{row['created_at']:%Y-%m-%d %H:%M}",
            f"{row['promoted_at']:%Y-%m-%d %H:%M}" if row["promoted_at"] else "",
            *(f"{metrics[name]:.3f}" if name in metrics else "" for name in ("auc", "brier")),
            row["reason"],
        )
    console.print(table)


async def show(connection: Connection, chosen: argparse.Namespace) -> None:
    """Print one model as JSON: its numbers, and the snapshot that scores."""
    row = await _found(connection, chosen)
    values = {
        "version": row["version"],
        "status": row["status"],
        "reason": row["reason"],
        "metrics": json.loads(row["metrics"]),
        "model": json.loads(row["model"]),
    }
    sys.stdout.write(json.dumps(values, indent=2) + "\n")


async def add(connection: Connection, chosen: argparse.Namespace) -> None:
    """Store a model from a file, as a candidate."""
    try:
        model = LeadModel.from_json(json.loads(chosen.file.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"{chosen.file} is not a model that this Galope can read: {error}."
        raise GalopeError(message) from error
    name = chosen.file.name
    why = Rationale(f"added from {name}", {"code": "added", "file": name})
    version = await keep_model(connection, chosen.head, model, why)
    console.print(f"Model {version} is kept. To score with it: offline.models promote {version}")


async def promote(connection: Connection, chosen: argparse.Namespace) -> None:
    """Make a model the one that scores; a running stream rescores every lead with it."""
    await _found(connection, chosen)
    async with connection.transaction():
        await make_champion(connection, chosen.head, chosen.version, by_hand(chosen.reason))
    console.print(f"Model {chosen.version} scores from now on.")


async def rollback(connection: Connection, chosen: argparse.Namespace) -> None:
    """Go back to the model that scored before this one; to the rules when there was none."""
    before = await connection.fetchval(QUERIES["previous_champion"], chosen.head)
    async with connection.transaction():
        await make_champion(connection, chosen.head, before, by_hand(chosen.reason))
    if before is None:
        console.print("No model scored before: the team's rules score from now on.")
    else:
        console.print(f"Back to model {before}.")


async def _found(connection: Connection, chosen: argparse.Namespace) -> asyncpg.Record:
    for row in await connection.fetch(QUERIES["models"], chosen.head):
        if row["version"] == chosen.version:
            return row
    message = f"There is no model {chosen.version}. See: python -m offline.models list"
    raise GalopeError(message)


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m offline.models", description=__doc__)
    parser.add_argument("--head", metavar="NAME", help="whose models (the primary head's)")
    what = parser.add_subparsers(dest="what", required=True)
    what.add_parser("list", help="every model").set_defaults(run=list_models)
    for name, run, text in (
        ("show", show, "one model, whole"),
        ("promote", promote, "make a model the one that scores"),
    ):
        subparser = what.add_parser(name, help=text)
        subparser.add_argument("version", type=int)
        subparser.set_defaults(run=run)
    added = what.add_parser("add", help="keep a model from a file")
    added.add_argument("file", type=Path)
    added.set_defaults(run=add)
    back = what.add_parser("rollback", help="go back to the model that scored before")
    back.set_defaults(run=rollback)
    for subparser in (what.choices["promote"], back):
        subparser.add_argument("--reason", help="kept with the change (by hand)")
    return parser.parse_args(argv)


async def run(chosen: argparse.Namespace) -> None:
    """Do what was asked, in the database of ``DATABASE_URL``."""
    action: Callable[[Connection, argparse.Namespace], Awaitable[None]] = chosen.run
    settings = Settings()
    connection = await connect(settings.database_url, "galope models")
    try:
        await check(connection)
        policy = asking(await policy_now(connection, settings.installed), chosen.head)
        chosen.head = policy.head.name
        await action(connection, chosen)
    finally:
        await connection.close()


@command
def main(argv: Sequence[str]) -> int:
    """Run the command line; return the exit code."""
    asyncio.run(run(arguments(argv)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
