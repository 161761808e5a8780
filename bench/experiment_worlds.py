"""Invented worlds whose experiments are looked at all the time: money, and units of many leads.

What is bought is known to have a long tail: here few leads buy, what they pay is log-normal, and of
ten purchases one comes back. States and partners have levels of their own, so that leads of one are
alike.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.experiments.declaration import MARGIN, Arm, Experiment, Guardrail, Metric
from domain.experiments.guardrails import looks
from domain.experiments.inference import FEWEST, Difference, Totals, differences
from domain.experiments.planning import variance_left
from domain.experiments.power import effect_found, of_means, of_money

Values = NDArray[np.float64]
Arms = NDArray[np.bool_]
Counts = NDArray[np.int64]

LOOKS = 100

BUYERS, BACK = 0.05, 0.1
"""Share of leads that buy in the metric's days, and of purchases that come back."""

PAID, SPREAD = 5.0, 1.2
"""Mean and deviation of the logarithm of what is paid."""

RATE_YES, RATE_NO = 4.0, 12.0
"""Of the Beta distribution that states' rates come from: a quarter, give or take a tenth."""


class Seen(NamedTuple):
    """What is seen of units: their metric, what was known before, and how many leads each has."""

    y: Values
    x: Values
    leads: Values


class World(NamedTuple):
    """Units that come one after the other, and the mean of their metric."""

    draw: Callable[[np.random.Generator], Seen]
    mean: float
    money: bool

    def findable(self, lots: np.random.Generator) -> float:
        """Return the effect that is planned for so many units, by much of the past."""
        past = [self.draw(lots) for _ in range(50)]
        y, x = (np.concatenate([one[part] for one in past]) for part in (0, 1))
        left, half = variance_left(Totals.of(zip(y, x, strict=True))), len(past[0].y) / 2.0
        drift = partial(of_money, self.mean, left) if self.money else partial(of_means, left)
        return effect_found({"0": half, "1": half}, "0", drift)


def _bought(wealth: Values, lots: np.random.Generator) -> Values:
    """Return what leads of some wealth spend in the metric's days; mostly nothing."""
    buys = lots.random(len(wealth)) < BUYERS * np.exp(0.7 * wealth - 0.245)
    paid = np.exp(lots.normal(PAID, SPREAD, len(wealth)) + 0.6 * wealth)
    return np.where(buys, np.where(lots.random(len(wealth)) < BACK, -paid, paid), 0.0)


MEAN_BOUGHT = float(
    (1.0 - 2.0 * BACK) * BUYERS * np.exp(-0.245 + PAID + SPREAD**2 / 2.0 + (0.7 + 0.6) ** 2 / 2.0)
)
"""What a lead spends in those days."""


def buying_leads(lots: np.random.Generator, units: int = 50_000) -> Seen:
    """Return leads and their money, and that of as many days before."""
    wealth = lots.normal(size=units)
    return Seen(_bought(wealth, lots), _bought(wealth, lots), np.ones(units))


def states(lots: np.random.Generator, units: int = 27) -> Seen:
    """Return states and the share of their leads that say yes; some have ten times as many."""
    rate = lots.beta(RATE_YES, RATE_NO, units)
    leads = np.ceil(lots.lognormal(4.0, 1.0, units))
    return Seen(lots.binomial(leads.astype(int), rate) / leads,
                lots.binomial(leads.astype(int), rate) / leads, leads)  # fmt: skip


def buying_partners(lots: np.random.Generator, units: int = 1200) -> Seen:
    """Return partners and the money of their leads, whose customers are alike."""
    leads = np.ceil(lots.lognormal(3.5, 0.7, units)).astype(int)
    level = np.exp(lots.normal(-0.18, 0.6, units))
    of = np.repeat(np.arange(units), leads)

    def mean() -> Values:
        spent = _bought(lots.normal(size=len(of)), lots)
        return np.asarray(level * np.bincount(of, spent, units) / leads)

    return Seen(mean(), mean(), leads.astype(float))


WORLDS = {
    "revenue": World(buying_leads, MEAN_BOUGHT, money=True),
    "states": World(states, RATE_YES / (RATE_YES + RATE_NO), money=False),
    "partners_revenue": World(buying_partners, MEAN_BOUGHT, money=True),
}


