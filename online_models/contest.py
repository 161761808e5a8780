"""Which of several models scores: the champion, until there is evidence against it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

BETS = (0.1, 0.25, 0.5, 0.9)
"""Shares of the capital that are bet, all at once, on a challenger doing better."""

FALSE_ALARM = 1e-4
"""Expected rate of changes, one an outcome judged, while no challenger is better."""


@dataclass(slots=True)
class Contest:
    """A champion and its challengers, judged by paired losses as outcomes come.

    Each challenger has bettors. At every outcome a new one brings 1 and, with all before it, stakes
    a share of its capital on the challenger's loss being the smaller. While the challenger is no
    better nobody can expect to win, so the capital grows by 1 an outcome at the most, and reaches
    ``challengers / FALSE_ALARM`` for any of them no sooner than after ``1 / FALSE_ALARM`` outcomes
    on average, whenever one looks (the e-detector of Shin, Ramdas and Rinaldo, 2023, in the form of
    Shiryaev and Roberts). When it does, the challenger becomes the champion and all begin anew.

    Parameters
    ----------
    champion
        Who scores.
    capital
        By challenger, what its bettors hold, one number for each of `BETS`.
    judged
        Outcomes taken in since the champion became it.

    Examples
    --------
    >>> contest = Contest.among(["old", "new"])
    >>> [contest.judge({"old": 0.30, "new": 0.10}) for _ in range(60)].count(True)
    1
    >>> contest.champion
    'new'
    """

    champion: str
    capital: dict[str, list[float]] = field(default_factory=dict)
    judged: int = 0

    @classmethod
    def among(cls, names: Sequence[str]) -> "Contest":
        """Return a contest that nothing was judged in yet; the first is the champion."""
        return cls(names[0], {name: [0.0] * len(BETS) for name in names[1:]})

    @property
    def wanted(self) -> float:
        """The evidence with which a challenger becomes the champion."""
        return len(self.capital) / FALSE_ALARM

    def evidence(self) -> dict[str, float]:
        """Return what speaks for each challenger: it wins with `wanted`."""
        return {name: fmean(held) for name, held in self.capital.items()}

    def judge(self, losses: Mapping[str, float]) -> bool:
        """Take in one outcome; tell whether the champion changed.

        Parameters
        ----------
        losses
            What each model lost on it, 0 to 1, such as squared errors.
        """
        self.judged += 1
        for name, held in self.capital.items():
            gain = losses[self.champion] - losses[name]
            self.capital[name] = [
                (1.0 + capital) * (1.0 + bet * gain)
                for capital, bet in zip(held, BETS, strict=True)
            ]
        best, evidence = max(self.evidence().items(), key=lambda pair: pair[1])
        if evidence < self.wanted:
            return False
        names = [best, self.champion, *(name for name in self.capital if name != best)]
        self.champion, self.judged = best, 0
        self.capital = {name: [0.0] * len(BETS) for name in names[1:]}
        return True

    def to_json(self) -> dict[str, Any]:
        """Return the contest as JSON values."""
        return {"champion": self.champion, "capital": self.capital, "judged": self.judged}
