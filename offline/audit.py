"""``python -m offline.audit``: look for leaks and faults in the database's own history."""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from domain.bands import HOT
from domain.directions import Directions
from domain.heads import Anchor, Head
from domain.outcomes import HORIZON, Outcome
from offline import rolling
from offline.disputes import disputed
from offline.findings import FEWEST, Finding, Severity, TooFewLeadsError
from offline.health import ScoredReasons, same_reasons, thin_groups
from offline.history import History, dataset
from offline.leakage import (
    Before,
    absent_while_open,
    only_one_outcome,
    score_decides,
    tells_alone,
    with_outcome,
)
from offline.train import LEADS_AT_ONCE, TooLittleHistoryError, read_histories
from postgres.checks import check
from postgres.command import command
from postgres.connect import Connection, connect
from postgres.policy import asking, policy_now
from postgres.settings import Settings
from postgres.statements import SQL, read

QUERIES = read(SQL / "offline.sql")
"""The audit's statements by name."""

SERIOUS = 4
"""Exit code when something serious was found."""

console = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Material:
    """What is audited.

    Parameters
    ----------
    head
        The question that scores answer.
    directions
        Which way the team lets events and answers move a score.
    now
        When the histories were read, in seconds since 1970.
    histories
        Every lead.
    before
        Resolved leads that had a score before their outcome.
    reasons
        Of every lead's newest score.
    answered
        Of a rolling head the answered questions, as `offline.rolling.dataset` makes them; then
        a lead's outcome is what its last one was answered.
    """

    head: Head
    directions: Directions
    now: float
    histories: Sequence[History]
    before: Sequence[Before]
    reasons: Sequence[ScoredReasons]
    answered: pd.DataFrame | None = None


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found, and in what.

    Parameters
    ----------
    at
        When, in seconds since 1970.
    leads, resolved, converted
        Leads with events, those of known outcome, and those that converted.
    findings
        The serious ones first.
    unchecked
        What there was too little for, in words.
    """

    at: float
    leads: int
    resolved: int
    converted: int
    findings: list[Finding]
    unchecked: list[str]

    @property
    def serious(self) -> int:
        """How many findings are serious."""
        return sum(finding.severity is Severity.SERIOUS for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """Return the audit as JSON values."""
        return asdict(self) | {
            "at": datetime.fromtimestamp(self.at, UTC).isoformat(),
            "serious": self.serious,
            "findings": [finding.as_json() for finding in self.findings],
        }


def audit(material: Material) -> Audit:
    """Look for everything that can be found.

    What needs leads that are open or not for good is not asked of a rolling head.

    Raises
    ------
    TooLittleHistoryError
        When fewer than `FEWEST` leads had either outcome.
    """
    with_events = [history for history in material.histories if history.events]
    resolved = [history for history in with_events if history.outcome]
    converted = sum(history.outcome.converted for history in resolved if history.outcome)
    if min(converted, len(resolved) - converted) < FEWEST:
        message = (
            f"Too little history: {len(resolved)} leads with a known outcome, {converted} of them"
            f" converted. An audit needs {FEWEST} that converted and {FEWEST} that did not."
        )
        raise TooLittleHistoryError(message)
    examples, histories = material.answered, material.histories
    looks: list[Callable[[], Iterable[Finding]]] = [
        partial(only_one_outcome, histories),
        partial(same_reasons, material.reasons),
        partial(thin_groups, histories),
    ]
    if examples is None:
        examples = dataset(track(resolved, "examples", console=console), material.directions)
        looks += [
            partial(absent_while_open, histories, material.head.horizon, material.now),
            partial(with_outcome, histories, material.head),
            partial(score_decides, material.before),
            partial(disputed, histories, material.directions),
        ]
    looks.append(partial(tells_alone, examples))
    findings: list[Finding] = []
    unchecked = []
    for look in track(looks, "looking", console=console):
        try:
            findings += look()
        except TooFewLeadsError as error:
            unchecked.append(str(error))
    findings.sort(key=lambda finding: finding.severity is not Severity.SERIOUS)
    return Audit(material.now, len(with_events), len(resolved), converted, findings, unchecked)


async def read_material(
    connection: Connection, settings: Settings, head_name: str | None = None
) -> Material:
    """Read what is audited from the database: of the primary head, or of the one of this name."""
    now, policy = time.time(), await policy_now(connection, settings.installed)
    policy = asking(policy, head_name)
    head, scored_as = policy.head, policy.head.name if policy.asked else ""
    histories = await read_histories(connection, head, now, settings.personal)
    rows = await connection.fetch(QUERIES["newest_reasons"], scored_as)
    reasons = [json.loads(row["points"]) for row in rows]
    if head.anchor is Anchor.ROLLING:
        answered = rolling.dataset(histories, policy, now)
        last = last_answers(histories, answered)
        return Material(head, policy.directions, now, last, (), reasons, answered)
    before = await scores_before(connection, histories, scored_as)
    return Material(head, policy.directions, now, histories, before, reasons)


def last_answers(histories: Sequence[History], answered: pd.DataFrame) -> list[History]:
    """Return the leads that a rolling head was asked about, each with its last answer."""
    last = answered.groupby("lead_id")[["converted", "resolved_at"]].last()
    outcomes = {
        lead_id: Outcome(bool(converted), resolved_at, "question")
        for lead_id, converted, resolved_at in last.itertuples()
    }
    return [
        replace(history, outcome=outcomes[history.lead_id])
        for history in histories
        if history.lead_id in outcomes
    ]


async def scores_before(
    connection: Connection, histories: Sequence[History], scored_as: str
) -> list[Before]:
    """Return the resolved leads that had a score before their outcome, by the head's stored name.

    That of the primary head is empty.
    """
    outcomes = {UUID(history.lead_id): history.outcome for history in histories if history.outcome}
    ids = list(outcomes)
    before = []
    for start in track(range(0, len(ids), LEADS_AT_ONCE), "reading scores", console=console):
        some = ids[start : start + LEADS_AT_ONCE]
        moments = [outcomes[lead_id].resolved_at for lead_id in some]
        for row in await connection.fetch(QUERIES["scores_before"], some, moments, HOT, scored_as):
            outcome = outcomes[row["lead_id"]]
            by_event = outcome.source != HORIZON
            before.append(Before(outcome.converted, by_event, row["highest"], row["waited"]))
    return before


def page(result: Audit) -> str:
    """Return an audit as Markdown."""
    lines = [
        "# Audit of the history",
        "",
        f"{datetime.fromtimestamp(result.at, UTC):%Y-%m-%d %H:%M} UTC, {_summary(result)}",
    ]
    for severity in Severity:
        some = [finding for finding in result.findings if finding.severity is severity]
        lines += ["", f"## {severity.capitalize()}", ""] if some else []
        lines += [f"- **{finding.code}** {finding.text} *{finding.remedy}*" for finding in some]
    if result.unchecked:
        lines += ["", "## Not checked", "", *(f"- {text}" for text in result.unchecked)]
    return "\n".join(lines) + "\n"


def _summary(result: Audit) -> str:
    return (
        f"{result.leads:,} leads with events, {result.resolved:,} of them with a known outcome,"
        f" {result.converted:,} converted. Serious findings: {result.serious}; warnings:"
        f" {len(result.findings) - result.serious}."
    )


def show(result: Audit) -> None:
    """Print an audit for people."""
    table = Table("", "found", "what to do", show_lines=True)
    for finding in result.findings:
        table.add_row(finding.severity, escape(finding.text), finding.remedy)
    if result.findings:
        console.print(table)
    for text in result.unchecked:
        console.print(f"Not checked: {text}", markup=False)
    console.print(_summary(result))


async def run(chosen: argparse.Namespace) -> Audit:
    """Audit the database of ``DATABASE_URL``, and say what was found."""
    settings = Settings()
    connection = await connect(settings.database_url, "galope audit")
    try:
        await check(connection, as_stream=False)
        material = await read_material(connection, settings, chosen.head)
    finally:
        await connection.close()
    result = audit(material)
    text = json.dumps(result.as_json(), indent=2, ensure_ascii=False)
    if chosen.reports:
        chosen.reports.mkdir(parents=True, exist_ok=True)
        (chosen.reports / "audit.json").write_text(text, encoding="utf-8")
        (chosen.reports / "audit.md").write_text(page(result), encoding="utf-8")
    if chosen.json:
        sys.stdout.write(text + "\n")
    else:
        show(result)
    return result


@command
def main(argv: Sequence[str]) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m offline.audit",
        description="Look for leaks and faults in the leads, events, outcomes and scores there are:"
        " features that give the outcome away, outcomes that the score makes, thin groups, reasons"
        " that are the same for everyone. Nothing is changed.",
        epilog=f"Exit codes: 0 nothing serious, {SERIOUS} something serious was found,"
        f" {TooLittleHistoryError.exit_code} too little history, 1 anything else.",
    )
    parser.add_argument("--head", metavar="NAME", help="of this head beside the primary one")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.add_argument("--reports", type=Path, help="folder to write audit.json and audit.md to")
    result = asyncio.run(run(parser.parse_args(argv)))
    return SERIOUS if result.serious else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
