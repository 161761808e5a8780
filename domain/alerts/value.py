"""The money at stake: what a lead tells of its budget, and what a customer spends."""

import re
from math import exp2, log

from domain.rhythm import HALF_LIVES, Rhythm
from domain.state import DAY, LeadState

YEAR = HALF_LIVES[-1]

_NUMBER = re.compile(r"(\d+)\s*(k?)")

UNKNOWN_BUDGET = 2_500.0
"""What a lead that tells no budget is taken to be worth, the middle of the smallest range."""


def budget(answer: object) -> float:
    """Return the middle of the range of money that an answer names.

    Examples
    --------
    >>> budget("5k-20k"), budget("60k+"), budget(None)
    (12500.0, 60000.0, 2500.0)
    """
    if isinstance(answer, float):
        return max(answer, 0.0)
    found = _NUMBER.findall(str(answer or "").lower().replace(".", ""))[:2]
    ends = [float(digits) * (1_000.0 if thousands else 1.0) for digits, thousands in found]
    return sum(ends) / len(ends) if ends else UNKNOWN_BUDGET


def pace(rhythm: Rhythm, place: int, now: float) -> float:
    """Return purchases a second by one of the decayed counts, whatever the customer's age."""
    half_life = HALF_LIVES[place]
    known = 1.0 - exp2((rhythm.first - rhythm.gap - now) / half_life)
    count = rhythm.decayed[place] * exp2((rhythm.last - now) / half_life)
    return count * log(2) / half_life / known


def order_value(state: LeadState) -> float:
    """Return what a customer spends at a time, returns taken off; 0 where it is no customer."""
    bought = state.amounts.purchases
    return max(state.amounts.sum, 0.0) / bought.count if bought else 0.0


def yearly_value(state: LeadState) -> float:
    """Return what a customer spent a year at the pace it had when it last bought.

    Examples
    --------
    >>> state = LeadState(0.0)
    >>> for day in range(0, 3650, 30):
    ...     state.amounts.add(100.0, day * DAY)
    >>> round(yearly_value(state), -3)
    1000.0
    """
    bought = state.amounts.purchases
    if bought is None:
        return 0.0
    if bought.gap < DAY:
        return order_value(state)
    return order_value(state) * pace(bought, -1, bought.last) * YEAR
