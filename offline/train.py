"""``python -m offline.train``: bootstrap a model from the database's own history."""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from domain.heads import Anchor, Head
from domain.policy import OURS, Policy
from domain.scorecard import Scorecard
from offline import rolling
from offline.candidates import CHAMPION, RULES, SCORECARD, compare
from offline.card import card_of
from offline.evaluation import Evaluation, evaluate
from offline.fit import Baseline, fit_baseline
from offline.held_out import HeldOut
from offline.history import History, dataset, history
from offline.metrics import Quality
from offline.replay import Replay
from offline.report import Comparison, write_report
from offline.schedule import run as scheduled
from offline.selection import Decision, decide
from online_models.day_zero import day_zero
from online_models.rationale import Rationale
from postgres.checks import check
from postgres.command import command
from postgres.connect import Connection, connect
from postgres.errors import TooLittleError
from postgres.logs import configure
from postgres.model_registry import keep_model, load_learner, make_champion
from postgres.policy import asking, policy_now
from postgres.settings import Settings
from postgres.statements import QUERIES
from stream.reads import Reads

LEADS_AT_ONCE = 2_000
"""Leads read in one query."""

HELD_BY = {RULES: "the rules", CHAMPION: "the champion, which may have learned from these leads"}
"""What scores now, in words."""

TEST_SHARE = 0.2
"""Share of the leads, the newest, that models are compared on."""

console = Console(stderr=True)


class TooLittleHistoryError(TooLittleError):
    """There are too few outcomes; day-zero scoring goes on."""


async def read_histories(
    connection: Connection, head: Head, now: float, personal: frozenset[str]
) -> list[History]:
    """Return every lead's history from the database, in order of creation, as the stream sees it.

    Outcomes are what their events say, and those in ``galope.outcome`` that were imported.
    """
    ids = [row["id"] for row in await connection.fetch(QUERIES["all_leads"])]
    reads, histories = Reads(connection), []
    chunks = range(0, len(ids), LEADS_AT_ONCE)
    for start in track(chunks, "reading leads", console=console):
        readings = await reads.leads(ids[start : start + LEADS_AT_ONCE], head.name)
        histories += [
            history(str(lead_id), reading.rows, head, reading.outcome, now, personal)
            for lead_id, reading in readings.items()
            if reading is not None
        ]
    return sorted(histories, key=lambda lead: lead.created_at)


@dataclass(frozen=True, slots=True)
class Trained:
    """What training made: the model fitted on all of history, and how its kind did on the newest.

    Parameters
    ----------
    baseline
        Fitted on every lead.
    comparisons
        Each candidate's quality on the newest leads, having learned from the older ones.
    evaluation
        How the stored kind of model does on them, for those who doubt it; None where the head is
        rolling, for its subjects have no age at which they are asked.
    """

    baseline: Baseline
    comparisons: list[Comparison]
    evaluation: Evaluation | None

    @property
    def measures(self) -> dict[str, Any]:
        """What is kept with the model's version, as JSON values."""
        told = {"evaluation": self.evaluation.as_json()} if self.evaluation else {}
        return {
            **self.quality.as_json(),
            **told,
            "reach": self.baseline.reach.to_json(),
            "own_scale": asdict(self.baseline.own_scale),
        }

    @property
    def quality(self) -> Quality:
        """How the stored kind of model did on the newest leads."""
        return next(
            comparison.quality for comparison in self.comparisons if comparison.name == SCORECARD
        )

    @property
    def decision(self) -> Decision:
        """Whether it takes the place of what scores now: the champion, or the team's rules."""
        by_name = {comparison.name: comparison for comparison in self.comparisons}
        mine, theirs = by_name[SCORECARD], by_name.get(CHAMPION, by_name[RULES])
        latency = (mine.latency_us, theirs.latency_us)
        return decide(mine.quality, theirs.quality, latency, HELD_BY[theirs.name])

    @property
    def rationale(self) -> Rationale:
        """Why the version is there, and whether it scores."""
        decision = self.decision
        code = f"trained_{decision.verdict}"
        if decision.verdict == "worse" and CHAMPION in {one.name for one in self.comparisons}:
            code = "trained_worse_than_taught"  # not on equal terms
        reason = f"trained from history: {decision.reason}"
        return Rationale(reason, {"code": code, **decision.figures})


