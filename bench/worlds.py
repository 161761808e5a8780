"""Learning replayed in memory: the demo's invented business, whose outcomes come late."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
from rich.console import Console
from rich.progress import track
from sklearn.metrics import roc_auc_score

from demo.population import DAY, World, population
from domain.features import Features, features
from domain.heads import QUALIFY
from domain.outcomes import SAMPLED_EVENTS, resolve
from domain.policy import OURS
from domain.profile import profile_of
from domain.scorecard import Scorecard
from offline.fit import fit_baseline
from offline.history import History, as_of, dataset
from offline.metrics import expected_calibration_error
from online_models.learner import CONTENDERS, FROZEN, Learner, Said
from online_models.model import LeadModel

START = 1_700_000_000.0
EVERY = 3600.0
"""Seconds between leads, on average."""

DELAY = 500
"""Outcomes that come between a lead's last prediction and its own outcome."""

console = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead whose outcome is known in the end.

    Parameters
    ----------
    history
        What is known of it.
    moments
        Its features after its sampled events.
    """

    history: History
    moments: list[Features]

    @property
    def converted(self) -> bool:
        """Its outcome."""
        return bool(self.history.outcome and self.history.outcome.converted)


def leads_of(world: World, seed: int, count: int) -> list[Lead]:
    """Return the leads of a world that do something, in order of creation."""
    end = START + count * EVERY
    lives = population(world, seed, count, START, end)
    made = []
    for number, life in enumerate(track(lives, "living", total=count, console=console)):
        outcome = resolve(QUALIFY, life.created_at, life.events, end + 31 * DAY)
        before = [event for event in life.events if outcome and event[1] < outcome.resolved_at]
        profile = profile_of(asdict(life.profile))
        history = History(str(number), life.created_at, profile, before, outcome)
        moments = [
            features(state, at, OURS.directions)
            for index, at, state in history.moments()
            if index in SAMPLED_EVENTS
        ]
        if moments:
            made.append(Lead(history, moments))
    return sorted(made, key=lambda lead: lead.history.created_at)


def trained(leads: Sequence[Lead]) -> LeadModel:
    """Return the baseline of leads, from the outcomes known when the last of them came."""
    cut = leads[-1].history.created_at
    seen = as_of([lead.history for lead in leads], cut)
    return fit_baseline(dataset(seen, now=cut)).model


def auc(card: Scorecard, leads: Sequence[Lead]) -> float:
    """Return how well a scorecard ranks the moments of leads that it did not learn from."""
    y = [lead.converted for lead in leads for _ in lead.moments]
    p = [card.points(moment).log_odds for lead in leads for moment in lead.moments]
    return float(roc_auc_score(y, p))


@dataclass(slots=True)
class Replay:
    """Leads predicted as they come and learned from `DELAY` outcomes later.

    Parameters
    ----------
    learner
        What learns.
    shown, frozen
        What the champion and the frozen contender said and what became of it, by moment.
    switches
        After how many outcomes another contender took over, with its name.
    losses
        Squared errors by outcome and contender.
    """

    learner: Learner
    shown: list[tuple[float, bool]] = field(default_factory=list)
    frozen: list[tuple[float, bool]] = field(default_factory=list)
    switches: list[tuple[int, str]] = field(default_factory=list)
    losses: list[list[float]] = field(default_factory=list)
    outcomes: int = 0
    _waiting: deque[tuple[Lead, list[Said]]] = field(default_factory=deque)

    def run(self, leads: Sequence[Lead]) -> None:
        """Go through leads."""
        for lead in track(leads, "learning", console=console):
            predictions = [self.learner.predict(moment) for moment in lead.moments]
            champion = self.learner.champion
            self.shown += [(prediction[champion], lead.converted) for prediction in predictions]
            self.frozen += [(prediction[FROZEN], lead.converted) for prediction in predictions]
            self._waiting.append((lead, predictions))
            if len(self._waiting) > DELAY:
                self._resolve(*self._waiting.popleft())

    def _resolve(self, lead: Lead, predictions: Sequence[Said]) -> None:
        self.outcomes += 1
        self.losses.append(
            [
                float(
                    np.mean(
                        [(lead.converted - prediction[name]) ** 2 for prediction in predictions]
                    )
                )
                for name in CONTENDERS
            ]
        )
        self.learner.learn(lead.moments, lead.converted)
        if self.learner.judge(lead.moments, predictions, lead.converted):
            self.switches.append((self.outcomes, self.learner.champion))

    def calibration_error(self) -> float:
        """Return the champion's expected calibration error over all that was said."""
        p, y = zip(*self.shown, strict=True)
        return expected_calibration_error(np.array(y), np.array(p))


def exchangeable(losses: Sequence[Sequence[float]], seed: int) -> Iterator[dict[str, float]]:
    """Yield the losses with the contenders' names dealt anew each time: none of them is better."""
    rng = np.random.default_rng(seed)
    for loss in losses:
        yield dict(zip(CONTENDERS, rng.permutation(loss).tolist(), strict=True))
