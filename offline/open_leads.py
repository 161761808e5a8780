"""Leads of unknown outcome: how likely each of them still converts, so that they teach too.

Of the newest leads only the quick outcomes are known, and quick ones are not like the others. With
the known ones alone a landing page may have ten leads, all won, because none had the time to be
lost. So open leads take part with the probability that they will convert given that they have not
yet (a mixture cure model, fitted by expectation and maximisation): it follows from what the model
says of them, and from how long wins and losses take.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Vector = npt.NDArray[np.float64]

ROUNDS = 8
"""Rounds in which the share that converts settles, before there is a model."""

NOTHING = 1e-9
"""Probability below which a time is past all that was seen."""


@dataclass(frozen=True, slots=True)
class Leads:
    """One number a lead.

    Parameters
    ----------
    known
        Whether its outcome is.
    converted
        1.0 where it is known to have converted, else 0.0.
    age
        Seconds from its creation to its outcome, or for how long it has been open.
    seen
        Seconds from its creation to the last moment that it was looked at.
    """

    known: npt.NDArray[np.bool_]
    converted: Vector
    age: Vector
    seen: Vector

    @classmethod
    def of(cls, last: pd.DataFrame) -> "Leads":
        """Return the leads of which these are the last examples, one each."""
        created = last["created_at"].to_numpy(dtype=float)
        known = last["known"].to_numpy(dtype=bool)
        return cls(
            known,
            last["converted"].to_numpy(dtype=float) * known,
            last["resolved_at"].to_numpy(dtype=float) - created,
            last["at"].to_numpy(dtype=float) - created,
        )

    def share(self) -> Vector:
        """Return the probability that each converts, as far as ages alone tell."""
        prior = np.full(len(self.age), max(self.converted[self.known].mean(), NOTHING))
        expected = self.expected(prior, np.zeros_like(self.age), prior)
        for _ in range(ROUNDS):
            prior = np.full(len(self.age), expected.mean())
            expected = self.expected(prior, np.zeros_like(self.age), expected)
        return expected

    def expected(self, fitted: Vector, at: Vector, before: Vector) -> Vector:
        """Return the probability that each lead converts: its outcome where that is known.

        Parameters
        ----------
        fitted
            Probability that it converts, given that it was open at the age `at`.
        at
            Seconds from its creation.
        before
            What this function said in the round before: open leads count among the wins and the
            losses to come with it.
        """
        still_to_win = self._survival(1.0, before)
        still_to_lose = self._survival(0.0, 1.0 - before)
        wins = fitted * still_to_win(self.age) / np.maximum(still_to_win(at), NOTHING)
        losses = (1.0 - fitted) * still_to_lose(self.age) / np.maximum(still_to_lose(at), NOTHING)
        both = wins + losses
        posterior = np.where(both > NOTHING, wins / np.maximum(both, NOTHING), fitted)
        return np.where(self.known, self.converted, posterior)

    def _survival(self, answer: float, weights: Vector) -> Callable[[Vector], Vector]:
        """Return the share of the leads with an answer that still wait for it, by age."""
        answered = self.known & (self.converted == answer)
        times, ends = np.unique(self.age[answered], return_counts=True)
        waiting = np.where(answered, 1.0, np.where(self.known, 0.0, weights))
        order = np.argsort(self.age)
        longer = np.append(np.cumsum(waiting[order][::-1])[::-1], 0.0)
        at_risk = longer[np.searchsorted(self.age[order], times, side="left")]
        share = np.append(1.0, np.cumprod(1.0 - np.minimum(ends / np.maximum(at_risk, NOTHING), 1)))
        return lambda age: share[np.searchsorted(times, age, side="right")]
