"""Alerts of the leads of a batch: opened, updated and closed where their scores are committed."""

from collections.abc import Collection
from math import inf
from uuid import UUID

import orjson

from domain.alerts.judging import LEARNED_EVERY, judge, rules
from domain.alerts.motives import Alert, Case, Motive, Over, head_of_leaving
from domain.alerts.peers import NO_PEERS, Peers
from domain.policy import Policy
from domain.state import HOUR
from stream.batch import BatchBuilder
from stream.writeback import AlertRow, Rescore


def looked_for(policy: Policy) -> dict[str, float]:
    """Return from what each motive holds that is looked for; families must be declared."""
    return {
        motive: threshold
        for motive, threshold in policy.alerts.items()
        if motive != Motive.CAPTURE or policy.event_labels
    }


class Lows:
    """The lowest score that each lead may have had within the last hour; it may be of two.

    What is known begins with the first moment. Until an hour has passed, any score may have been.
    """

    def __init__(self) -> None:
        self._now: dict[UUID, int] = {}
        self._earlier: dict[UUID, int] = {}
        self._since = inf
        self._whole = False

    def add(self, lead_id: UUID, score: int, at: float) -> int:
        """Take in the score that a lead had until a moment; return the lowest one."""
        if at >= self._since + HOUR:
            self._earlier, self._now, self._since, self._whole = self._now, {}, at, True
        self._since = min(self._since, at)
        low = self._now[lead_id] = min(score, self._now.get(lead_id, score))
        return min(low, self._earlier.get(lead_id, low)) if self._whole else 0


class Alerting:
    """Says what alerts a rescoring opens, updates and closes.

    Of a lead that has no alert, and of which no motive holds, nothing is said. The others' alerts
    are told whole, so that saying it again changes nothing.

    Parameters
    ----------
    policy
        What the team looks for.
    leads
        Those of which motives hold by what is stored.
    """

    def __init__(self, policy: Policy, leads: Collection[UUID]) -> None:
        self.thresholds = looked_for(policy)
        self._rules = rules(self.thresholds)
        self._leaving = head_of_leaving(policy.others)
        self._leads = set(leads)
        self._peers = NO_PEERS
        self._peers_at = -inf
        self._lows = Lows() if Motive.JUMPED in self.thresholds else None
        self._over: set[UUID] = set()
        """Leads whose last alert was said to be over once; it is said twice, for a lead that
        Postgres refuses is told of anew when it is next read."""

    def lacks_peers(self, now: float) -> bool:
        """Tell whether it is time to look at what customers buy."""
        return Motive.CAPTURE in self.thresholds and now >= self._peers_at + LEARNED_EVERY

    def compare_with(self, peers: Peers, now: float) -> None:
        """Compare customers with what others buy, as of a moment."""
        self._peers, self._peers_at = peers, now

    def note(self, rescore: Rescore, builder: BatchBuilder) -> Rescore:
        """Add what is to be said of a lead to a batch; return when it is looked at again, too.

        Whether an alert is opened by that is known where it is written, and there its arm counts.
        """
        said, until = self._said(rescore, builder.experiments.held_back(rescore.lead_id))
        if said:
            builder.batch.alerts[rescore.lead_id] = said
        for row in said:
            if row.over is None and row.motive in builder.experiments.alerts:
                running = builder.experiments.alerts[row.motive]
                builder.serve(running, rescore.lead_id, rescore.scored.score)
        # Nothing falls due in a replay, by alerts neither.
        return rescore._replace(due_at=until) if until < rescore.due_at < inf else rescore

    def _said(self, rescore: Rescore, held_back: Collection[str]) -> tuple[list[AlertRow], float]:
        """Return what is to be said of a lead, and when that may change by time alone."""
        lead_id, scored, at = rescore.lead_id, rescore.scored, rescore.scored_at
        leaving = next((head for head in scored.heads if head.head == self._leaving), None)
        before, low = rescore.before, 0
        if self._lows and before is not None:
            low = self._lows.add(lead_id, before, at)
        case = Case(rescore.lead.state, scored, before, at, leaving, self._peers, low)
        known, until, holds = lead_id in self._leads, inf, False
        found = []
        for motive, (said, when) in judge(case, self._rules, held_back):
            if said is None and not known and motive is Motive.JUMPED:
                continue  # Time alone begins none.
            holds = holds or type(said) is Alert or (said is None and known)
            until = min(until, when)
            found.append((motive, said))
        if not (known or holds):
            return [], until
        self._note(lead_id, holds=holds)
        return [_row(lead_id, motive, said, at) for motive, said in found if said], until

    def _note(self, lead_id: UUID, *, holds: bool) -> None:
        if holds:
            self._leads.add(lead_id)
            self._over.discard(lead_id)
        elif lead_id in self._over:
            self._leads.discard(lead_id)
            self._over.discard(lead_id)
        else:
            self._over.add(lead_id)


NOBODY = Alerting(Policy(), ())
"""Where no motive is looked for."""


def _row(lead_id: UUID, motive: str, said: Alert | Over, at: float) -> AlertRow:
    if isinstance(said, Over):
        return AlertRow(lead_id, motive, said, *(None,) * 8, at)
    return AlertRow(
        lead_id, motive, None, said.head, said.impact, said.since, said.lost_at,
        orjson.dumps(said.facts).decode(), orjson.dumps(said.reasons).decode(),
        said.recommendation, said.channel, at,
    )  # fmt: skip