def dealt(units: int, lots: np.random.Generator, share: float = 0.5) -> Arms:
    """Return which units get the second arm; each arm has as many as an experiment starts with."""
    while True:
        arms = lots.random(units) < share
        if FEWEST <= arms.sum() <= units - FEWEST:
            return np.asarray(arms)


def looked_at(seen: Seen, arms: Arms) -> Iterator[Difference]:
    """Yield what is said of the second arm at each look, as units come in their order."""
    terms = (np.ones_like(seen.y), seen.y, seen.y**2, seen.x, seen.x**2, seen.x * seen.y)
    by_arm = [np.cumsum([np.where(arm, term, 0.0) for term in terms], axis=1)
              for arm in (~arms, arms)]  # fmt: skip
    units = len(seen.y)
    for last in np.unique(np.arange(1, LOOKS + 1) * units // LOOKS)[-min(LOOKS, units) :] - 1:
        totals = {
            str(number): Totals(int(sums[0, last]), *map(float, sums[1:, last]))
            for number, sums in enumerate(by_arm)
        }
        if totals["0"].units and totals["1"].units:
            yield differences(totals, "0", (last + 1) / units)["1"]


GUARDED = {"lost_interest": 0.01, "no_reply_7d": 0.03, "invalid_contact": 0.1}
"""Events that must not become more frequent, and how many leads of the control have them."""


class Claims(NamedTuple):
    """Whether any guardrail was ever said to be broken, or to be held."""

    broken: bool
    held: bool


def watched(
    weights: Sequence[float], worse: float, lots: np.random.Generator, units: int = 3000
) -> Claims:
    """Run an experiment with guardrails, and return what is claimed of them at any look.

    Parameters
    ----------
    weights
        Of the arms, the control first.
    worse
        How much more frequent every event is in every other arm.
    """
    experiment = Experiment(
        "", "", [Arm(str(number), weight) for number, weight in enumerate(weights)], "",
        Metric(frozenset(), 14.0), 0.05, guardrails=[Guardrail(name, 14.0) for name in GUARDED],
    )  # fmt: skip
    arms = lots.choice(len(weights), units, p=list(experiment.shares.values()))
    look = np.arange(units) * LOOKS // units
    said = [
        list(one.differences.values())
        for rate in GUARDED.values()
        for one in looks(
            experiment, _by_look(arms, lots.random(units) < rate + worse * (arms > 0), look), units
        )
    ]
    return Claims(
        any(one.low > MARGIN for found in said for one in found),
        any(all(one.high <= MARGIN for one in found) for found in said),
    )


def _by_look(arms: Counts, came: Arms, look: Counts) -> dict[date, dict[str, Totals]]:
    """Return the sums of what became known between looks, by the look and by arm."""
    cells = arms * LOOKS + look
    size = (int(arms.max()) + 1) * LOOKS
    units, yes = np.bincount(cells, minlength=size), np.bincount(cells, came, size)
    return {
        date.fromordinal(1 + number): {
            str(arm): Totals(int(units[cell]), float(yes[cell]), float(yes[cell]))
            for arm, cell in enumerate(range(number, size, LOOKS))
        }
        for number in range(LOOKS)
    }


def of_leads(seen: Seen, arms: Arms) -> bool:
    """Tell whether arms seem to differ, at the end, if each lead of a unit counts by itself."""
    totals = {}
    for name, arm in (("0", ~arms), ("1", arms)):
        yes = float((seen.y * seen.leads)[arm].sum())
        totals[name] = Totals(int(seen.leads[arm].sum()), yes, yes)
    said = differences(totals, "0", 1.0)["1"]
    return said.low > 0.0 or said.high < 0.0


class Told(NamedTuple):
    """What was said of an arm, of all looks."""

    held: bool
    found: bool


def tell(world: World, effect: float, lots: np.random.Generator, share: float = 0.5) -> Told:
    """Run an experiment whose second arm brings an effect; money is more in proportion."""
    seen = world.draw(lots)
    arms = dealt(len(seen.y), lots, share)
    more = seen.y * (effect / world.mean) if world.money else effect
    said = list(looked_at(seen._replace(y=seen.y + np.where(arms, more, 0.0)), arms))
    return Told(
        all(one.low <= effect <= one.high for one in said),
        any(one.low > 0.0 or one.high < 0.0 for one in said),
    )
