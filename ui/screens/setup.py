"""How Galope is set up here, and what puts its data in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from ui import keyring, look, policy
from ui.session import act, api, aside, calm, words

if TYPE_CHECKING:
    from ui.words import Words

FOUND = "duplicates"


def show() -> None:
    """Draw the page."""
    said = words()
    look.title(said("page.setup"), said("setup.about"))
    calm(_decisions)(said)
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True):
        calm(keyring.keys)(said)
    with right:
        with st.container(border=True):
            _duplicates(said)
        with st.container(border=True):
            _demo(said)


def _decisions(said: Words) -> None:
    found = policy.now()
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True):
        policy.outcomes(said, found)
    with right, st.container(border=True):
        policy.bands(said, found)
    with st.container(border=True):
        policy.rules(said, found)
    with st.container(border=True):
        policy.made(said, found)


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
