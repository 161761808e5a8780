"""``python -m api.experiments``: experiments declared, started, ended and read at the terminal."""

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from api.access import Actor, Role
from api.errors import ApiError
from api.schemas.experiments import NewExperiment
from api.services import experiments
from api.services.database import STATEMENTS, checked
from api.settings import Settings
from domain.catalogue import LANGUAGES, catalogue
from postgres.command import command
from postgres.connect import Connection
from postgres.errors import GalopeError
from postgres.policy import policy_now

ACTOR = Actor("terminal", Role.ADMIN)


def _read(file: Path) -> NewExperiment:
    """Return the experiment that a file declares."""
    try:
        return NewExperiment.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        message = f"{file} declares no experiment: {error}"
        raise GalopeError(message) from error


async def declare(connection: Connection, chosen: argparse.Namespace) -> None:
    """Keep the experiment that a file declares, as a draft."""
    wanted = _read(chosen.file)
    policy = await policy_now(connection, Settings().installed)
    await experiments.declare(connection, ACTOR, wanted, policy, catalogue(chosen.lang))
    sys.stdout.write(
        f"{wanted.name} is a draft. Start it: python -m api.experiments start {wanted.name}\n"
    )


async def show(connection: Connection, _: argparse.Namespace) -> None:
    """Print every experiment."""
    table = Table("experiment", "unit", "status", "served", "planned", "weeks", "concluded")
    for row in await connection.fetch(STATEMENTS["experiments"]):
        weeks = f"{row['planned_weeks']:.1f}" if row["planned_weeks"] else ""
        planned, unit = str(row["planned_units"] or ""), experiments.shown(row)["unit"]
        table.add_row(
            row["name"], unit, row["status"], str(row["served"]), planned, weeks, row["adopted"]
        )
    Console().print(table)


async def start(connection: Connection, chosen: argparse.Namespace) -> None:
    """Start an experiment, and print what it needs."""
    words = catalogue(chosen.lang)
    await experiments.start(connection, ACTOR, chosen.name, Settings().installed, words)
    row = await experiments.row_of(connection, chosen.name)
    units = words.words["experiment_unit"][experiments.shown(row)["unit"]]
    sys.stdout.write(
        f"It needs {row['planned_units']} {units}, about {row['planned_weeks']:.1f} weeks.\n"
    )


async def stop(connection: Connection, chosen: argparse.Namespace) -> None:
    """Stop an experiment."""
    await experiments.stop(connection, ACTOR, chosen.name)


async def conclude(connection: Connection, chosen: argparse.Namespace) -> None:
    """Conclude an experiment with an arm."""
    installed = Settings().installed
    await experiments.conclude(connection, ACTOR, chosen.name, chosen.arm, installed)


async def report(connection: Connection, chosen: argparse.Namespace) -> None:
    """Print an experiment's figures, and what to do."""
    said = await experiments.report(connection, chosen.name, catalogue(chosen.lang))
    table = Table("arm", "served", "known", "mean", "difference", "low", "high")
    money = said["experiment"]["metric"]["revenue"]
    for arm in said["arms"]:
        table.add_row(arm["name"], str(arm["served"]), *_figures(arm, money=money))
    Console().print(table)
    if said["guardrails"]:
        guarded = Table("guardrail", "arm", "known", "share", "difference", "low", "high")
        for guardrail in said["guardrails"]:
            for arm in guardrail["arms"]:
                guarded.add_row(guardrail["event"], arm["name"], *_figures(arm, money=False))
        Console().print(guarded)
    for guardrail in said["guardrails"]:
        # What is to be done stands last, and may be a guardrail's.
        if guardrail["sentence"] != said["sentence"]:
            sys.stdout.write(f"{guardrail['sentence']}\n")
    sys.stdout.write(f"{said['sentence']}\n")


def _figures(arm: Mapping[str, Any], *, money: bool) -> list[str]:
    """Return how many are known of an arm, and what of them, as a table's cells."""
    values = [arm[name] for name in ("rate", "difference", "low", "high")]
    return [str(arm["known"]), *("" if one is None else _written(one, money) for one in values)]


def _written(value: float, money: bool) -> str:
    return f"{value:,.2f}" if money else f"{100.0 * value:.1f} %"


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m api.experiments", description="Experiments: what is better, proven."
    )
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="of reasons (default en)")
    what = parser.add_subparsers(required=True)
    what.add_parser("list", help="every experiment").set_defaults(run=show)
    declared = what.add_parser("declare", help="keep an experiment as a draft")
    declared.add_argument("file", type=Path, help="JSON, as for POST /admin/experiments")
    declared.set_defaults(run=declare)
    for name, run, text in (
        ("start", start, "plan it, and serve its arms"),
        ("stop", stop, "serve every lead the control"),
        ("conclude", conclude, "serve every lead one arm"),
        ("report", report, "its figures, and what to do"),
    ):
        one = what.add_parser(name, help=text)
        one.add_argument("name")
        if run is conclude:
            one.add_argument("arm")
        one.set_defaults(run=run)
    return parser.parse_args(argv)


async def run(chosen: argparse.Namespace) -> None:
    """Do what was asked, in the database of ``DATABASE_URL``."""
    async with (
        checked(Settings().database_url, "galope experiments") as connection,
        connection.transaction(),
    ):
        try:
            await chosen.run(connection, chosen)
        except ApiError as error:
            raise GalopeError(str(error)) from error


@command
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    asyncio.run(run(arguments(argv)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
