"""The state of things at a glance."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pandas as pd
import streamlit as st

from domain.bands import HOT
from ui import charts, look, parts
from ui.cards import NEVER, STAGES, Card
from ui.session import api, ask, live, part, words
from ui.words import HOUR, Words

MOST = 6
"""Lines of a list."""

SMALL = 0.01
"""Share below which a whole percentage would say nothing."""


def show() -> None:
    """Draw the page."""
    said = words()
    look.title(said("page.overview"), said("overview.about"))
    _now()
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True):
        st.subheader(said("overview.partners"), anchor=False)
        _partners(said)
    with right, st.container(border=True):
        st.subheader(said("overview.partners_by_uf"), anchor=False)
        _states(said)


@part(run_every=2.0)
def _now() -> None:
    """Draw what changes by the minute."""
    said, now = words(), live()
    if not now.loaded:
        st.info(
            said("away.nothing" if now.away else "wait.loading"), icon=":material/hourglass_top:"
        )
        return
    counts: dict[str, int] = ask("/crm/board/counts")
    if not counts:
        st.info(said("lead.none_yet"), icon=":material/person_add:")
        return
    cards = now.cards.all()
    _numbers(said, counts, cards)
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True):
        st.subheader(said("overview.by_status"), anchor=False)
        total = sum(counts.values())
        rows = pd.DataFrame(
            {
                "code": STAGES,
                "name": [f"{look.MARKS[one]} {said.among('stage', one)}" for one in STAGES],
                "count": [counts.get(one, 0) for one in STAGES],
                "label": [
                    f"{said.number(counts.get(one, 0))} · {_share(said, counts.get(one, 0), total)}"
                    for one in STAGES
                ],
            }
        )
        st.altair_chart(charts.bars(rows, by_stage=True), width="stretch", key="by_status")
        st.caption(_health(said))
    with right, st.container(border=True, gap="xsmall"):
        st.subheader(said("overview.waiting"), anchor=False)
        _waiting(said, cards)
    with st.container(border=True, gap="xsmall"):
        st.subheader(said("overview.moved"), anchor=False)
        _moved(said, cards)


def _numbers(said: Words, counts: dict[str, int], cards: tuple[Card, ...]) -> None:
    total, sent = sum(counts.values()), counts.get(STAGES[-1], 0)
    hour = _last_hour(cards)
    with st.container(key="numbers"):
        places = st.columns(4)
    places[0].metric(said("overview.leads"), said.number(total), border=True)
    places[1].metric(
        said("overview.ready"), said.number(counts.get(STAGES[2], 0)), border=True,
        help=said("overview.ready_help"),
    )  # fmt: skip
    places[2].metric(
        said("overview.conversion"), said.percent(sent / total, 1), border=True,
        help=said("overview.conversion_help"),
    )  # fmt: skip
    places[3].metric(
        said("overview.moved_count"), said.number(len(hour)), border=True,
        help=said("overview.moved_help"),
    )  # fmt: skip


def _share(said: Words, count: int, total: int) -> str:
    share = count / total
    return said.percent(share, 1 if 0 < share < SMALL else 0)


def _last_hour(cards: tuple[Card, ...]) -> list[Card]:
    since = time.monotonic() - HOUR
    found = [card for card in cards if card.why and card.why.points and card.why.heard > since]
    return sorted(found, key=lambda card: -card.why.heard if card.why else 0.0)


def _moved(said: Words, cards: tuple[Card, ...]) -> None:
    found = _last_hour(cards)[:MOST]
    if not found:
        st.caption(said("overview.moved_none"))
    for card in found:
        if card.why is None:
            continue
        ago = said.ago(time.monotonic() - card.why.heard)
        label = (
            f"**{card.score}** {look.MARKS[card.stage]} {look.literal(card.name)}"
            f" · {card.why.points:+d} {said.cause(card.why.cause)} · {ago}"
        )
        if st.button(label, key=f"moved:{card.id}", type="tertiary"):
            parts.open_lead(card.id)


def _waiting(said: Words, cards: tuple[Card, ...]) -> None:
    """List leads worth a salesperson, the one whose next action was due first on top."""
    found = [
        card for card in cards
        if card.stage != STAGES[-1] and (card.score >= HOT or card.stage == STAGES[2])
    ]  # fmt: skip
    if not found:
        st.caption(said("overview.waiting_none"))
        return
    for card in sorted(found, key=lambda card: (card.due, -card.score))[:MOST]:
        name = look.literal(card.name)
        label = f"**{card.score}** {look.MARKS[card.stage]} {name} · {_due(said, card)}"
        if st.button(label, key=f"waiting:{card.id}", type="tertiary"):
            parts.open_lead(card.id)
    if len(found) > MOST:
        st.caption(said("overview.waiting_more", count=said.number(len(found) - MOST)))


def _due(said: Words, card: Card) -> str:
    """Return until when a lead's next action is to be done, or for how long it is late."""
    if card.due.startswith(NEVER):
        return said("overview.no_action")
    due, now = pd.Timestamp(card.due), said.now().replace(tzinfo=None)
    if due < now:
        return said("overview.late", ago=said.ago((now - due).total_seconds()))
    return said("action.due", day=said.day(due.date()), hour=f"{due:%H:%M}")


def _health(said: Words) -> str:
    info = ask("/ml/model-info")
    if not info["available"]:
        return said("overview.rules")
    quality = (info["fine_tuning"]["summary"] or {}).get("auc")
    if quality is None:
        return said("overview.model", name=info["winner"]["id"])
    return said("overview.model_quality", name=info["winner"]["id"], right=said.percent(quality))


def _partners(said: Words) -> None:
    found = ask("/partners/summary")
    if not found:
        st.caption(said("partners.none"))
        return
    rows = pd.DataFrame(
        {
            "name": [said.among("segment", one["segmento"]) for one in found],
            "count": [one["total"] for one in found],
            "label": [said.number(one["total"]) for one in found],
        }
    )
    st.altair_chart(charts.bars(rows), width="stretch", key="partners_by_segment")


@st.cache_data(ttl=300, show_spinner=False)
def _partner_states() -> dict[str, int]:
    partners: list[dict[str, Any]] = api().get("/partners", limit=5000)
    return dict(Counter(one["uf"] for one in partners).most_common(8))


def _states(said: Words) -> None:
    found = _partner_states()
    if not found:
        st.caption(said("partners.none"))
        return
    rows = pd.DataFrame(
        {
            "name": list(found),
            "count": list(found.values()),
            "label": [said.number(one) for one in found.values()],
        }
    )
    st.altair_chart(charts.bars(rows), width="stretch", key="partners_by_uf")
