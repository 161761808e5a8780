"""What the heads beside the primary one say of a lead, on its page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import streamlit as st

from ui import lead_view
from ui.session import fetch, live_board

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ui.translator import Translator


def answers(translate: Translator, lead_id: str) -> None:
    """Show each other head's score, chance and reasons, and since when; nothing without heads."""
    items = _answers_now(lead_id)
    if not items:
        return
    with st.container(border=True):
        st.header(translate("heads.title"), anchor=False)
        for item in items:
            _answer(translate, lead_id, item)


def name(translate: Translator, head: Mapping[str, Any]) -> str:
    """Return a head in words, with the days within which it is answered."""
    days = translate.number(head["horizon_days"])
    return translate("heads.within", head=translate.among("head", head["head"]), days=days)


def _answers_now(lead_id: str) -> list[dict[str, Any]]:
    """Return what heads say, read again only when the lead was scored: they are scored with it."""
    card = live_board().cards.get(lead_id)
    cached: dict[str, Any] = st.session_state.setdefault("heads", {})
    seen, items = cached.get(lead_id, (None, None))
    if items is None or seen is not card:
        items = fetch(f"/leads/{lead_id}/heads")["items"]
        cached.clear()
        cached[lead_id] = (card, items)
    return list(items)


def _answer(translate: Translator, lead_id: str, item: Mapping[str, Any]) -> None:
    asked, said = name(translate, item), item["said"]
    if said is None:
        why = "heads.not_yet" if item["model_version"] else "heads.no_model"
        text = translate(why, head=item["head"])
        st.html(
            f'<div class="g-line"><b>{escape(asked)}</b><br><small>{escape(text)}</small></div>'
        )
        return
    facts = (
        translate("heads.chance", percent=translate.percent(said["probability"])),
        translate("heads.since", when=translate.when(said["since"])),
    )
    st.html(
        f'<div class="g-line" data-head="{escape(item["head"])}" data-score="{said["score"]}">'
        f"<b>{said['score']}</b> · <b>{escape(asked)}</b><br>"
        f"<small>{escape(' · '.join(facts))}</small></div>"
    )
    with st.expander(translate("heads.why", head=asked)):
        lead_view.reasons(translate, lead_id, {"score_motivos": said["motivos"]})