def train(
    histories: Sequence[History],
    min_leads: int,
    champion: Scorecard | None = None,
    policy: Policy = OURS,
    now: float | None = None,
    columns: Sequence[str] = (),
) -> Trained:
    """Compare baselines on a temporal split, then fit the scorecard on all leads.

    The test is on the newest `TEST_SHARE` of the leads whose horizon has passed, where they are
    enough: of newer ones only the quick outcomes are known. Models learn for it from what was known
    when the first of them came.

    Parameters
    ----------
    histories
        In order of creation.
    min_leads
        Resolved leads needed, a tenth of them of either kind.
    champion
        What scores now; it may have learned from the newest leads too, which favours it.
    policy
        The team's rules, directions and bands.
    now
        When the histories were read, in seconds since 1970; None for when the last outcome came.
    columns
        By whose answers quality is told too.

    Raises
    ------
    TooLittleHistoryError
        When there are fewer.
    """
    held_out, directions = _hold_out(histories, min_leads, policy.head, now), policy.directions
    with console.status(f"comparing on {len(held_out.newer):,} leads"):
        older = dataset(held_out.older, directions, held_out.cut)
        learned = fit_baseline(older, policy)
        comparisons = compare(older, learned, dataset(held_out.newer, directions), champion, policy)
        rules = day_zero(policy).scorecard(0)
        evaluation = evaluate(held_out, learned.model.scorecard(0), rules, columns)
    with console.status(f"fitting on {len(histories):,} leads"):
        fitted = fit_baseline(dataset(histories, directions, held_out.now), policy)
    return Trained(fitted, comparisons, evaluation)


