"""An invented horse business: who asks, what they do next, and what becomes of it.

Every lead has an interest that nobody sees. It drives what the lead does; what it did and who it
is decide the outcome by a known logistic relation and chance; the outcome shows days later. No
score and no status plays a part. The same world and seed make the same leads.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from math import exp
from typing import TYPE_CHECKING

import numpy as np

from demo import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.random import Generator

MINUTE = 60.0
HOUR = 60 * MINUTE
DAY = 24 * HOUR

BRASILIA = -3 * HOUR
"""Offset of local time, in seconds: people ask by day."""

LATEST_OUTCOME = 29 * DAY
"""Seconds from a lead's creation: what is not decided by then stays silent."""

SOON = 24.0
"""Hours within which a reply is a quick one."""

SLOWEST = 12 * 24.0
"""Hours after which nobody replies any more."""

LATE = 0.3
"""Share of the leads that take their time to decide, either way."""

FROM_ELSEWHERE = 0.15
"""Share of the leads that never saw the site: someone sent them, or they came by at a fair."""

NOTICED = 0.5
"""Share of the silences that someone of the team notes."""

HOME = frozenset({"SP", "GO"})
"""States that the business serves best."""

SEGMENTS = {"CAVALOS": 0.4, "SERVICOS": 0.22, "EQUIPAMENTOS": 0.23, "EVENTOS": 0.15}
BUDGETS = {"0-5k": 0.24, "5k-20k": 0.26, "20k-60k": 0.18, "60k+": 0.22, None: 0.10}
DEADLINES = {"7d": 0.22, "30d": 0.30, "90d": 0.40, None: 0.08}


@dataclass(frozen=True, slots=True)
class Effects:
    """What each driver adds to the log-odds of converting.

    The surprises are fair: what a lead does towards buying never speaks against it, and yet the
    team's rules are far off. What it looks for and where it lives matter more than its budget, a
    good budget counts twice when it is due soon, more pages say little that the first did not, a
    reply counts most on the same day, and who was sent by someone needs no page at all.

    `start` is of a lead of whom nothing holds.
    """

    start: float = -5.9
    budget_small: float = -0.4
    budget_good: float = 0.3
    deadline_near: float = 0.8
    ready: float = 0.9
    wants_horses: float = 1.2
    wants_events: float = -1.2
    home: float = 0.9
    from_elsewhere: float = 0.6
    hook: float = 1.5
    clicks: float = 1.0
    replied: float = 0.5
    quick_reply: float = 0.8
    proposal: float = 1.0
    met: float = 2.0
    confirmations: float = 0.8
    put_off: float = -2.4


@dataclass(frozen=True, slots=True)
class World:
    """The business as it is, and as it becomes.

    Parameters
    ----------
    effects
        What makes a lead convert.
    later
        The same after the world has turned; None when it never does.
    turn
        When it turns, as a share of the time in which leads are created.
    noise
        Standard deviation of what nothing explains, in log-odds.
    """

    effects: Effects = field(default_factory=Effects)
    later: Effects | None = None
    turn: float = 0.5
    noise: float = 0.3

    def effects_at(self, share: float) -> Effects:
        """Return the effects that hold after this share of the time."""
        return self.effects if self.later is None or share < self.turn else self.later

    def turned(self, *drivers: str) -> World:
        """Return a world in which these drivers' effects are inverted half-way.

        Examples
        --------
        >>> World().turned("wants_horses").effects_at(0.9).wants_horses
        -1.2
        """
        inverted = {driver: -getattr(self.effects, driver) for driver in drivers}
        return replace(self, later=replace(self.effects, **inverted))


@dataclass(frozen=True, slots=True)
class Profile:
    """What a lead told of itself; None where it told nothing. The names are those of ``leads``."""

    nome: str
    whatsapp: str | None
    email: str | None
    uf: str | None
    cidade: str | None
    segmento_interesse: str
    orcamento_faixa: str | None
    prazo_compra: str | None


@dataclass(frozen=True, slots=True)
class Journey:
    """What one lead does from its creation to its outcome.

    Parameters
    ----------
    profile
        What it told.
    created_at
        When it came, in seconds since 1970.
    events
        (event type, time), in order of time; the last may be the outcome.
    drivers
        What decided the outcome, by the names of `Effects`.
    converted
        Whether it was handed off within 30 days.
    """

    profile: Profile
    created_at: float
    events: tuple[tuple[str, float], ...]
    drivers: dict[str, float]
    converted: bool

    def until(self, now: float) -> tuple[tuple[str, float], ...]:
        """Return the events up to a moment."""
        return tuple(event for event in self.events if event[1] <= now)


