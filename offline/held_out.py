"""The leads that training keeps from a model, and what scorers say of them at set ages.

Every lead is asked about at the same ages, as long as its outcome was open: so no lead counts for
being busy, and the time since the last event tells something. Two baselines are asked the same as
the model: the team's rules, and that time alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.linear_model import LogisticRegression

from domain.directions import Directions
from domain.features import features
from domain.scorecard import Scorecard
from domain.state import DAY, HOUR, LeadState
from offline.history import History, as_of

AGES = (1 * HOUR, 1 * DAY, 3 * DAY, 7 * DAY, 14 * DAY)
"""Seconds after a lead came at which it is asked about."""

FEWEST_LEADS = 50
"""Leads below which nothing is said of a group."""

FEWEST_OF_EITHER = 10
"""Leads that converted, and leads that did not, below which nothing is said either."""

MODEL, RULES, RECENCY = "model", "rules", "recency"
"""What scores leads."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What a model is measured on, and what taught it.

    Parameters
    ----------
    histories
        Every lead, in order of creation.
    newer
        Those of known outcome that taught nothing, in order of creation.
    cut
        When the first of these came; older leads taught what was known then.
    now, horizon
        When the histories were read, and in how many seconds a lead has had all its time.
    """

    histories: Sequence[History]
    newer: Sequence[History]
    cut: float
    now: float
    horizon: float

    @property
    def older(self) -> list[History]:
        """What was known at the cut."""
        return as_of(self.histories, self.cut)

    @property
    def matured_before(self) -> float:
        """Leads that came until then have had all their time."""
        return self.now - self.horizon


def ask(leads: Iterable[History], directions: Directions) -> pd.DataFrame:
    """Return the moments at which leads are asked about: what was known then, and what became.

    Parameters
    ----------
    leads
        Leads of known outcome.
    directions
        What features are read with.

    Returns
    -------
    pd.DataFrame
        lead_id, created_at, age (seconds), converted, features, quiet (seconds since the last
        event, or since the lead came where there was none).
    """
    rows = []
    for lead in leads:
        state, events = LeadState(lead.created_at, lead.profile), lead.happened()
        coming = next(events, None)
        for age in AGES:
            at = lead.created_at + age
            if lead.outcome is None or at >= lead.outcome.resolved_at:
                break
            while coming is not None and coming[1] <= at:
                state.fold(*coming)
                coming = next(events, None)
            quiet = at - (lead.created_at if state.last is None else state.last)
            moment = features(state, at, directions)
            rows.append((lead.lead_id, lead.created_at, age, converted(lead), moment, quiet))
    names = ("lead_id", "created_at", "age", "converted", "features", "quiet")
    return pd.DataFrame(rows, columns=names).astype({"converted": bool})


def scored(held_out: HeldOut, card: Scorecard, rules: Scorecard) -> pd.DataFrame:
    """Return the moments of the newer leads with what each scorer says of them."""
    asked = ask(held_out.newer, card.directions)
    for name, scorer in ((MODEL, card), (RULES, rules)):
        asked[name] = [scorer.points(moment).propensity for moment in asked["features"]]
    asked[RECENCY] = _recency(held_out, asked, card.directions)
    return asked


def _recency(
    held_out: HeldOut, asked: pd.DataFrame, directions: Directions
) -> npt.NDArray[np.float64]:
    """Return how likely leads convert by the time since their last event alone.

    It learns from the older leads that had matured, so that quick outcomes do not mislead it;
    where these are too few, from all whose outcome was known.
    """
    older = held_out.older
    matured = (lead for lead in older if lead.created_at <= held_out.cut - held_out.horizon)
    taught = ask(matured, directions)
    if not tells(taught):
        taught = ask(older, directions)
    labels = taught["converted"].to_numpy(dtype=bool)
    if asked.empty or labels.all() or not labels.any():
        return np.full(len(asked), float(labels.any()))
    regression = LogisticRegression().fit(_hours(taught), labels)
    return np.asarray(regression.predict_proba(_hours(asked))[:, 1])


def _hours(asked: pd.DataFrame) -> npt.NDArray[np.float64]:
    return np.log1p(asked[["quiet"]].to_numpy(dtype=float) / HOUR)


def tells(asked: pd.DataFrame) -> bool:
    """Tell whether there are enough leads of either kind to say anything."""
    leads = asked.groupby("lead_id")["converted"].first()
    fewest = min(int(leads.sum()), int((~leads).sum()))
    return len(leads) >= FEWEST_LEADS and fewest >= FEWEST_OF_EITHER


def converted(lead: History) -> bool:
    """Tell whether a lead is known to have converted."""
    return bool(lead.outcome and lead.outcome.converted)
