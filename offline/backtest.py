"""``python -m offline.backtest``: replay a recorded history, predicting and learning as it goes."""

import argparse
import csv
import gzip
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console
from rich.progress import track

from domain.attributes import NOTHING
from domain.features import Features, features
from domain.heads import QUALIFY, Anchor
from domain.outcomes import SAMPLED_EVENTS
from domain.policy import OURS
from domain.state import LeadState
from offline.fit import fit_baseline
from offline.history import History, as_of, dataset
from offline.replay import Replay
from offline.rolling import WalkForward, read_asks
from online_models.learner import Learner, Said
from online_models.model import LeadModel
from postgres.command import command
from postgres.errors import GalopeError
from postgres.mapping import FILE, read_mapping
from postgres.policy import asking

COLUMNS = ("lead_id", "ts", "event_index", "probability", "probability_offline")
"""Columns of the predictions file."""

ASKED_COLUMNS = ("lead_id", "ts", "probability")
"""The same where a rolling head is asked."""

console = Console(stderr=True)


class RowWriter(Protocol):
    """What `csv.writer` returns."""

    def writerow(self, row: Iterable[Any], /) -> Any:
        """Write a row."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What was said of a lead right after one of its events, by the champion and as trained."""

    lead_id: str
    at: float
    event_index: int
    probability: float
    probability_offline: float


@dataclass(slots=True)
class Pending:
    """A lead on its way: its state, its sampled moments, and what was said at each."""

    state: LeadState
    resolved: bool = False
    moments: list[Features] = field(default_factory=list)
    probabilities: list[Said] = field(default_factory=list)


def split(histories: Sequence[History], train_fraction: float) -> float:
    """Return the moment that ends training: when the first lead beyond `train_fraction` came.

    Raises
    ------
    GalopeError
        When no lead is left on one of the sides.
    """
    first_test = int(len(histories) * train_fraction)
    if not 0 < first_test < len(histories):
        message = (
            f"{len(histories)} leads can't be split at {train_fraction}: there must be some on both"
            " sides. Use a --train-fraction between 0 and 1, and more leads."
        )
        raise GalopeError(message)
    return histories[first_test].created_at


class Step(IntEnum):
    """What comes next in a replay."""

    EVENT = 0
    OUTCOME = 1
    RIPE = 2
    """The head's horizon has passed: every lead of that age has its outcome, the slow ones too."""


class Backtest:
    """A replay in memory through the code that scores live.

    The contenders of a `Learner` learn from each outcome when it comes. Which of them scores is
    evaluated on leads when they mature and not when they resolve, because of the newest leads only
    the quick outcomes are known, and quick ones are not like the others.

    Parameters
    ----------
    histories
        Every lead, in order of creation.
    frozen
        The model as it was trained; it only predicts.
    cut
        Predictions are given for events from it on, in seconds since 1970.
    """

    def __init__(self, histories: Sequence[History], frozen: LeadModel, cut: float) -> None:
        self._histories = {history.lead_id: history for history in histories}
        self._card = frozen.scorecard(1)
        self._learner = Learner(frozen)
        self._cut = cut
        self._leads: dict[str, Pending] = {}

    def steps(self) -> Iterator[Prediction]:
        """Go through events and outcomes as they came, and yield what is said after the cut.

        An outcome that comes at the time of an event is learned after it.
        """
        timeline = self._timeline()
        for _, step, lead_id, place in track(timeline, "replay", console=console):
            if step is Step.EVENT:
                prediction = self._predict(lead_id, place)
                if prediction is not None:
                    yield prediction
            elif step is Step.OUTCOME:
                self._learn(lead_id)
            else:
                self._judge(lead_id)

    def _timeline(self) -> list[tuple[float, Step, str, int]]:
        timeline = []
        for history in self._histories.values():
            timeline += [
                (at, Step.EVENT, history.lead_id, place)
                for place, (_, at) in enumerate(history.events)
            ]
            if history.outcome is None or history.outcome.resolved_at <= self._cut:
                continue
            resolved_at = history.outcome.resolved_at
            timeline.append((resolved_at, Step.OUTCOME, history.lead_id, 0))
            if history.created_at >= self._cut:
                ripe_at = max(resolved_at, history.created_at + QUALIFY.horizon)
                timeline.append((ripe_at, Step.RIPE, history.lead_id, 0))
        # Stable: a lead's events at one moment stay in the order of the file.
        return sorted(timeline, key=lambda step: step[:2])

    def _predict(self, lead_id: str, place: int) -> Prediction | None:
        history = self._histories[lead_id]
        event_type, at = history.events[place]
        lead = self._leads.get(lead_id)
        if lead is None:
            lead = self._leads[lead_id] = Pending(LeadState(history.created_at, history.profile))
        lead.state.fold(event_type, at, history.attributes.get(place, NOTHING))
        sampled = not lead.resolved and lead.state.count in SAMPLED_EVENTS
        if at < self._cut and not sampled:
            return None
        values = features(lead.state, at, self._card.directions)
        probabilities = self._learner.predict(values)
        if sampled:
            lead.moments.append(values)
            lead.probabilities.append(probabilities)
        if at < self._cut:
            return None
        trained = self._card.points(values).propensity
        return Prediction(
            lead_id, at, lead.state.count, probabilities[self._learner.champion], trained
        )

    def _learn(self, lead_id: str) -> None:
        outcome = self._histories[lead_id].outcome
        lead = self._leads.get(lead_id)
        if outcome is not None and lead is not None:
            lead.resolved = True
            self._learner.learn(lead.moments, outcome.converted)

    def _judge(self, lead_id: str) -> None:
        """Let a lead speak for one contender or another, once all of its age have spoken."""
        outcome = self._histories[lead_id].outcome
        lead = self._leads.get(lead_id)
        if outcome is not None and lead is not None and lead.probabilities:
            self._learner.judge(lead.moments, lead.probabilities, outcome.converted)


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m offline.backtest", description=__doc__)
    parser.add_argument("folder", type=Path, help="leads, events and outcomes as .csv.gz")
    parser.add_argument("--out", type=Path, required=True, help="predictions, .csv or .csv.gz")
    parser.add_argument("--train-fraction", type=float, default=0.8, help="share of leads (0.8)")
    parser.add_argument("--model", type=Path, help="also write the frozen model here, as JSON")
    asked = parser.add_argument_group("a rolling head")
    asked.add_argument("--head", metavar="NAME", help="of galope.toml, or one that needs none")
    asked.add_argument("--at", type=Path, metavar="FILE", help="lead_id, ts: whom to ask, and when")
    asked.add_argument(
        "--amount", default="amount", help="key of metadata that is added up (amount)"
    )
    asked.add_argument("--label", default="family", help="key of metadata that is a label (family)")
    return parser.parse_args(argv)


