"""A rolling head's questions: the moments at which history asks it, and what answered each."""

from collections.abc import Container, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import pandas as pd

from domain.features import features
from domain.heads import Head
from domain.outcomes import QUIET, SAMPLED_EVENTS, answer
from domain.policy import Policy
from domain.scorecard import Scorecard
from domain.state import DAY, LeadState
from offline.fit import fit_baseline
from offline.history import Example, History, table
from offline.replay import epoch
from online_models.day_zero import day_zero
from postgres.errors import GalopeError

MOST = 100_000
"""Questions that are learned from, about: more subjects than are asked so often say the same again.
A quarter of the questions of a shop had AUC 0.8224 where all of them had 0.8229."""

RETRAIN = 28 * DAY
"""Seconds for which a model predicts before another one is trained: from month to month."""

FEWEST = 1_000
"""Answered questions below which the rules go on answering."""

FEWEST_OF_EITHER = 50
"""Of these, the answers of either kind there must be."""


def moments(history: History, until: float) -> Iterator[tuple[int, float, LeadState]]:
    """Yield the moments at which a subject is asked about, as (number of events, time, state).

    There is one after each of the sampled events, and one whenever a month has gone by without:
    what is asked of the quiet is asked of them too.

    Parameters
    ----------
    history
        The subject.
    until
        The last moment, in seconds since 1970.

    Notes
    -----
    The state is folded in place: what is needed of it must be taken before going on. Events of one
    moment are folded before it is asked about.
    """
    state = LeadState(history.created_at, history.profile)
    due, sampled = history.created_at + QUIET, False
    times = [*(at for _, at in history.events), float("inf")]
    for event, following in zip(history.happened(), times[1:], strict=True):
        at = event[1]
        if at > until:
            break
        while due < at:
            yield state.count, due, state
            due += QUIET
        state.fold(*event)
        sampled = sampled or state.count in SAMPLED_EVENTS
        if sampled and following > at:
            yield state.count, at, state
            due, sampled = at + QUIET, False
    while due <= until:
        yield state.count, due, state
        due += QUIET


def questions(history: History, policy: Policy, now: float) -> Iterator[Example]:
    """Yield a subject's questions whose horizon has passed at `now`, with their answers.

    Of newer ones only the quick answers are known, and quick ones are not like the others.
    """
    head, directions = policy.head, policy.directions
    decisive = decisive_of(history, head)
    for index, at, state in moments(history, now - head.horizon):
        outcome = answer(head, at, decisive, now)
        if outcome is not None:
            yield Example(
                history.lead_id,
                at,
                index,
                features(state, at, directions),
                outcome.converted,
                at,
                outcome.resolved_at,
                f"{history.lead_id}@{at}",
            )


def decisive_of(history: History, head: Head) -> list[tuple[float, str]]:
    """Return the events that answer a head, as (time, event type), in order."""
    return sorted((at, kind) for kind, at in history.events if kind in head.decisive)


def some(histories: Sequence[History], until: float) -> list[History]:
    """Return as many subjects as are asked about `MOST` times until a moment, or all of them.

    Which ones they are depends on their names alone, and so on nothing that they do.
    """
    months = sum(max(until - history.created_at, 0.0) / QUIET for history in histories)
    share = MOST / max(months, 1.0)
    return [
        history
        for history in histories
        if crc32(history.lead_id.encode("utf-8", "surrogatepass")) < share * 2**32
    ]


def dataset(histories: Sequence[History], policy: Policy, now: float) -> pd.DataFrame:
    """Return answered questions at `now` as a table, the earliest first; see `Example`."""
    asked = some(histories, now - policy.head.horizon)
    found = (example for history in asked for example in questions(history, policy, now))
    return table(found).sort_values("at", kind="stable", ignore_index=True)


def known_at(questions: pd.DataFrame, head: Head, now: float) -> pd.DataFrame:
    """Return the questions whose horizon had passed at a moment."""
    return questions[questions["at"] + head.horizon <= now]


class Ask(NamedTuple):
    """A subject asked about at a moment, in seconds since 1970, and as the moment was written."""

    lead_id: str
    at: float
    written: str


def read_asks(file: Path, known: Container[str]) -> list[Ask]:
    """Read whom to ask about, and when.

    Parameters
    ----------
    file
        CSV, gzipped or not, with ``lead_id`` and ``ts``.
    known
        The subjects there are.

    Raises
    ------
    GalopeError
        When a column is missing, a moment is none, or a subject is not known; it names the row.
    """
    try:
        rows = pd.read_csv(file, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        message = f"{file} can't be read as CSV: {error}."
        raise GalopeError(message) from error
    if missing := [name for name in ("lead_id", "ts") if name not in rows.columns]:
        message = f"{file} has no column {', '.join(missing)}: it needs lead_id, ts."
        raise GalopeError(message)
    at = pd.to_datetime(rows["ts"], utc=True, format="ISO8601", errors="coerce")
    for row, (lead_id, written) in enumerate(zip(rows["lead_id"], rows["ts"], strict=True), 2):
        if lead_id not in known:
            message = f"{file}, row {row}: there is no lead {lead_id}."
            raise GalopeError(message)
        if pd.isna(at.iloc[row - 2]):
            message = f"{file}, row {row}: {written!r} is no time in ISO 8601."
            raise GalopeError(message)
    return [Ask(*ask) for ask in zip(rows["lead_id"], epoch(at), rows["ts"], strict=True)]


class WalkForward:
    """Predictions by models that saw only what was known when they were asked.

    Parameters
    ----------
    histories
        Every subject, with all that ever happened to it.
    policy
        Asks a rolling head.
    """

    def __init__(self, histories: Sequence[History], policy: Policy) -> None:
        self._histories = {history.lead_id: history for history in histories}
        self._policy = policy

    def predict(self, asks: Sequence[Ask]) -> Iterator[tuple[Ask, float]]:
        """Yield what is asked with the probability of a yes, a subject after the other."""
        cards = self._cards(sorted({ask.at for ask in asks}))
        by_lead: dict[str, list[Ask]] = {}
        for ask in asks:
            by_lead.setdefault(ask.lead_id, []).append(ask)
        for lead_id, of_lead in by_lead.items():
            history = self._histories[lead_id]
            state, events = LeadState(history.created_at, history.profile), history.happened()
            coming = next(events, None)
            for ask in sorted(of_lead, key=lambda one: one.at):
                while coming is not None and coming[1] <= ask.at:
                    state.fold(*coming)
                    coming = next(events, None)
                card = cards[ask.at]
                values = features(state, ask.at, card.directions)
                yield ask, card.points(values).propensity

    def _cards(self, times: Sequence[float]) -> Mapping[float, Scorecard]:
        """Return by moment the scorecard in use, trained at most `RETRAIN` seconds before it."""
        answered = dataset(list(self._histories.values()), self._policy, times[-1])
        cards, trained_at = {}, float("-inf")
        card = day_zero(self._policy).scorecard(0)
        for at in times:
            if at - trained_at >= RETRAIN:
                card, trained_at = self._train(known_at(answered, self._policy.head, at)), at
            cards[at] = card
        return cards

    def _train(self, answered: pd.DataFrame) -> Scorecard:
        yes = int(answered["converted"].sum())
        if len(answered) < FEWEST or min(yes, len(answered) - yes) < FEWEST_OF_EITHER:
            return day_zero(self._policy).scorecard(0)
        return fit_baseline(answered, self._policy).model.scorecard(0)
