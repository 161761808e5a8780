"""Which motives hold for a lead, by its state, its scores and its pace."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from math import log
from typing import Any

from domain.actions import HOT_EVENTS, HOT_FOR, QUIET_AFTER, channel_for
from domain.alerts.motives import (
    GROUPS,
    WEEK,
    Alert,
    Case,
    Facts,
    Judged,
    Motive,
    Over,
    Recommendation,
)
from domain.alerts.peers import lack_of
from domain.alerts.value import budget, order_value, pace, yearly_value
from domain.bands import Status
from domain.reasons import START, Reason, kept_reasons
from domain.rhythm import HALF_LIVES, Rhythm
from domain.rules import is_team_event
from domain.state import DAY, LeadState


def _top(reasons: Iterable[Reason], score: int) -> list[tuple[str, int]]:
    """Return the three reasons that say most, and the rest as one."""
    telling = sorted((r for r in reasons if r.code != START and r.points), key=_size)[:3]
    top = [(reason.code, reason.points) for reason in telling]
    return [*top, ("other", score - sum(points for _, points in top))]


def _size(reason: Reason) -> int:
    return -abs(reason.points)


def _answered_since(state: LeadState, at: float) -> bool:
    return any(t.last >= at for kind, t in state.tallies.items() if is_team_event(kind))


def _of_lead(case: Case, motive: Motive, since: float, lost_at: float, facts: Any) -> Alert:
    state, scored = case.state, case.scored
    worth = yearly_value(state) or budget(state.profile.get("orcamento_faixa"))
    return Alert(
        motive, "", worth * scored.propensity, since, lost_at, facts,
        _top(scored.reasons, scored.score), Recommendation.ANSWER, channel_for(state),
    )  # fmt: skip


def _waiting(case: Case, threshold: float) -> Judged:
    state, score = case.state, case.scored.score
    if score < threshold:
        return Judged(Over.COOLED)
    if state.sent or case.scored.status is Status.SENT:
        return Judged(Over.SENT)
    if "invalid_contact" in state.tallies:
        return Judged(Over.UNREACHABLE)
    since = state.last_of(HOT_EVENTS) or state.moved or state.created_at
    if _answered_since(state, since):
        return Judged(Over.ANSWERED)
    until = since + QUIET_AFTER
    if case.now >= until:
        return Judged(Over.EXPIRED)
    facts = {"score": score, "since": since}
    return Judged(_of_lead(case, Motive.WAITING, since, since + HOT_FOR, facts), until)


def _jumped(case: Case, threshold: float) -> Judged:
    """Judge by what is at hand; whether it was so much lower an hour ago the history says."""
    state, score, before = case.state, case.scored.score, case.before
    moved = state.created_at if state.moved is None else state.moved
    until = moved + DAY
    if score < threshold:
        return Judged(Over.COOLED)
    if state.sent or case.scored.status is Status.SENT:
        return Judged(Over.SENT)
    if case.now >= until:
        return Judged(Over.EXPIRED)
    if _answered_since(state, moved):
        return Judged(Over.ANSWERED)
    if before is None or score <= before or score - case.low < threshold:
        return Judged(None, until)
    facts = {"from": before, "to": score, "rise": threshold}
    return Judged(_of_lead(case, Motive.JUMPED, case.now, case.now + DAY, facts), until)


REGULAR = 3
"""Purchases from which a gap is usual."""

LOYAL = 2.0
"""Purchases that a customer's own pace promises of a quarter, from which a fall is told from
chance."""

SILENT = 3.0
"""Usual gaps of silence after which a customer is likely lost: of one who buys at random, one in
twenty is silent for so long."""

GONE = 8.0
"""Usual gaps of silence after which nobody is asked to act any more."""

LATE = 2.0
"""Usual gaps of silence until which a customer is due, and not late."""


def is_regular(bought: Rhythm) -> bool:
    """Tell whether there is a usual gap between a customer's purchases, of days."""
    return bought.count >= REGULAR and bought.gap >= DAY


def share_of_usual(bought: Rhythm, now: float) -> float | None:
    """Return at what share of its usual pace a customer buys; None where it is not loyal."""
    usual = pace(bought, -1, now)
    if usual * HALF_LIVES[1] / log(2) < LOYAL:
        return None
    return min(pace(bought, 1, now) / usual, bought.gap / max(now - bought.last, 1.0))


def late_from(bought: Rhythm, threshold: float) -> float:
    """Return from when a customer that is due is late."""
    return bought.last + max(LATE, threshold + 1.0) * bought.gap


def _regular(case: Case) -> Rhythm | None:
    bought = case.state.amounts.purchases
    return bought if bought and is_regular(bought) else None


