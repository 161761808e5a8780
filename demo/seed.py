"""``python -m demo.seed``: leads with history, partners, and nothing of it real."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter
from dataclasses import astuple, dataclass, field, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from demo import names
from demo.ids import ID_RANGE, QUERIES, demo_id
from demo.population import DAY, SEGMENTS, Journey, Profile, World, population
from demo.purchases import DECLARED, Buyer, buyer
from postgres.checks import check
from postgres.command import command
from postgres.connect import connect
from postgres.errors import GalopeError
from postgres.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from uuid import UUID

    from postgres.connect import Connection

Row = tuple[Any, ...]

KINDS = ("leads", "partners")
"""What can be seeded; events come with leads."""

OTHERS_LEADS = 3
"""Exit code where the leads are somebody else's."""

CHUNK = 5_000
"""Rows sent at once."""

LEAD_COLUMNS = (
    "id",
    *(column.name for column in fields(Profile)),
    "crm_stage",
    "score_meta",
    "created_at",
    "updated_at",
)
EVENT_COLUMNS = ("id", "lead_id", "event_type", "ts", "metadata")
PARTNER_COLUMNS = (
    "id", "cnpj", "razao_social", "nome_fantasia", "uf", "municipio_nome", "cnae_principal",
    "segmento", "prioridade", "situacao_cadastral", "contato",
)  # fmt: skip

CNAES = {
    "CAVALOS": ("0152-1/02",),
    "SERVICOS": ("9313-1/00", "7500-1/00", "0162-8/99"),
    "EVENTOS": ("8230-0/01", "9319-1/01"),
    "EQUIPAMENTOS": ("4763-6/02", "1529-7/00", "4647-8/01"),
}
"""Activities by segment, as in Brazil's national classification."""

PARTNER_STATES = (
    "MG", "SP", "GO", "MG", "SP", "MG", "GO", "SP", "MG", "BA", "SP", "GO", "MG", "PR", "SP", "MS",
)  # fmt: skip
"""States of partners, in turn, as their segments are: few partners are spread as many are."""

SOURCES = {"instagram": 0.4, "google": 0.3, "indicacao": 0.2, "feira": 0.1}
SENT = "ENVIADO"

EARLIER = 1_000_000
"""Number of the first lead of the time before the others."""

EARLIER_DAYS = 730.0
"""How long that time is."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to seed.

    Parameters
    ----------
    leads, partners
        How many.
    days
        How far back leads go.
    seed
        The same seed and `now` make the same rows.
    now
        In seconds since 1970. What comes later has not happened yet.
    customers
        Won in the two years before the others came, among leads that were not. With any, all who
        are won buy.
    """

    leads: int
    partners: int
    days: float
    seed: int
    now: float
    customers: int = 0


@dataclass(frozen=True, slots=True)
class Rows:
    """What a plan comes to, as rows of the team's tables."""

    leads: list[Row]
    events: list[Row]
    partners: list[Row]
    ended: Counter[str]
    """Leads by the event that decided them; under the empty name those still open or silent."""
    buyers: dict[UUID, Buyer] = field(default_factory=dict)
    """By lead, what it buys, and what nobody sees of it."""


def rows_of(plan: Plan, progress: Progress | None = None) -> Rows:
    """Return the rows of a plan. Status and score are left to their defaults: Galope's to write."""
    rows = Rows([], [], partners_of(plan), Counter())
    journeys: Iterable[Journey] = population(
        World(), plan.seed, plan.leads, plan.now - plan.days * DAY, plan.now
    )
    if progress:
        journeys = progress.track(journeys, total=plan.leads, description="Simulating leads")
    for number, journey in enumerate(journeys):
        _add(rows, plan, number, journey)
    earlier, wanted = enumerate(_earlier(plan), EARLIER), len(rows.buyers) + plan.customers
    while len(rows.buyers) < wanted:
        _add(rows, plan, *next(earlier))
    return rows


def _earlier(plan: Plan) -> Iterator[Journey]:
    """Yield leads of the time before a plan's others, as its world has them: won or not."""
    end = plan.now - plan.days * DAY
    return population(World(), plan.seed, EARLIER, end - EARLIER_DAYS * DAY, end, first=EARLIER)