def population(
    world: World, seed: int, leads: int, start: float, end: float, first: int = 0
) -> Iterator[Journey]:
    """Yield the journeys of leads created between two moments, in no order.

    Parameters
    ----------
    world
        The business.
    seed
        Each lead has its own chance, so that fewer leads are the first of more.
    leads, first
        How many, and the number of the first: others are other leads.
    start, end
        In seconds since 1970.
    """
    for number in range(first, first + leads):
        rng = np.random.default_rng([seed, number])
        created_at = _office_hours(rng, start + rng.random() * (end - start), end)
        share = (created_at - start) / (end - start)
        yield journey(world.effects_at(share), world.noise, rng, number, created_at)


def journey(
    effects: Effects, noise: float, rng: Generator, number: int, created_at: float
) -> Journey:
    """Return one lead's journey.

    Parameters
    ----------
    effects
        What makes it convert.
    noise
        Standard deviation of what nothing explains, in log-odds.
    rng
        The lead's own chance.
    number
        Makes its e-mail address unique.
    created_at
        In seconds since 1970.
    """
    profile = _profile(rng, number)
    simulation = _Simulation(rng, created_at, has_whatsapp=profile.whatsapp is not None)
    if rng.random() >= FROM_ELSEWHERE:
        simulation.browse()
    simulation.talk()
    drivers = _drivers(profile, simulation)
    luck = rng.normal(scale=noise)
    converted = rng.random() < _sigmoid(_log_odds(effects, drivers) + luck)
    ended_at = simulation.end(converted=converted)
    simulation.go_unanswered(ended_at)
    events = tuple(sorted(simulation.events, key=lambda event: event[1]))
    return Journey(profile, created_at, events, drivers, converted)


def _office_hours(rng: Generator, at: float, latest: float) -> float:
    """Move a moment to the hours in which people ask, on the same local day or the one before."""
    midnight = at - (at + BRASILIA) % DAY
    moved = midnight + rng.triangular(7, 14, 23) * HOUR
    return float(moved if moved <= latest else moved - DAY)


def _profile(rng: Generator, number: int) -> Profile:
    name = names.person(rng)
    uf = names.pick(rng, names.STATES)
    town = names.one_of(rng, names.TOWNS[uf])
    whatsapp = names.whatsapp(rng)
    return Profile(
        nome=name,
        whatsapp=_answered(rng, whatsapp, 0.92),
        email=_answered(rng, names.email(name, number), 0.85),
        uf=_answered(rng, uf, 0.96),
        cidade=_answered(rng, town, 0.90),
        segmento_interesse=names.pick(rng, SEGMENTS),
        orcamento_faixa=names.pick(rng, BUDGETS),
        prazo_compra=names.pick(rng, DEADLINES),
    )


def _answered(rng: Generator, answer: str, share: float) -> str | None:
    """Return the answer, or None where a lead left the field blank."""
    return answer if rng.random() < share else None