def _of_customer(
    case: Case,
    motive: Motive,
    impact: float,
    days: tuple[float, float],
    facts: dict[str, float | str],
) -> Alert:
    bought = case.state.amounts.purchases or Rhythm()
    leaving = case.leaving
    head = leaving.head if leaving else ""
    points = [*leaving.points.by_signal.items(), (START, leaving.points.start)] if leaving else []
    what = {
        Motive.DUE: Recommendation.REORDER,
        Motive.SLIPPING: Recommendation.ASK,
        Motive.LEAVING: Recommendation.WIN_BACK,
        Motive.CAPTURE: Recommendation.OFFER,
    }[motive]
    facts = facts | {"gap_days": round(bought.gap / DAY, 1), "last": bought.last}
    reasons = _top(kept_reasons(points), leaving.score) if leaving else []
    return Alert(motive, head, impact, *days, facts, reasons, what, channel_for(case.state))


def _leaving(case: Case, threshold: float) -> Judged:
    bought, leaving = _regular(case), case.leaving
    if bought is None or leaving is None:
        return Judged(Over.OFF)
    gone = bought.last + GONE * bought.gap
    if case.now >= gone:
        return Judged(Over.EXPIRED)
    chance = leaving.points.propensity
    if chance < threshold:
        return Judged(Over.BOUGHT)
    impact = chance * yearly_value(case.state)
    days = (bought.last, bought.last + SILENT * bought.gap)
    facts: Facts = {
        "chance": round(chance, 2),
        "year": round(yearly_value(case.state)),
    }
    return Judged(_of_customer(case, Motive.LEAVING, impact, days, facts), gone)


def _slipping(case: Case, threshold: float) -> Judged:
    bought = _regular(case)
    if bought is None:
        return Judged(Over.BOUGHT)
    gone = bought.last + GONE * bought.gap
    if case.now >= gone:
        return Judged(Over.EXPIRED)
    share = share_of_usual(bought, case.now)
    if share is None:
        return Judged(Over.COOLED)
    again = min(case.now + WEEK, gone)
    if case.now - bought.last < bought.gap / threshold:
        again = min(again, bought.last + bought.gap / threshold)
    if share > threshold:
        return Judged(Over.BOUGHT, again)
    impact = (1.0 - share) * yearly_value(case.state)
    days = (bought.last, bought.last + SILENT * bought.gap)
    facts: Facts = {
        "share": round(share, 1),
        "year": round(yearly_value(case.state)),
    }
    return Judged(_of_customer(case, Motive.SLIPPING, impact, days, facts), again)


def _due(case: Case, threshold: float) -> Judged:
    bought = _regular(case)
    if bought is None:
        return Judged(Over.BOUGHT)
    day = bought.last + threshold * bought.gap
    late = late_from(bought, threshold)
    if case.now < day:
        return Judged(Over.BOUGHT, day)
    if case.now >= late:
        return Judged(Over.EXPIRED)
    value = order_value(case.state)
    return Judged(_of_customer(case, Motive.DUE, value, (day, late), {"order": round(value)}), late)


LEARNED_EVERY = 600.0
"""Seconds after which it is looked again at what customers buy, while that is not known yet."""


def _capture(case: Case, threshold: float) -> Judged:
    bought = _regular(case)
    if bought is None:
        return Judged(Over.BOUGHT)
    if not case.peers:
        return Judged(None, case.now + LEARNED_EVERY)
    gone = bought.last + GONE * bought.gap
    if case.now >= gone:
        return Judged(Over.EXPIRED)
    lack = lack_of(case.state, case.peers)
    if lack is None or lack.chance > threshold:
        return Judged(Over.BOUGHT)
    missing = lack.missing * yearly_value(case.state)
    days = (bought.first, bought.last + bought.gap)
    facts: Facts = {"family": lack.family, "missing": round(missing)}
    return Judged(_of_customer(case, Motive.CAPTURE, missing, days, facts), gone)


Rule = Callable[[Case, float], Judged]

_RULES: Mapping[Motive, Rule] = {
    Motive.WAITING: _waiting,
    Motive.JUMPED: _jumped,
    Motive.LEAVING: _leaving,
    Motive.SLIPPING: _slipping,
    Motive.DUE: _due,
    Motive.CAPTURE: _capture,
}


Rules = tuple[tuple[tuple[Motive, Rule, float], ...], ...]
"""By group, the motives that are looked for, how each is judged, and from what it holds."""


def rules(thresholds: Mapping[str, float]) -> Rules:
    """Return how the motives that a team looks for are judged.

    Parameters
    ----------
    thresholds
        By motive, from what it holds; those not named are not looked for.
    """
    wanted = {Motive(motive): threshold for motive, threshold in thresholds.items()}
    return tuple(
        tuple((motive, _RULES[motive], wanted[motive]) for motive in group if motive in wanted)
        for group in GROUPS
    )


_SAID_BY_ANOTHER = Judged(Over.OTHER)


def judge(
    case: Case, looked_for: Rules, held_back: Collection[str] = ()
) -> Iterator[tuple[Motive, Judged]]:
    """Yield what is to be said of each motive that is looked for.

    A motive that is held back of the lead is told to nobody, so the next of its group says enough.
    """
    for group in looked_for:
        told = False
        for motive, rule, threshold in group:
            if told:
                yield motive, _SAID_BY_ANOTHER
                continue
            judged = rule(case, threshold)
            told = type(judged.said) is Alert and motive not in held_back
            yield motive, judged
