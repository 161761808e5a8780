"""Access keys: who has one, one more, one fewer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from ui.session import act, api, aside, ask, words

if TYPE_CHECKING:
    from ui.words import Words

Key = dict[str, Any]

ADMIN = "admin"
ROLES = ("ingest", "viewer", "operator", ADMIN)

NEW = "new_key"
"""Where a new key is kept while it is shown."""


def keys(said: Words) -> None:
    """List the keys that were not revoked, each with the way to do so."""
    st.subheader(said("keys.title"), anchor=False)
    st.caption(said("keys.about"))
    held = [one for one in ask("/admin/keys")["items"] if one["revoked_at"] is None]
    if not held:
        st.info(said("keys.none"), icon=":material/lock_open:")
    for one in held:
        left, right = st.columns([4, 1], vertical_alignment="center")
        left.markdown(_line(said, one))
        last = one["role"] == ADMIN and [other["role"] for other in held].count(ADMIN) == 1
        if right.button(
            said("keys.revoke"), key=f"revoke:{one['id']}", width="stretch", disabled=last,
            help=said("keys.last") if last else None,
        ):  # fmt: skip
            aside(said("keys.revoke"), _confirm_revoke)(one)
    if st.button(said("keys.make"), icon=":material/key:"):
        st.session_state.pop(NEW, None)
        first = all(one["role"] != ADMIN for one in held)
        aside(said("keys.make"), _make, on_dismiss="rerun")(first)


def _line(said: Words, one: Key) -> str:
    ends = said("keys.until", day=said.day(one["expires_at"])) if one["expires_at"] else ""
    told = (f"**{one['id']} · {one['name']}**", said(f"keys.{one['role']}"), ends)
    return " · ".join(part for part in told if part)


def _confirm_revoke(one: Key) -> None:
    said = words()
    st.write(said("keys.revoke_sure", name=one["name"]))
    if st.button(said("keys.revoke_yes"), type="primary"):
        done = act(lambda: api().delete(f"/admin/keys/{one['id']}"), said("keys.revoked"))
        if done is not None:
            st.rerun()


def _make(first: bool) -> None:
    said = words()
    new: Key | None = st.session_state.get(NEW)
    if new is not None:
        _tell(said, new, first=first)
        return
    if first:
        st.warning(said("keys.first"), icon=":material/lock:")
    with st.form("key"):
        name = st.text_input(said("keys.name"), max_chars=300)
        roles = (ADMIN,) if first else ROLES
        role = st.selectbox(said("keys.role"), roles, format_func=lambda one: said(f"keys.{one}"))
        days = st.number_input(said("keys.days"), 1, 3650, None, placeholder=said("keys.for_ever"))
        sent = st.form_submit_button(said("keys.make_yes"), type="primary")
    if not sent:
        return
    if not name.strip():
        st.warning(said("keys.name_needed"), icon=":material/info:")
        return
    done = act(lambda: api().post("/admin/keys", name=name, role=role, days=days))
    if done is not None:
        if first:
            # Keys are asked for from now on: this admin goes on with the one it was just told.
            api().carry(done["key"])
        st.session_state[NEW] = done
        st.rerun(scope="fragment")


def _tell(said: Words, new: Key, *, first: bool) -> None:
    """Show a new key, once."""
    st.success(said("keys.made"), icon=":material/check_circle:")
    st.code(new["key"], language=None)
    if first:
        st.warning(said("keys.first_made"), icon=":material/lock:")
    if st.button(said("keys.copied"), type="primary"):
        st.session_state.pop(NEW)
        st.rerun()