def train_rolling(
    histories: Sequence[History],
    min_leads: int,
    champion: Scorecard | None,
    policy: Policy,
    now: float,
) -> Trained:
    """Compare baselines on the newest questions, then fit the scorecard on all of them.

    Models learn for the comparison from what was answered when the first of these was asked.

    Parameters
    ----------
    histories, min_leads, champion, policy, now
        As for `train`, with a policy that asks a rolling head.

    Raises
    ------
    TooLittleHistoryError
        When there are fewer.
    """
    answered = rolling.dataset(histories, policy, now)
    cut = float(answered["at"].quantile(1.0 - TEST_SHARE)) if len(answered) else now
    older, newer = rolling.known_at(answered, policy.head, cut), answered[answered["at"] >= cut]
    for asked in (older, newer):
        yes = int(asked["converted"].sum())
        fewest = max(min_leads // 10, 2)
        if asked["lead_id"].nunique() < min_leads // 2 or min(yes, len(asked) - yes) < fewest:
            message = (
                f"Too little history: {len(older)} questions were answered when the newest"
                f" {len(newer)} were asked. Training needs {min_leads // 2} leads and {fewest}"
                " answers of either kind among both."
            )
            raise TooLittleHistoryError(message)
    with console.status(f"comparing on {len(newer):,} questions"):
        comparisons = compare(older, fit_baseline(older, policy), newer, champion, policy)
    with console.status(f"fitting on {len(answered):,} questions"):
        return Trained(fit_baseline(answered, policy), comparisons, None)


def _hold_out(
    histories: Sequence[History], min_leads: int, head: Head, now: float | None = None
) -> HeldOut:
    """Return the leads that are compared on, with what was known before; see `train`."""
    resolved = [lead for lead in histories if _teaches(lead)]
    _enough(resolved, min_leads, sum(lead.outcome is not None for lead in histories))
    if now is None:
        now = max(lead.outcome.resolved_at for lead in resolved if lead.outcome)
    matured = [lead for lead in resolved if lead.created_at <= now - head.horizon]
    candidates = matured if len(matured) >= min_leads else resolved
    cut = candidates[int(len(candidates) * (1 - TEST_SHARE))].created_at
    known = [lead for lead in resolved if lead.outcome and lead.outcome.resolved_at <= cut]
    _enough(known, min_leads // 2, len(known))
    newer = [lead for lead in candidates if lead.created_at >= cut]
    if len({bool(lead.outcome and lead.outcome.converted) for lead in newer}) < len({True, False}):
        message = "The newest leads all became the same thing, so models can't be compared yet."
        raise TooLittleHistoryError(message + _MEANWHILE)
    return HeldOut(histories, newer, cut, now, head.horizon)


_MEANWHILE = (
    " Until then scores follow the team's own rules: budget, deadline and what the lead does each"
    " bring their points."
)


def _teaches(history: History) -> bool:
    """Tell whether a lead's outcome is known and anything happened before it."""
    return bool(
        history.outcome and history.events and history.events[0][1] < history.outcome.resolved_at
    )


def _enough(histories: Sequence[History], min_leads: int, known: int) -> None:
    converted = sum(bool(lead.outcome and lead.outcome.converted) for lead in histories)
    fewest = max(min_leads // 10, 2)
    if len(histories) < min_leads or min(converted, len(histories) - converted) < fewest:
        silent = known - len(histories)
        message = (
            f"Too little history: {len(histories)} leads with a known outcome, {converted} of them"
            f" converted. Training needs {min_leads}, and {fewest} of either kind."
        )
        if silent:
            message += f" {silent} more have an outcome, but no event before it to learn from."
        raise TooLittleHistoryError(message + _MEANWHILE)


async def store(connection: Connection, head: str, trained: Trained) -> int:
    """Store the model, promote it when it is better than what scores, and return its version."""
    why = trained.rationale
    async with connection.transaction():
        version = await keep_model(connection, head, trained.baseline.model, why, trained.measures)
        if trained.decision.promote:
            await make_champion(connection, head, version, why)
    return version


async def run(chosen: argparse.Namespace, head_name: str | None = None) -> None:
    """Train a head, or else the one chosen, from the database of ``DATABASE_URL``; keep it."""
    settings, head_name = Settings(), head_name or chosen.head
    if chosen.data:
        _rehearse(chosen, settings)
        return
    connection = await connect(settings.database_url, "galope train")
    try:
        await check(connection, as_stream=False)
        policy = asking(await policy_now(connection, settings.installed), head_name)
        head = policy.head
        if chosen.if_missing and await connection.fetchval(QUERIES["has_model"], head.name):
            console.print("A model is there already; nothing to do.")
            return
        version, learner = await load_learner(connection, policy)
        now = time.time()
        histories = await read_histories(connection, head, now, settings.personal)
        scores, columns = learner.scorecard(version), settings.segments
        try:
            if head.anchor is Anchor.ROLLING:
                trained = train_rolling(histories, chosen.min_leads, scores, policy, now)
            else:
                trained = train(histories, chosen.min_leads, scores, policy, now, columns)
        except TooLittleHistoryError as error:
            others = await connection.fetchval(QUERIES["outcomes_of_others"], head.name)
            if others and not policy.asked:
                message = f"{error} Outcomes are kept for another question: {others}."
                raise TooLittleHistoryError(message) from error
            raise
        stored = await store(connection, head.name, trained)
    finally:
        await connection.close()
    decision, reports = trained.decision, chosen.reports / (head_name or "")
    write_report(reports, trained.comparisons, trained.baseline.model, stored, decision.reason)
    _write_card(reports, trained)
    champion = f"answers {head.name}" if policy.asked else "scores from now on"
    verdict = champion if decision.promote else "is kept, not used"
    console.print(f"Model {stored} {verdict}: {decision.reason}.")
    console.print(f"Report: {reports}/training.md")


def _rehearse(chosen: argparse.Namespace, settings: Settings) -> None:
    """Train on a recorded folder and write the card; nothing is stored."""
    histories = list(Replay.read(chosen.data).histories())
    policy = settings.installed
    trained = train(histories, chosen.min_leads, policy=policy, columns=settings.segments)
    _write_card(chosen.reports, trained)


def _write_card(folder: Path, trained: Trained) -> None:
    _show(trained.comparisons)
    if trained.evaluation is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model_card.md").write_text(card_of(trained.evaluation), encoding="utf-8")
    console.print(f"Card: {folder}/model_card.md")


def _show(comparisons: Sequence[Comparison]) -> None:
    table = Table("", "AUC", "average precision", "precision in top 10 %", "Brier", "ECE", "µs")
    for comparison in comparisons:
        q = comparison.quality
        numbers = (q.auc, q.average_precision, q.precision_at_top, q.brier, q.ece)
        columns = (f"{number:.3f}" for number in numbers)
        table.add_row(comparison.name, *columns, f"{comparison.latency_us:.1f}")
    console.print(table)


@command
def main(argv: Sequence[str]) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m offline.train",
        description="Learn from leads whose outcome is known; the stream then scores with it.",
        epilog=f"Exit code {TooLittleHistoryError.exit_code}: too little history; the rules go on"
        " scoring.",
    )
    parser.add_argument("--if-missing", action="store_true", help="do nothing if there is a model")
    parser.add_argument("--min-leads", type=int, default=100, help="resolved leads needed (100)")
    parser.add_argument("--reports", type=Path, default=Path("reports"), help="folder (reports)")
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FOLDER",
        help="learn from this recorded history instead, write the card, and store nothing",
    )
    parser.add_argument(
        "--head", metavar="NAME", help="learn this head and store its model; it does not score yet"
    )
    parser.add_argument(
        "--schedule",
        action="store_true",
        help="go on: measure every hour, and train every --every days",
    )
    parser.add_argument(
        "--every", type=float, default=7.0, metavar="DAYS", help="with --schedule (7)"
    )
    chosen = parser.parse_args(argv)
    if chosen.head and (chosen.schedule or chosen.data):
        parser.error("--head learns from the database, once: leave out --schedule and --data")
    if chosen.schedule:
        settings = Settings()
        configure(settings.log_format)
        asyncio.run(scheduled(settings, chosen.every, chosen.reports, partial(run, chosen)))
    else:
        asyncio.run(run(chosen))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
