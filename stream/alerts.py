"""Alerts of the leads of a batch: opened, updated and closed where their scores are committed."""

from collections.abc import Collection
from math import inf
from uuid import UUID

import orjson

from domain.alerts.judging import LEARNED_EVERY, judge
from domain.alerts.motives import Alert, Case, Motive, Over, head_of_leaving
from domain.alerts.peers import NO_PEERS, Peers
from domain.policy import Policy
from stream.batch import Batch
from stream.writeback import AlertRow, Rescore


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
        self.thresholds = policy.alerts
        self._leaving = head_of_leaving(policy.others)
        self._leads = set(leads)
        self._peers = NO_PEERS
        self._peers_at = -inf
        self._over: set[UUID] = set()
        """Leads whose last alert was said to be over once; it is said twice, for a lead that
        Postgres refuses is told of anew when it is next read."""

    def lacks_peers(self, now: float) -> bool:
        """Tell whether it is time to look at what customers buy."""
        return Motive.CAPTURE in self.thresholds and now >= self._peers_at + LEARNED_EVERY

    def compare_with(self, peers: Peers, now: float) -> None:
        """Compare customers with what others buy, as of a moment."""
        self._peers, self._peers_at = peers, now

    def note(self, rescore: Rescore, batch: Batch) -> Rescore:
        """Add what is to be said of a lead to a batch; return when it is looked at again, too."""
        said, until = self._said(rescore)
        if said:
            batch.alerts[rescore.lead_id] = said
        # Nothing falls due in a replay, by alerts neither.
        return rescore._replace(due_at=until) if until < rescore.due_at < inf else rescore

    def _said(self, rescore: Rescore) -> tuple[list[AlertRow], float]:
        """Return what is to be said of a lead, and when that may change by time alone."""
        scored, at = rescore.scored, rescore.scored_at
        leaving = next((head for head in scored.heads if head.head == self._leaving), None)
        case = Case(rescore.lead.state, scored, rescore.before, at, leaving, self._peers)
        known, until, holds = rescore.lead_id in self._leads, inf, False
        said: list[AlertRow] = []
        for motive, judged in judge(case, self.thresholds):
            if isinstance(judged.said, Alert):
                holds = True
                said.append(_held(rescore.lead_id, judged.said, at))
            elif judged.said is not None:
                said.append(_ended(rescore.lead_id, motive, judged.said, at))
            elif known:
                holds = True
            elif motive is Motive.JUMPED:  # time alone begins none
                continue
            until = min(until, judged.until)
        if not (known or holds):
            return [], until
        self._note(rescore.lead_id, holds=holds)
        return said, until

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


def _held(lead_id: UUID, alert: Alert, at: float) -> AlertRow:
    return AlertRow(
        lead_id, alert.motive, None, alert.head, alert.impact, alert.since, alert.lost_at,
        orjson.dumps(alert.facts).decode(), orjson.dumps(alert.reasons).decode(),
        alert.recommendation, alert.channel, at,
    )  # fmt: skip


def _ended(lead_id: UUID, motive: str, over: Over, at: float) -> AlertRow:
    nothing = (None,) * 8
    return AlertRow(lead_id, motive, over, *nothing, at)