class _Simulation:
    """A lead's events as they come.

    Parameters
    ----------
    rng
        The lead's own chance.
    created_at
        In seconds since 1970.
    has_whatsapp
        Whether the team can write to it before it writes.
    """

    def __init__(self, rng: Generator, created_at: float, *, has_whatsapp: bool) -> None:
        self.rng = rng
        self.at = created_at
        self.created_at = created_at
        self.has_whatsapp = has_whatsapp
        self.interest = rng.normal()
        """How much it really wants to buy; nobody sees it."""
        self.events: list[tuple[str, float]] = []
        self.replied = False
        self.reply_hours = 0.0

    def count(self, *kinds: str) -> int:
        """Return how many events of these types there are."""
        return sum(kind in kinds for kind, _ in self.events)

    def browse(self) -> None:
        """Look around on the site, once or on several days."""
        self._visit()
        for _ in range(int(self.rng.poisson(0.8 * exp(0.2 * self.interest)))):
            self._later(2.5 * DAY)
            self._visit()

    def talk(self) -> None:
        """Answer the team's first message, or not, and go on from there."""
        reachable = self.has_whatsapp or self.count("whatsapp_click")
        if not reachable or not self._maybe(0.3 + 1.1 * self.interest + (not self.events)):
            return
        eagerness = 0.8 * self.interest + 0.6 * self.rng.normal()
        hours = float(45 * exp(-eagerness + 0.4 * self.rng.normal()))
        self.reply_hours = min(hours, SLOWEST)
        contacted = self.created_at + self.rng.uniform(0.3, 3) * HOUR
        since = contacted if self.has_whatsapp else max(self.at, contacted)
        self.at = since + self.reply_hours * HOUR
        self.replied = True
        self._happens("whatsapp_reply")
        self._negotiate()

    def end(self, *, converted: bool) -> float:
        """Let the outcome show, days after the last thing the lead did; return when it does."""
        self.at = max([self.at, *(at for _, at in self.events)])
        self._later(3 * DAY, at_least=6 * HOUR)
        if self.rng.random() < LATE:
            self._later(8 * DAY)
        latest = self.created_at + LATEST_OUTCOME
        kind = names.pick(self.rng, {"lost_interest": 0.7, "invalid_contact": 0.06, "": 0.24})
        if converted:
            kind, self.at = "handoff", min(self.at, latest)
        if not kind or self.at > latest:
            return self.created_at + 30 * DAY
        self.events = [event for event in self.events if event[1] < self.at]
        self._happens(kind)
        return self.at

    def go_unanswered(self, ended_at: float) -> None:
        """Note the silences that someone of the team noticed."""
        times = sorted({self.created_at, *(at for _, at in self.events if at < ended_at), ended_at})
        for before, after in pairwise(times):
            for days in (3, 7, 14):
                noticed = before + (days + self.rng.random() / 4) * DAY
                if noticed < after and self.rng.random() < NOTICED:
                    self.events.append((f"no_reply_{days}d", noticed))

    def _visit(self) -> None:
        for _ in range(1 + int(self.rng.poisson(1.2 * exp(0.15 * self.interest)))):
            self._happens("page_view")
            self._later(2 * MINUTE, at_least=15)
        if not self.count("hook_complete"):
            self._maybe(-0.1 + 0.6 * self.interest, "hook_complete")
        self._maybe(-0.4 + 0.3 * self.interest, "cta_click")
        self._maybe(-0.9 + 0.3 * self.interest, "whatsapp_click")

    def _negotiate(self) -> None:
        interest = self.interest
        if self._maybe(-0.8, "asked_price"):
            self._later(8 * HOUR)
        if self._maybe(-1.3 + 0.5 * interest, "proposal_requested"):
            self._later(10 * HOUR)
        if self.count("proposal_requested", "asked_price"):
            self._maybe(-0.9 + 0.4 * interest, "proposal_click")
        if self._maybe(-1.0 + 0.3 * interest, "meeting_scheduled"):
            self._later(1.5 * DAY, at_least=6 * HOUR)
            self._maybe(0.2 + 0.9 * interest, "meeting_attended")
        for kind in ("need_confirmed", "budget_confirmed", "timeline_confirmed"):
            self._later(6 * HOUR)
            self._maybe(-0.9 + 0.6 * interest + 0.8 * self.count("meeting_attended"), kind)
        self._maybe(-3.0 + 0.3 * interest, "sent_documents")
        self._maybe(-2.4 + 0.4 * interest, "followup_positive")
        if not self._maybe(-2.2 - 0.5 * interest, "postponed_no_date"):
            self._maybe(-2.6 - 0.5 * interest, "no_budget_now")

    def _maybe(self, log_odds: float, kind: str | None = None) -> bool:
        """Tell whether something happens that has these log-odds; note it if it is an event."""
        happens = bool(self.rng.random() < _sigmoid(log_odds))
        if happens and kind:
            self._later(10 * MINUTE, at_least=20)
            self._happens(kind)
        return happens

    def _happens(self, kind: str) -> None:
        self.events.append((kind, self.at))

    def _later(self, on_average: float, at_least: float = 0.0) -> None:
        self.at += at_least + self.rng.exponential(on_average)


def _drivers(profile: Profile, simulation: _Simulation) -> dict[str, float]:
    """Return what decides the outcome, by the names of `Effects`: all of it can be seen."""
    count, budget = simulation.count, profile.orcamento_faixa
    good, near = budget in {"20k-60k", "60k+"}, profile.prazo_compra == "7d"
    return {
        "budget_small": float(budget in {"0-5k", None}),
        "budget_good": float(good),
        "deadline_near": float(near),
        "ready": float(good and near),
        "wants_horses": float(profile.segmento_interesse == "CAVALOS"),
        "wants_events": float(profile.segmento_interesse == "EVENTOS"),
        "home": float(profile.uf in HOME),
        "from_elsewhere": float(not count("page_view")),
        "hook": float(count("hook_complete")),
        "clicks": float(count("cta_click", "whatsapp_click") > 0),
        "replied": float(simulation.replied),
        "quick_reply": float(simulation.replied and simulation.reply_hours <= SOON),
        "proposal": float(count("proposal_click", "proposal_requested") > 0),
        "met": float(count("meeting_attended")),
        "confirmations": float(count("need_confirmed", "budget_confirmed", "timeline_confirmed")),
        "put_off": float(count("postponed_no_date", "no_budget_now") > 0),
    }


def _log_odds(effects: Effects, drivers: dict[str, float]) -> float:
    by_name: dict[str, float] = asdict(effects)
    return by_name["start"] + sum(by_name[driver] * x for driver, x in drivers.items())


def _sigmoid(log_odds: float) -> float:
    return 1.0 / (1.0 + exp(-log_odds))
