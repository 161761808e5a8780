"""Access keys: who has one, one more, one fewer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from ui import secret
from ui.session import api, dialog, fetch, perform, translator
from ui.theme import escape_markdown

if TYPE_CHECKING:
    from ui.translator import Translator

Key = dict[str, Any]

ADMIN = "admin"
ROLES = ("ingest", "viewer", "operator", ADMIN)

FIRST = "python -m api.keys add NAME --role admin"
"""What makes the first key. Over HTTP, whoever a proxy lets in could make it."""

NEW = "new_key"
"""Where a new key is kept while it is shown."""


def key_list(translate: Translator) -> None:
    """List the keys that were not revoked, each with the way to do so."""
    st.header(translate("keys.title"), anchor=False)
    st.caption(translate("keys.about"))
    active = [key for key in fetch("/admin/keys")["items"] if key["revoked_at"] is None]
    if not active:
        st.info(translate("keys.none"), icon=":material/lock_open:")
    for key in active:
        left, right = st.columns([4, 1], vertical_alignment="center")
        left.markdown(_line(translate, key))
        last_admin = key["role"] == ADMIN and [other["role"] for other in active].count(ADMIN) == 1
        if right.button(
            translate("keys.revoke"),
            key=f"revoke:{key['id']}",
            width="stretch",
            disabled=last_admin,
            help=translate("keys.last") if last_admin else None,
        ):
            dialog(translate("keys.revoke"), _confirm_revoke)(key)
    if all(key["role"] != ADMIN for key in active):
        st.warning(translate("keys.first"), icon=":material/lock:")
        st.code(FIRST, language="sh")
    elif st.button(translate("keys.make"), icon=":material/key:"):
        st.session_state.pop(NEW, None)
        dialog(translate("keys.make"), _make, on_dismiss="rerun")()


def _line(translate: Translator, key: Key) -> str:
    ends = (
        translate("keys.until", day=translate.day(key["expires_at"])) if key["expires_at"] else ""
    )
    name = escape_markdown(key["name"])
    texts = (f"**{key['id']} · {name}**", translate(f"keys.{key['role']}"), ends)
    return " · ".join(text for text in texts if text)


def _confirm_revoke(key: Key) -> None:
    translate = translator()
    st.write(translate("keys.revoke_sure", name=escape_markdown(key["name"])))
    if st.button(translate("keys.revoke_yes"), type="primary"):
        done = perform(lambda: api().delete(f"/admin/keys/{key['id']}"), translate("keys.revoked"))
        if done is not None:
            st.rerun()


def _make() -> None:
    translate = translator()
    if secret.shown_once(translate, NEW, translate("keys.made")):
        return
    with st.form("key"):
        name = st.text_input(translate("keys.name"), max_chars=300)
        role = st.selectbox(
            translate("keys.role"), ROLES, format_func=lambda code: translate(f"keys.{code}")
        )
        days = st.number_input(
            translate("keys.days"), 1, 3650, None, placeholder=translate("keys.for_ever")
        )
        sent = st.form_submit_button(translate("keys.make_yes"), type="primary")
    if not sent:
        return
    if not name.strip():
        st.warning(translate("keys.name_needed"), icon=":material/info:")
        return
    done = perform(lambda: api().post("/admin/keys", name=name, role=role, days=days))
    if done is not None:
        st.session_state[NEW] = done["key"]
        st.rerun(scope="fragment")
