"""How Galope is set up here, and what puts its data in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from leads.bands import HOT, WARM
from ui import look
from ui.session import act, api, aside, ask, words

if TYPE_CHECKING:
    from ui.words import Words

FOUND = "duplicates"


def show() -> None:
    """Draw the page."""
    said = words()
    look.title(said("page.setup"), said("setup.about"))
    left, right = st.columns(2, gap="medium")
    with left:
        with st.container(border=True):
            _bands(said)
        with st.container(border=True):
            _duplicates(said)
    with right:
        with st.container(border=True):
            _keys(said)
        with st.container(border=True):
            _demo(said)
    with st.container(border=True):
        _rules(said)


def _bands(said: Words) -> None:
    st.subheader(said("setup.bands"), anchor=False)
    for status, low, high in (
        ("CURIOSO", 0, WARM - 1), ("AQUECENDO", WARM, HOT - 1), ("QUALIFICADO", HOT, 100),
    ):  # fmt: skip
        st.html(
            f"{look.pill(status, said.among('stage', status))} "
            f"<span>{said('setup.band', low=low, high=high)}</span>"
        )
    st.caption(said("setup.gate"))
    st.caption(said("setup.outcomes"))


def _rules(said: Words) -> None:
    st.subheader(said("setup.rules"), anchor=False)
    st.caption(said("setup.rules_about"))
    found = sorted(ask("/crm/event-rules")["items"], key=lambda one: -one["delta"])
    rows = pd.DataFrame(
        {
            "what": [said.event(one["event_type"]) for one in found],
            "points": [f"{one['delta']:+d}" for one in found],
            "signals": [_signals(said, one["signal_patch"]) for one in found],
        }
    )
    columns = {str(name): said(f"setup.rule_{name}") for name in rows}
    st.dataframe(rows, hide_index=True, column_config=columns, height=300)


def _signals(said: Words, patch: dict[str, bool]) -> str:
    return ", ".join(
        said("setup.confirms" if on else "setup.withdraws", what=said.signal(signal))
        for signal, on in patch.items()
    )


def _keys(said: Words) -> None:
    st.subheader(said("setup.keys"), anchor=False)
    st.write(said("setup.keys_about"))
    st.code("python -m api.keys --help", language="sh")


def _duplicates(said: Words) -> None:
    st.subheader(said("setup.duplicates"), anchor=False)
    st.write(said("setup.duplicates_about"))
    if st.button(said("setup.duplicates_look"), icon=":material/search:"):
        st.session_state[FOUND] = act(lambda: api().post("/admin/dedup-leads", dry_run=True))
    found: dict[str, Any] | None = st.session_state.get(FOUND)
    if found is None:
        return
    if not found["duplicate_rows"]:
        st.success(said("setup.duplicates_none"), icon=":material/check_circle:")
        return
    st.warning(said("setup.duplicates_found", count=said.number(found["duplicate_rows"])))
    st.button(
        said("setup.duplicates_merge"), type="primary", icon=":material/merge:", on_click=_merge
    )


def _merge() -> None:
    done = act(
        lambda: api().post("/admin/dedup-leads", dry_run=False), words()("setup.duplicates_done")
    )
    if done is not None:
        st.session_state.pop(FOUND, None)


def _demo(said: Words) -> None:
    st.subheader(said("setup.demo"), anchor=False)
    st.write(said("setup.demo_about"))
    if st.button(said("setup.demo_again"), icon=":material/restart_alt:"):
        aside(said("setup.demo_again"), _confirm_demo)()


def _confirm_demo() -> None:
    said = words()
    st.write(said("setup.demo_sure"))
    if st.button(said("setup.demo_yes"), type="primary"):
        with st.spinner(said("setup.demo_doing"), show_time=True):
            done = act(
                lambda: api().post("/demo/seed-leads", n=300, replace=True, seed=7),
                said("setup.demo_done"),
            )
        if done is not None:
            st.rerun()