def walk_forward(chosen: argparse.Namespace) -> None:
    """Answer a rolling head at the moments of a file, and write the predictions.

    Raises
    ------
    GalopeError
        When the head is not rolling, or there are no moments.
    """
    declared = OURS.having(read_mapping(FILE).policy) if FILE.exists() else OURS
    policy = asking(declared, chosen.head)
    if policy.head.anchor is not Anchor.ROLLING or chosen.at is None:
        message = (
            f"{policy.head.name} can't be asked so: --head names a rolling head, and --at the file"
            " of the moments at which it is asked."
        )
        raise GalopeError(message)
    policy = replace(policy, event_amount=chosen.amount, event_labels=(chosen.label,))
    with console.status("reading"):
        histories = list(Replay.read(chosen.folder, outcomes=False).histories(policy))
        asks = read_asks(chosen.at, {history.lead_id for history in histories})
    with predictions(chosen.out, ASKED_COLUMNS) as writer:
        for ask, probability in WalkForward(histories, policy).predict(asks):
            writer.writerow((ask.lead_id, ask.written, probability))


def run(chosen: argparse.Namespace) -> None:
    """Train on the first leads, replay, and write the predictions."""
    with console.status("reading"):
        histories = list(Replay.read(chosen.folder).histories())
        cut = split(histories, chosen.train_fraction)
    taught = dataset(track(as_of(histories, cut), "examples", console=console), now=cut)
    with console.status(f"fitting on {len(taught):,} examples"):
        frozen = fit_baseline(taught).model
    if chosen.model:
        chosen.model.write_text(json.dumps(frozen.to_json()), encoding="utf-8")
    backtest = Backtest(histories, frozen, cut)
    with predictions(chosen.out, COLUMNS) as writer:
        for prediction in backtest.steps():
            at = datetime.fromtimestamp(prediction.at, UTC).isoformat(timespec="microseconds")
            writer.writerow(
                (
                    prediction.lead_id,
                    at,
                    prediction.event_index,
                    prediction.probability,
                    prediction.probability_offline,
                )
            )


@contextmanager
def predictions(file: Path, columns: Sequence[str]) -> Iterator[RowWriter]:
    """Give a writer of predictions to a file, gzipped where its name ends in ``.gz``."""
    opener = gzip.open if file.suffix == ".gz" else open
    with opener(file, "wt", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(columns)
        yield writer
    console.print(f"predictions in {file}")


@command
def main(argv: Sequence[str]) -> int:
    """Run the command line; return the exit code."""
    chosen = arguments(argv)
    if chosen.head or chosen.at:
        walk_forward(chosen)
    else:
        run(chosen)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
