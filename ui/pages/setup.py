"""How Galope is set up here, and what puts its data in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from ui import (
    access_keys,
    asked_heads,
    customer_kinds,
    learned_actions,
    motives,
    policy,
    theme,
    users,
    webhooks,
)
from ui.contact_hours import contact_hours_form
from ui.session import api, dialog, perform, show_errors, translator

if TYPE_CHECKING:
    from ui.translator import Translator

FOUND = "duplicates"


def show() -> None:
    """Draw the page."""
    translate = translator()
    theme.title(translate("page.setup"), translate("setup.about"))
    show_errors(_decisions)(translate)
    left, right = st.columns(2, gap="medium")
    with left:
        with st.container(border=True):
            show_errors(users.user_list)(translate)
        with st.container(border=True):
            show_errors(access_keys.key_list)(translate)
    with right:
        with st.container(border=True):
            show_errors(webhooks.webhook_list)(translate)
        with st.container(border=True):
            _duplicates(translate)
        with st.container(border=True):
            _demo(translate)


def _decisions(translate: Translator) -> None:
    current = policy.current()
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True):
        policy.outcomes_form(translate, current)
    with right, st.container(border=True):
        policy.bands_form(translate, current)
    with st.container(border=True):
        policy.rules_form(translate, current)
    with st.container(border=True):
        asked_heads.heads_form(translate, current)
    with st.container(border=True):
        motives.motives_form(translate, current)
    with st.container(border=True):
        learned_actions.actions_form(translate, current)
    with st.container(border=True):
        contact_hours_form(translate, current)
    with st.container(border=True):
        customer_kinds.kinds_form(translate, current)
    with st.container(border=True):
        policy.decision_list(translate, current)


def _duplicates(translate: Translator) -> None:
    st.header(translate("setup.duplicates"), anchor=False)
    st.write(translate("setup.duplicates_about"))
    if st.button(translate("setup.duplicates_look"), icon=":material/search:"):
        st.session_state[FOUND] = perform(lambda: api().post("/admin/dedup-leads", dry_run=True))
    duplicates: dict[str, Any] | None = st.session_state.get(FOUND)
    if duplicates is None:
        return
    if not duplicates["rows_to_delete"]:
        st.success(translate("setup.duplicates_none"), icon=":material/check_circle:")
        return
    st.warning(
        translate("setup.duplicates_found", count=translate.number(duplicates["rows_to_delete"]))
    )
    st.button(
        translate("setup.duplicates_merge"),
        type="primary",
        icon=":material/merge:",
        on_click=_merge,
    )


def _merge() -> None:
    done = perform(
        lambda: api().post("/admin/dedup-leads", dry_run=False),
        translator()("setup.duplicates_done"),
    )
    if done is not None:
        st.session_state.pop(FOUND, None)


def _demo(translate: Translator) -> None:
    st.header(translate("setup.demo"), anchor=False)
    st.write(translate("setup.demo_about"))
    if st.button(translate("setup.demo_again"), icon=":material/restart_alt:"):
        dialog(translate("setup.demo_again"), _confirm_demo)()


def _confirm_demo() -> None:
    translate = translator()
    st.write(translate("setup.demo_sure"))
    if st.button(translate("setup.demo_yes"), type="primary"):
        with st.spinner(translate("setup.demo_doing"), show_time=True):
            done = perform(
                lambda: api().post("/demo/seed-leads", n=300, replace=True, seed=7),
                translate("setup.demo_done"),
            )
        if done is not None:
            st.rerun()
