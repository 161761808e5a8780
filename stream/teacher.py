"""Turns the lessons of a batch into what the models learn, and what is kept of it."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

import orjson
import structlog

from domain.features import Features
from domain.outcomes import Outcome
from domain.scorecard import Scorecard
from online_models.learner import Learner, Said
from online_models.rationale import Rationale
from stream.lessons import Lesson, Moment, Verdict

log = structlog.get_logger()

RECENT = 200
"""Moments on which it is looked at how far learning has moved scores."""

Predictions = tuple[UUID, list[str]]
"""A lead, and its moments, each as JSON: event_index, at, features, said, champion."""

Seen = tuple[Features, Said]
"""A moment of a lead's, and what was said of it then."""


@dataclass(frozen=True, slots=True)
class NewChampion:
    """A contender that takes over, and why."""

    name: str
    why: Rationale


@dataclass(slots=True)
class Taught:
    """What a batch's lessons came to, to be committed with it.

    Parameters
    ----------
    predictions
        By lead, its moments as JSON, to keep until the outcome is known.
    outcomes
        By lead, as known from now on, with whether its age has been judged; None when open again.
    learned
        Whether the models are not what they were.
    champion
        The contender that took over, if one did.
    """

    predictions: dict[UUID, list[str]] = field(default_factory=dict)
    outcomes: dict[UUID, tuple[Outcome | None, bool]] = field(default_factory=dict)
    learned: bool = False
    champion: NewChampion | None = None


class Memory(Protocol):
    """Where predictions are kept; the store is one."""

    async def predictions(self, lead_ids: Sequence[UUID]) -> dict[UUID, list[Seen]]:
        """Return what was predicted of leads, each one's moments in order."""


class Teacher:
    """Has a learner go through lessons, in the order in which they came.

    Parameters
    ----------
    memory
        Where earlier predictions are.
    learner
        What learns.
    version
        The model version that it began from.
    """

    def __init__(self, memory: Memory, learner: Learner, version: int) -> None:
        self._memory = memory
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
            abs(before.points(found).total - after.points(found).total) >= 1
            for found in self._recent
        )

    async def teach(self, lessons: list[Lesson]) -> Taught:
        """Predict, learn and judge; the learner is changed, and nothing is written.

        The lessons are used up: there may be tens of thousands, and the next batch brings as many.
        """
        taught = Taught()
        if not lessons:
            return taught
        wanted = {
            one.lead_id
            for one in lessons
            if isinstance(one, Verdict) and (one.changed or one.ripe) and one.outcome is not None
        }
        known = await self._memory.predictions(list(wanted)) if wanted else {}
        lessons.sort(key=lambda one: one.order)
        lessons.reverse()
        while lessons:
            lesson = lessons.pop()
            if isinstance(lesson, Moment):
                found: Features = orjson.loads(lesson.features)
                said = self.learner.predict(found)
                self._recent.append(found)
                taught.predictions.setdefault(lesson.lead_id, []).append(
                    orjson.dumps(
                        {
                            "event_index": lesson.event_index,
                            "at": lesson.at,
                            "features": orjson.Fragment(lesson.features),
                            "said": said,
                            "champion": self.learner.champion,
                        }
                    ).decode()
                )
                if lesson.lead_id in wanted:
                    known.setdefault(lesson.lead_id, []).append((found, said))
            else:
                taught.outcomes[lesson.lead_id] = lesson.outcome, lesson.judged
                self._learn(lesson, known.get(lesson.lead_id, ()), taught)
        return taught

    def _learn(self, verdict: Verdict, moments: Sequence[Seen], taught: Taught) -> None:
        if verdict.outcome is None or not moments:
            return
        features, said = zip(*moments, strict=True)
        converted = verdict.outcome.converted
        if verdict.changed:
            self.learner.learn(features, converted)
            taught.learned = True
        if verdict.ripe:
            before, judged = self.learner.champion, self.learner.contest.judged + 1
            taught.learned = True
            if self.learner.judge(features, said, converted):
                name = self.learner.champion
                text = (
                    f"{name} did better than {before} on the last of {judged} leads judged:"
                    " evidence beyond chance (e-detector)"
                )
                facts = {"code": "took_over", "name": name, "before": before, "judged": judged}
                taught.champion = NewChampion(name, Rationale(text, facts))
                log.info("another model scores", champion=name, before=before, judged=judged)
