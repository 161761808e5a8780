"""One lead's story: it warms up, falls silent for three days, confirms, and is handed off."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from demo.ids import QUERIES
from demo.live import create
from demo.population import Profile

if TYPE_CHECKING:
    from uuid import UUID

    from demo.live import DemoSession, ScoredEvent

TOUR_LEAD = Profile(
    nome="Helena Prado Neves",
    whatsapp="+55 00 900000000",
    email="helena.neves@example.com",
    uf="SP",
    cidade="Barretos",
    segmento_interesse="CAVALOS",
    orcamento_faixa="5k-20k",
    prazo_compra="90d",
)

SILENCE = "no_reply_3d"
HANDOFF = "handoff"

TOUR = (
    "page_view", "page_view", "page_view", "hook_complete", "cta_click", "whatsapp_reply",
    SILENCE, "budget_confirmed", "timeline_confirmed", "need_confirmed", HANDOFF,
)  # fmt: skip

LATER = f"3 days later*: {SILENCE}"
"""What the screen calls the silence."""

HOW_TIME_PASSES = "* The demo dates the lead and all it did three days back."

PACE = {"page_view": 0.5}
"""Seconds a person takes for it in the tour."""

USUAL_PACE = 1.3


async def tour(session: DemoSession, pace: float = 1.0) -> list[ScoredEvent]:
    """Lead one fresh lead through the funnel; return what was scored.

    Parameters
    ----------
    session
        What to play with.
    pace
        1 is a person's; 0 does not wait.
    """
    scored: list[ScoredEvent] = []
    lead_id = await create(session.connection, TOUR_LEAD)
    with session.screen as screen:
        latest = await session.watcher.first_score(lead_id)
        await screen.show(latest)
        for kind in TOUR:
            await session.pause(PACE.get(kind, USUAL_PACE) * pace)
            if session.stopping.is_set() or not await _prepare(session, lead_id, kind):
                break
            event = await session.watcher.send(session.sender, lead_id, kind)
            # Silence is one step: what the days took, and what the team notes of them.
            event_type = LATER if kind == SILENCE else kind
            latest = replace(event, event_type=event_type, before=latest.after)
            scored.append(latest)
            await screen.show(latest)
        await session.pause(USUAL_PACE * pace)
    return scored


async def _prepare(session: DemoSession, lead_id: UUID, kind: str) -> bool:
    """Do what goes before an event, if anything; tell whether the event may follow."""
    if kind == SILENCE:
        await session.watcher.change(lead_id, QUERIES["pass_three_days"])
    if kind == HANDOFF:
        return await session.connection.fetchval(QUERIES["hand_off"], lead_id) is not None
    return True