def _add(rows: Rows, plan: Plan, number: int, journey: Journey) -> None:
    lead_id = demo_id(plan.seed, "lead", number)
    source = names.pick(np.random.default_rng([plan.seed, number, 1]), SOURCES)
    metadata = orjson.dumps({"demo": True, "source": source}).decode()
    events = journey.until(plan.now)
    for index, (kind, at) in enumerate(events):
        event_id = demo_id(plan.seed, "event", number, index)
        rows.events.append((event_id, lead_id, kind, _moment(at), metadata))
    last = events[-1][0] if events else ""
    rows.ended[last if last in {"handoff", "lost_interest", "invalid_contact"} else ""] += 1
    # A card that was handed off was moved by a person; that is no status of the scorer's.
    stage = SENT if last == "handoff" else "INBOX"
    created_at = _moment(journey.created_at)
    meta = orjson.dumps({"synthetic": True, "seed": str(plan.seed), "seed_index": number}).decode()
    rows.leads.append((lead_id, *astuple(journey.profile), stage, meta, created_at, created_at))
    if plan.customers and last == "handoff":
        _sell(rows, plan, number, lead_id, events[-1][1])


def _sell(rows: Rows, plan: Plan, number: int, lead_id: UUID, won_at: float) -> None:
    """Add what a lead buys that was won at a moment."""
    rng = np.random.default_rng([plan.seed, number, 3])
    rows.buyers[lead_id] = buyer(rng, won_at, plan.now)
    for index, one in enumerate(rows.buyers[lead_id].purchases):
        event_id = demo_id(plan.seed, "purchase", number, index)
        rows.events.append((event_id, lead_id, one.event_type, _moment(one.at), one.metadata))


def partners_of(plan: Plan) -> list[Row]:
    """Return a plan's partners: firms with numbers that no registry gave out."""
    return [_partner(plan.seed, number) for number in range(plan.partners)]


def _partner(seed: int, number: int) -> Row:
    rng = np.random.default_rng([seed, number, 2])
    turn, place = divmod(number, len(PARTNER_STATES))
    uf = PARTNER_STATES[place]
    segment = tuple(SEGMENTS)[(number + turn) % len(SEGMENTS)]
    town = names.one_of(rng, names.TOWNS[uf])
    name = names.firm(rng, segment)
    # Far apart for seeds that are not, so that firms of several seeds stand beside each other.
    registered = 90_000_000 + (seed * 104_729 + number) % 10_000_000
    cnpj = f"{registered:08d}0001{rng.integers(100):02d}"
    contact = {
        "email": f"contato.{number}@example.com",
        "telefone": names.whatsapp(rng),
        "site": f"https://parceiro-{number}.example.com",
        "instagram": f"@parceiro.{number}",
    }
    return (
        demo_id(seed, "partner", number),
        cnpj,
        f"{name} de {town} LTDA (demo)",
        name,
        uf,
        town,
        names.one_of(rng, CNAES[segment]),
        segment,
        names.pick(rng, {1: 0.2, 2: 0.5, 3: 0.3}),
        "ATIVA",
        orjson.dumps(contact).decode(),
    )


async def seed(
    connection: Connection,
    rows: Rows,
    progress: Progress | None = None,
    kinds: Sequence[str] = KINDS,
    *,
    beside: bool = False,
) -> None:
    """Write the rows in one transaction, in place of what the demo seeded before, or beside it."""
    tables = {
        "leads": (("leads", LEAD_COLUMNS, rows.leads), ("events", EVENT_COLUMNS, rows.events)),
        "partners": (("partners", PARTNER_COLUMNS, rows.partners),),
    }
    async with connection.transaction():
        for kind in () if beside else kinds:
            await connection.execute(QUERIES[f"remove_{kind}"], *ID_RANGE)
        for table, columns, records in (table for kind in kinds for table in tables[kind]):
            for chunk in _chunks(records, table, progress):
                await connection.copy_records_to_table(table, records=chunk, columns=columns)
        if rows.buyers:
            await connection.execute(QUERIES["declare"], orjson.dumps(DECLARED).decode())


def _chunks(records: list[Row], table: str, progress: Progress | None) -> Iterator[list[Row]]:
    task = progress.add_task(f"Copying {table}", total=len(records)) if progress else None
    for first in range(0, len(records), CHUNK):
        chunk = records[first : first + CHUNK]
        yield chunk
        if progress and task is not None:
            progress.advance(task, len(chunk))


class OthersLeadsError(GalopeError):
    """There are leads, and none of them is the demo's: this is no place for it."""


