"""Which of two models scores: the champion, until there is evidence against it."""

from dataclasses import dataclass, field

BETS = (0.1, 0.25, 0.5, 0.9)
"""Shares of the capital that are bet, all at once, on the challenger doing better."""

FALSE_ALARM = 1e-4
"""Expected rate of switches, one an outcome judged, between models that are equally good."""


@dataclass(slots=True)
class Duel:
    """A champion and a challenger, judged by paired losses as outcomes come.

    At every outcome a new bettor brings 1 and, with all before it, stakes a share of its capital
    on the challenger's loss being the smaller. While the challenger is no better nobody can expect
    to win, so the capital grows by 1 an outcome at the most, and reaches ``1 / FALSE_ALARM`` no
    sooner than after that many outcomes on average, whenever one looks (the e-detector of Shin,
    Ramdas and Rinaldo, 2023, in the form of Shiryaev and Roberts). When it does, the two change
    places.

    Parameters
    ----------
    champion
        0 or 1: which of the pair scores.

    Examples
    --------
    >>> duel = Duel()
    >>> [duel.judge(0.30, 0.10) for _ in range(60)].count(True), duel.champion
    (1, 1)
    """

    champion: int = 0
    capital: list[float] = field(default_factory=lambda: [0.0] * len(BETS))

    def judge(self, first_loss: float, second_loss: float) -> bool:
        """Take in one outcome; tell whether the champion changed.

        Parameters
        ----------
        first_loss, second_loss
            What the two models lost on it, 0 to 1 each, such as squared errors.
        """
        gain = first_loss - second_loss if self.champion == 0 else second_loss - first_loss
        self.capital = [
            (1.0 + held) * (1.0 + bet * gain) for held, bet in zip(self.capital, BETS, strict=True)
        ]
        if sum(self.capital) / len(BETS) < 1.0 / FALSE_ALARM:
            return False
        self.champion = 1 - self.champion
        self.capital = [0.0] * len(BETS)
        return True
