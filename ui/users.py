"""Users on the settings page: who works here, one more, one fewer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from ui import secret
from ui.session import api, dialog, fetch, perform, translator
from ui.theme import escape_markdown

if TYPE_CHECKING:
    from ui.translator import Translator

User = dict[str, Any]

ADMIN = "admin"
ROLES = ("seller", "manager", "viewer", ADMIN)

NEW = "new_password"
"""Where a new password is kept while it is shown."""


def user_list(translate: Translator) -> None:
    """List who works here, each with what they may do."""
    st.header(translate("users.title"), anchor=False)
    users = fetch("/users")["items"]
    st.caption(translate("users.about" if users else "users.none"))
    admins = [user["role"] for user in users].count(ADMIN)
    for user in users:
        last_admin = user["role"] == ADMIN and admins == 1
        with st.container(horizontal=True, vertical_alignment="center"):
            name, email = escape_markdown(user["name"]), escape_markdown(user["email"])
            role = translate(f"users.{user['role']}")
            team = user["team"] and translate("users.in_team", name=escape_markdown(user["team"]))
            st.markdown(" · ".join(filter(None, (f"**{name}**", email, role, team))))
            if st.button(
                translate("users.change"), key=f"user:{user['id']}", type="tertiary",
                icon=":material/edit:", help=translate("users.change_whose", name=user["name"]),
            ):  # fmt: skip
                st.session_state.pop(NEW, None)
                show = dialog(user["name"], _change, on_dismiss="rerun")
                show(user, last_admin and len(users) > 1)
    if st.button(translate("users.add"), icon=":material/person_add:"):
        st.session_state.pop(NEW, None)
        dialog(translate("users.add"), _add, on_dismiss="rerun")(first=not users)


def _role(translate: Translator, roles: tuple[str, ...], at: int = 0) -> str:
    return st.selectbox(
        translate("keys.role"), roles, at,
        format_func=lambda code: f"{translate(f'users.{code}')}: {translate(f'users.{code}_may')}",
    )  # fmt: skip


def _team(translate: Translator, now: str = "") -> str:
    return st.text_input(
        translate("users.team"), now, max_chars=300, help=translate("users.team_about")
    ).strip()


def _add(*, first: bool) -> None:
    translate = translator()
    if secret.shown_once(translate, NEW, translate("users.made")):
        return
    with st.form("add_user"):
        name = st.text_input(translate("field.nome"), max_chars=300)
        email = st.text_input(translate("field.email"), max_chars=300)
        role = _role(translate, (ADMIN,) if first else ROLES)
        team = _team(translate)
        sent = st.form_submit_button(translate("users.add_yes"), type="primary")
    if not sent:
        return
    if not name.strip() or "@" not in email:
        st.warning(translate("users.needed"), icon=":material/info:")
        return
    _show(perform(lambda: api().post("/admin/users", name=name, email=email, role=role, team=team)))


def _change(user: User, kept: bool) -> None:
    """Change what a user may do, their password, or that they work here; a last admin is kept."""
    translate = translator()
    if secret.shown_once(translate, NEW, translate("users.made")):
        return
    path = f"/admin/users/{user['id']}"
    before = {"role": user["role"], "team": user["team"] or ""}
    if kept:
        st.caption(translate("users.last"))
    role = user["role"] if kept else _role(translate, ROLES, ROLES.index(user["role"]))
    change = {"role": role, "team": _team(translate, before["team"])}
    done = translate("users.changed", name=user["name"])
    saved = st.button(translate("users.save"), type="primary", disabled=change == before)
    if saved and perform(lambda: api().patch(path, **change), done) is not None:
        st.rerun()
    if st.button(translate("users.renew"), icon=":material/password:"):
        _show(perform(lambda: api().post(f"{path}/password")))
    if kept:
        return
    st.caption(translate("users.remove_about"))
    if st.button(translate("users.remove"), icon=":material/person_remove:"):
        done = translate("users.removed", name=user["name"])
        if perform(lambda: api().delete(path), done) is not None:
            st.rerun()


def _show(told: dict[str, Any] | None) -> None:
    """Show a new password from now on."""
    if told is not None:
        st.session_state[NEW] = told["password"]
        st.rerun(scope="fragment")