async def run(
    url: str,
    plan: Plan,
    *,
    if_empty: bool,
    replace: bool,
    add: bool = False,
    kinds: Sequence[str] = KINDS,
) -> str:
    """Seed a database, and return what was done as a sentence.

    Raises
    ------
    OthersLeadsError
        When it was to be seeded if there were no leads, and there are, of others only.
    GalopeError
        When the demo was seeded before and is not to be replaced, or Galope is not installed.
    """
    began = time.perf_counter()
    connection = await connect(url, "galope seed")
    try:
        await check(connection)
        has_demo_leads = await connection.fetchval(QUERIES["has_demo_leads"], *ID_RANGE)
        if if_empty and has_demo_leads:
            return "There are leads already: nothing seeded."
        if if_empty and await connection.fetchval(QUERIES["has_leads"]):
            message = "There are leads already, and none is the demo's: nothing seeded."
            raise OthersLeadsError(message)
        if not (replace or add) and has_demo_leads:
            message = (
                "The demo is seeded already. Add --replace to seed it again, --add to seed more, or"
                " --if-empty."
            )
            raise GalopeError(message)
        console = Console(stderr=True)
        with _progress(console) as progress:
            rows = rows_of(plan, progress)
            await seed(connection, rows, progress, kinds, beside=add)
    finally:
        await connection.close()
    return _summary(rows, plan, time.perf_counter() - began)


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("  {task.description:<16}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _summary(rows: Rows, plan: Plan, seconds: float) -> str:
    won = rows.ended["handoff"]
    lost = rows.ended["lost_interest"] + rows.ended["invalid_contact"]
    return (
        f"Seeded {len(rows.leads):,} leads ({won:,} handed off, {lost:,} lost,"
        f" {rows.ended['']:,} open or silent), {len(rows.events):,} events over {plan.days:g} days"
        f" and {len(rows.partners):,} partners in {seconds:.1f} s (seed {plan.seed})."
    )


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _when(text: str) -> float:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _whole(text: str) -> int:
    number = int(text)
    if number < 0:
        message = f"{number} is negative"
        raise ValueError(message)
    return number


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m demo.seed",
        description="Fill the database in DATABASE_URL with invented leads of Brazil's horse"
        " business, their history with outcomes, and partners. Scores are left to the stream.",
    )
    parser.add_argument("--leads", type=_whole, default=3000, help="how many (default: 3000)")
    parser.add_argument("--partners", type=_whole, default=120, help="how many (default: 120)")
    parser.add_argument(
        "--customers",
        type=_whole,
        default=0,
        help="won in the two years before, among leads that were not; with any, all who are won"
        " buy (default: 0)",
    )
    parser.add_argument("--days", type=float, default=90, help="of history (default: 90)")
    parser.add_argument("--seed", type=_whole, default=7, help="of all chance (default: 7)")
    parser.add_argument("--now", type=_when, help="the moment it is, ISO 8601 (default: now)")
    parser.add_argument("--only", choices=KINDS, help="leave the others as they are")
    again = parser.add_mutually_exclusive_group()
    again.add_argument(
        "--if-empty",
        action="store_true",
        help="do nothing if there are any leads;"
        f" exit code {OTHERS_LEADS} if none of them is the demo's",
    )
    again.add_argument(
        "--replace", action="store_true", help="remove what the demo made before; nothing else"
    )
    again.add_argument("--add", action="store_true", help="with another seed, beside it")
    options = parser.parse_args(argv)
    if options.days <= 0:
        parser.error(f"argument --days: {options.days:g} is not above 0")
    return options


@command
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    options = arguments(argv)
    now = time.time() if options.now is None else options.now
    kinds = (options.only,) if options.only else KINDS
    plan = Plan(
        options.leads if "leads" in kinds else 0,
        options.partners if "partners" in kinds else 0,
        options.days,
        options.seed,
        now,
        options.customers if "leads" in kinds else 0,
    )
    url = Settings().database_url
    try:
        summary = asyncio.run(
            run(
                url,
                plan,
                if_empty=options.if_empty,
                replace=options.replace,
                add=options.add,
                kinds=kinds,
            )
        )
        print(summary)
    except OthersLeadsError as error:
        print(error)
        return OTHERS_LEADS
    return 0


if __name__ == "__main__":
    sys.exit(main())
