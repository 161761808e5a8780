"""The state of things at a glance."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pandas as pd
import streamlit as st

from domain.bands import HOT
from ui import charts, lead_view, theme
from ui.cards import LOST, STAGES, Card
from ui.due import due_of
from ui.session import api, fetch, fragment, live_board, translator
from ui.translator import HOUR, Translator

COLUMNS = (*STAGES, LOST)

MOST = 6
"""Lines of a list."""

SMALL = 0.01
"""Share below which a whole percentage would say nothing."""


def show() -> None:
    """Draw the page."""
    translate = translator()
    theme.title(translate("page.overview"), translate("overview.about"))
    _now()
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True):
        st.header(translate("overview.partners"), anchor=False)
        _partners(translate)
    with right, st.container(border=True):
        st.header(translate("overview.partners_by_uf"), anchor=False)
        _states(translate)


@fragment(run_every=2.0)
def _now() -> None:
    """Draw what changes by the minute."""
    translate, now = translator(), live_board()
    if not now.loaded:
        st.info(
            translate("unavailable.nothing" if now.unavailable else "wait.loading"),
            icon=":material/hourglass_top:",
        )
        return
    counts: dict[str, int] = fetch("/crm/board/counts")
    if not counts:
        st.info(translate("lead.none_yet"), icon=":material/person_add:")
        return
    cards = now.cards.all()
    counts = _without_lost(counts, cards)
    _numbers(translate, counts, cards)
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True):
        st.header(translate("overview.by_status"), anchor=False)
        total = sum(counts.values())
        rows = pd.DataFrame(
            {
                "code": COLUMNS,
                "name": [
                    f"{theme.MARKS[stage]} {translate.among('stage', stage)}" for stage in COLUMNS
                ],
                "count": [counts.get(stage, 0) for stage in COLUMNS],
                "label": [
                    _count_and_share(translate, counts.get(stage, 0), total) for stage in COLUMNS
                ],
            }
        )
        alt = charts.spoken(translate("overview.by_status"), rows)
        st.altair_chart(charts.bars(rows, by_stage=True), width="stretch", key="by_status", alt=alt)
        st.caption(_health(translate))
    with right, st.container(border=True, gap="xsmall"):
        st.header(translate("overview.waiting"), anchor=False)
        _waiting(translate, cards)
    with st.container(border=True, gap="xsmall"):
        st.header(translate("overview.moved"), anchor=False)
        _moved(translate, cards)


def _without_lost(counts: dict[str, int], cards: tuple[Card, ...]) -> dict[str, int]:
    """Return the counts by column with the lost leads in one of their own."""
    lost = Counter(card.stage for card in cards if card.lost)
    return {stage: counts.get(stage, 0) - lost[stage] for stage in STAGES} | {LOST: lost.total()}


def _numbers(translate: Translator, counts: dict[str, int], cards: tuple[Card, ...]) -> None:
    total, sent = sum(counts.values()), counts.get(STAGES[-1], 0)
    hour = _last_hour(cards)
    with st.container(key="numbers"):
        places = st.columns(4)
    places[0].metric(translate("overview.leads"), translate.number(total), border=True)
    places[1].metric(
        translate("overview.ready"), translate.number(counts.get(STAGES[2], 0)), border=True,
        help=translate("overview.ready_help"),
    )  # fmt: skip
    places[2].metric(
        translate("overview.conversion"), translate.percent(sent / total, 1), border=True,
        help=translate("overview.conversion_help"),
    )  # fmt: skip
    places[3].metric(
        translate("overview.moved_count"), translate.number(len(hour)), border=True,
        help=translate("overview.moved_help"),
    )  # fmt: skip


def _count_and_share(translate: Translator, count: int, total: int) -> str:
    share = count / total
    percent = translate.percent(share, 1 if 0 < share < SMALL else 0)
    return f"{translate.number(count)} · {percent}"


def _last_hour(cards: tuple[Card, ...]) -> list[Card]:
    since = time.monotonic() - HOUR
    moved = [
        card
        for card in cards
        if card.change and card.change.points and card.change.received_at > since
    ]
    return sorted(moved, key=lambda card: -card.change.received_at if card.change else 0.0)


def _moved(translate: Translator, cards: tuple[Card, ...]) -> None:
    moved = _last_hour(cards)[:MOST]
    if not moved:
        st.caption(translate("overview.moved_none"))
    for card in moved:
        if card.change is None:
            continue
        ago = translate.ago(time.monotonic() - card.change.received_at)
        cause = theme.escape_markdown(translate.cause(card.change.cause))
        label = (
            f"**{card.score}** {theme.MARKS[card.stage]} {theme.escape_markdown(card.name)}"
            f" · {card.change.points:+d} {cause} · {ago}"
        )
        lead_view.link(card.id, label, f"moved:{card.id}")


def _waiting(translate: Translator, cards: tuple[Card, ...]) -> None:
    """List leads worth a salesperson, the one whose next action was due first on top."""
    waiting = [
        card
        for card in cards
        if not card.lost
        and card.stage != STAGES[-1]
        and (card.score >= HOT or card.stage == STAGES[2])
    ]
    if not waiting:
        st.caption(translate("overview.waiting_none"))
        return
    for card in sorted(waiting, key=lambda card: (card.due, -card.score))[:MOST]:
        name = theme.escape_markdown(card.name)
        label = (
            f"**{card.score}** {theme.MARKS[card.stage]} {name} · {due_of(translate, card).marked}"
        )
        lead_view.link(card.id, label, f"waiting:{card.id}")
    if len(waiting) > MOST:
        st.caption(translate("overview.waiting_more", count=translate.number(len(waiting) - MOST)))


def _health(translate: Translator) -> str:
    info = fetch("/ml/model-info")
    if not info["available"]:
        return translate("overview.rules")
    quality = (info["fine_tuning"]["summary"] or {}).get("auc")
    if quality is None:
        return translate("overview.model", name=info["winner"]["id"])
    return translate(
        "overview.model_quality", name=info["winner"]["id"], right=translate.percent(quality)
    )


def _partners(translate: Translator) -> None:
    segments = fetch("/partners/summary")
    if not segments:
        st.caption(translate("partners.none"))
        return
    rows = pd.DataFrame(
        {
            "name": [translate.among("segment", segment["segmento"]) for segment in segments],
            "count": [segment["total"] for segment in segments],
            "label": [translate.number(segment["total"]) for segment in segments],
        }
    )
    alt = charts.spoken(translate("overview.partners"), rows)
    st.altair_chart(charts.bars(rows), width="stretch", key="partners_by_segment", alt=alt)


@st.cache_data(ttl=300, show_spinner=False)
def _partner_states() -> dict[str, int]:
    partners: list[dict[str, Any]] = api().get("/partners", limit=5000)
    return dict(Counter(partner["uf"] for partner in partners).most_common(8))


def _states(translate: Translator) -> None:
    counts = _partner_states()
    if not counts:
        st.caption(translate("partners.none"))
        return
    rows = pd.DataFrame(
        {
            "name": list(counts),
            "count": list(counts.values()),
            "label": [translate.number(count) for count in counts.values()],
        }
    )
    alt = charts.spoken(translate("overview.partners_by_uf"), rows)
    st.altair_chart(charts.bars(rows), width="stretch", key="partners_by_uf", alt=alt)
