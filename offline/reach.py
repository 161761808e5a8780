"""How many leads a day newly reach each chance: what a team's calls a day are turned into."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from domain.capacity import Reach
from domain.state import DAY

WINDOW = 28 * DAY
"""Seconds, the newest, in which leads are counted: four weeks have as many of each weekday."""


def daily_reach(examples: pd.DataFrame, probabilities: npt.NDArray[np.float64]) -> Reach:
    """Return how many leads a day came to a chance that they had not had before.

    A lead counts once for each chance, when it first has it: one that falls and rises again is
    called already. Leads of known and unknown outcome count alike.

    Parameters
    ----------
    examples
        Moments of leads, with ``lead_id`` and ``at``.
    probabilities
        What the model says of each.
    """
    at = examples["at"].to_numpy(dtype=float)
    end = float(at.max())
    days = max(min(WINDOW, end - float(at.min())), DAY) / DAY
    late = at > end - WINDOW
    chances = pd.Series(probabilities, index=examples["lead_id"].to_numpy())
    during = chances[late].groupby(level=0).max()
    before = chances[~late].groupby(level=0).max().reindex(during.index, fill_value=0.0)
    return Reach.of(before.tolist(), during.tolist(), days)
