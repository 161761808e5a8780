"""Online training: from a batch's observations to predictions, outcomes and models to keep."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import orjson

from domain.features import Features
from domain.scorecard import Scorecard
from online_models.learner import Learner, Said
from online_models.model import LeadModel
from online_models.rationale import Rationale
from stream.observations import Observation, OutcomeUpdate, Snapshot

RECENT = 200
"""Snapshots on which it is looked at how far learning has moved scores."""

Prediction = tuple[Features, Said]
"""A lead's features at one of its events, and the probability that each contender gave then."""

OutcomeRow = tuple[UUID, bool, float, str, bool]
"""A lead, and of its outcome: converted, resolved_at, source, evaluated."""


@dataclass(frozen=True, slots=True)
class NewChampion:
    """A contender that takes over.

    Parameters
    ----------
    name, before
        The contender, and the one it takes over from.
    evaluated
        Leads that the two were compared on.
    model
        What scores from now on.
    """

    name: str
    before: str
    evaluated: int
    model: LeadModel

    @property
    def why(self) -> Rationale:
        """Why it takes over."""
        text = (
            f"{self.name} did better than {self.before} on the last of {self.evaluated} leads"
            " judged: evidence beyond chance (e-detector)"
        )
        facts = {
            "code": "took_over",
            "name": self.name,
            "before": self.before,
            "judged": self.evaluated,
        }
        return Rationale(text, facts)


@dataclass(frozen=True, slots=True)
class Learned:
    """What the models have learned: after how many leads, as JSON, and from which version on."""

    leads: int
    state: str
    base_version: int


@dataclass(slots=True)
class Trained:
    """What training on a batch came to, to be committed with it.

    Parameters
    ----------
    version
        The model version that was trained.
    predictions
        By lead, its snapshots as JSON with the probabilities predicted, to keep until the outcome
        is known.
    questions
        What the heads beside the primary one are asked; see `stream.questions.Question`.
    outcomes
        Outcomes as known from now on.
    reopened
        Leads whose outcome is open again.
    learned
        What the models have learned, where they are not what they were.
    champion
        The contender that took over, if one did.
    """

    version: int
    predictions: list[tuple[UUID, list[str]]] = field(default_factory=list)
    questions: list[tuple[Any, ...]] = field(default_factory=list)
    outcomes: list[OutcomeRow] = field(default_factory=list)
    reopened: list[UUID] = field(default_factory=list)
    learned: Learned | None = None
    champion: NewChampion | None = None

    @property
    def changes_outcomes(self) -> bool:
        """Whether any lead's outcome is another one from now on."""
        return bool(self.outcomes or self.reopened)


def leads_taught_by(observations: Iterable[Observation]) -> list[UUID]:
    """Return the leads whose earlier predictions `OnlineTrainer.train` needs."""
    return list(
        {
            observation.lead_id
            for observation in observations
            if isinstance(observation, OutcomeUpdate) and observation.teaches
        }
    )


class OnlineTrainer:
    """Has a learner go through observations, in the order in which they came.

    Parameters
    ----------
    learner
        What learns.
    version
        The model version that scores.
    """

    def __init__(self, learner: Learner, version: int) -> None:
        self.learner = learner
        self.version = version
        self._recent: deque[Features] = deque(maxlen=RECENT)

    def scorecard(self) -> Scorecard:
        """Return the champion as it is now."""
        return self.learner.scorecard(self.version)

    def moved(self, before: Scorecard, after: Scorecard) -> bool:
        """Tell whether a score of a lead seen lately differs by a point between scorecards."""
        if before.version != after.version:
            return True
        return before.learned != after.learned and any(
            abs(before.points(features).total - after.points(features).total) >= 1
            for features in self._recent
        )

    def train(
        self, observations: list[Observation], earlier: Mapping[UUID, Sequence[Prediction]]
    ) -> Trained:
        """Predict, learn and evaluate; the learner is changed, and nothing is written.

        Parameters
        ----------
        observations
            Used up: there may be tens of thousands, and the next batch brings as many.
        earlier
            What was predicted before, of the leads of `leads_taught_by`, each one's in order.
        """
        trained = Trained(self.version)
        if not observations:
            return trained
        taught = {
            lead_id: list(earlier.get(lead_id, ())) for lead_id in leads_taught_by(observations)
        }
        predictions: dict[UUID, list[str]] = {}
        outcomes: dict[UUID, OutcomeUpdate] = {}
        changed = False
        observations.sort(key=lambda observation: observation.order)
        observations.reverse()
        while observations:
            observation = observations.pop()
            lead_id = observation.lead_id
            if isinstance(observation, Snapshot):
                prediction, kept = self.predict(observation)
                predictions.setdefault(lead_id, []).append(kept)
                if lead_id in taught:
                    taught[lead_id].append(prediction)
            else:
                outcomes[lead_id] = observation
                if observation.teaches and taught[lead_id]:
                    changed = True
                    champion = self.learn(observation, taught[lead_id])
                    trained.champion = champion or trained.champion
        trained.predictions = list(predictions.items())
        self.sum_up(trained, outcomes.values(), changed=changed)
        return trained

    def predict(self, snapshot: Snapshot) -> tuple[Prediction, str]:
        """Return a snapshot's prediction, and the two as JSON."""
        features: Features = orjson.loads(snapshot.features)
        probabilities = self.learner.predict(features)
        self._recent.append(features)
        kept = {
            "event_index": snapshot.event_index,
            "at": snapshot.at,
            "features": orjson.Fragment(snapshot.features),
            "probabilities": probabilities,
            "champion": self.learner.champion,
        }
        return (features, probabilities), orjson.dumps(kept).decode()

    def learn(self, update: OutcomeUpdate, predictions: Sequence[Prediction]) -> NewChampion | None:
        """Learn from an outcome, and evaluate on it; return the contender that takes over."""
        if update.outcome is None:
            return None
        features, probabilities = zip(*predictions, strict=True)
        converted = update.outcome.converted
        if update.changed:
            self.learner.learn(features, converted)
        if not update.matured:
            return None
        before, evaluated = self.learner.champion, self.learner.contest.judged + 1
        if not self.learner.judge(features, probabilities, converted):
            return None
        name = self.learner.champion
        return NewChampion(name, before, evaluated, self.learner.model(name))

    def sum_up(self, trained: Trained, outcomes: Iterable[OutcomeUpdate], *, changed: bool) -> None:
        """Put outcomes, and what the models have come to if it has `changed`, into `trained`."""
        for update in outcomes:
            outcome = update.outcome
            if outcome is None:
                trained.reopened.append(update.lead_id)
            else:
                trained.outcomes.append(
                    (
                        update.lead_id,
                        outcome.converted,
                        outcome.resolved_at,
                        outcome.source,
                        update.evaluated,
                    )
                )
        if trained.champion is not None:
            # As it is committed: the rest of the batch has taught it too.
            model = self.learner.model(trained.champion.name)
            trained.champion = replace(trained.champion, model=model)
        if changed:
            state = orjson.dumps(self.learner.to_json()).decode()
            learner = self.learner
            trained.learned = Learned(learner.learned, state, learner.base_version)
