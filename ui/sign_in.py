"""Who works here: signing in by a password or an identity provider, and the account in the menu."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import streamlit as st

from ui import alerts, theme
from ui.client import RefusedError, UnavailableError
from ui.session import LANGUAGE, TOKEN, USER, api, fragment, own_api, perform, translator, user

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ui.translator import Translator

COOKIE = "galope_session"
"""Name of the cookie that has the session's token; ``document.js`` sets it."""

SIGNED_OUT = "signed_out"
"""Key of whether the reader has signed out; the cookie that came with the page is then void."""

NEEDED = "sign_in_needed"
"""Key of whether people are to sign in, as the API said last."""

OUTSIDE = "stays_outside"
"""Key of why whom an identity provider sent may not come in: a text's key, and their e-mail."""

LOOKS_S = 20.0
"""Seconds between looks at whether who reads an open page still may."""

SHORTEST = 10
"""Characters of a password at the least; the API asks for as many."""


def signed_in() -> bool:
    """Tell whether the reader may see the pages: nobody is to sign in, or this one has."""
    state = st.session_state
    if TOKEN not in state and not state.get(SIGNED_OUT):
        state[TOKEN] = st.context.cookies.get(COOKIE)
    try:
        said = _who()
        if said["sign_in"] and said["user"] is None and st.user.get("is_logged_in"):
            said = _by_provider()
    except UnavailableError:
        return user() is not None or state.get(NEEDED) is False
    except RefusedError:
        return True  # the API lets this admin in nowhere; each page says so
    state[USER], state[NEEDED] = said["user"], said["sign_in"]
    return said["user"] is not None or not said["sign_in"]


@fragment(run_every=LOOKS_S)
def watch() -> None:
    """Take an open page from who may see it no more: a session ends, or people are to sign in."""
    if not signed_in():
        st.rerun()


def _who() -> dict[str, Any]:
    """Return who the API takes the reader for; a session that has ended is forgotten."""
    said: dict[str, Any]
    try:
        said = api().get("/session")
    except RefusedError as error:
        if error.status != HTTPStatus.UNAUTHORIZED or not st.session_state.get(TOKEN):
            raise
        st.session_state[TOKEN] = None
        said = own_api().get("/session")
    return said


def _by_provider() -> dict[str, Any]:
    """Begin a session for whom an identity provider confirmed, where they work here."""
    email = str(st.user.get("email") or "")
    try:
        if "@" not in email:
            st.session_state[OUTSIDE] = ("sign_in.no_email", email)
        elif st.user.get("email_verified") is False:
            st.session_state[OUTSIDE] = ("sign_in.unverified", email)
        else:
            st.session_state[TOKEN] = own_api().post("/session", email=email)["token"]
    except RefusedError:
        st.session_state[OUTSIDE] = ("sign_in.unknown", email)
    return _who()


def providers() -> Iterator[str | None]:
    """Yield the identity providers of ``[auth]`` in Streamlit's secrets; None is the only one."""
    if "is_logged_in" not in st.user:
        return
    section = st.secrets["auth"]
    if "client_id" in section:
        yield None
    yield from (name for name, one in section.items() if "client_id" in dict_of(one))


def dict_of(value: Any) -> dict[str, Any]:
    """Return a section of the secrets; nothing where a value is none."""
    return value.to_dict() if hasattr(value, "to_dict") else {}


def show() -> None:
    """Draw the page that asks who the reader is."""
    translate = translator()
    theme.title(translate("page.sign_in"), translate("sign_in.about"))
    if OUTSIDE in st.session_state:
        why, email = st.session_state[OUTSIDE]
        told = translate(why, email=theme.escape_markdown(email))
        st.warning(told, icon=":material/no_accounts:")
        if st.button(translate("sign_in.out"), icon=":material/logout:"):
            st.session_state.pop(OUTSIDE)
            st.logout()
    for provider in providers():
        name = provider.capitalize() if provider else translate("sign_in.provider")
        st.button(
            translate("sign_in.with", name=name), key=f"with:{provider}", icon=":material/login:",
            on_click=st.login, args=(provider,),
        )  # fmt: skip
    with st.form("sign_in", width=420):
        email = st.text_input(translate("field.email"), autocomplete="username", max_chars=300)
        password = st.text_input(
            translate("sign_in.password"), type="password", autocomplete="current-password",
            max_chars=200,
        )  # fmt: skip
        sent = st.form_submit_button(translate("sign_in.in"), type="primary")
    if sent:
        _by_password(translate, email.strip(), password)


def _by_password(translate: Translator, email: str, password: str) -> None:
    try:
        made = own_api().post("/session", email=email, password=password)
    except UnavailableError:
        st.warning(translate("unavailable.not_done"), icon=":material/cloud_off:")
        return
    except RefusedError as error:
        many = error.status == HTTPStatus.TOO_MANY_REQUESTS
        text = translate("sign_in.too_many" if many else "sign_in.wrong")
        st.warning(text, icon=":material/info:")
        return
    st.session_state[TOKEN] = made["token"]
    st.session_state[SIGNED_OUT] = False
    st.rerun()


def account(translate: Translator) -> None:
    """Show in the menu who has signed in, with the ways to sign out and to change the password."""
    if (known := user()) is None:
        return
    name = theme.escape_markdown(known["name"])
    with st.sidebar.container(key="account"), st.popover(name, icon=":material/account_circle:"):
        st.caption(translate(f"users.{known['role']}"))
        alerts.permission(translate)
        if st.button(translate("sign_in.out"), icon=":material/logout:"):
            _sign_out()
        with st.form("password", border=False, clear_on_submit=True):
            current = st.text_input(
                translate("sign_in.current"), type="password", autocomplete="current-password"
            )
            new = st.text_input(
                translate("sign_in.new"), type="password", autocomplete="new-password"
            )
            if st.form_submit_button(translate("sign_in.change")):
                _change(translate, current, new)


def _change(translate: Translator, current: str, new: str) -> None:
    if len(new) < SHORTEST:
        st.warning(translate("sign_in.short", count=SHORTEST), icon=":material/info:")
        return
    try:
        api().put("/session/password", current=current, new=new)
    except RefusedError as error:
        many = error.status == HTTPStatus.TOO_MANY_REQUESTS
        text = translate("sign_in.too_many" if many else "sign_in.wrong")
        st.warning(text, icon=":material/info:")
    else:
        st.success(translate("sign_in.changed"), icon=":material/check_circle:")


def _sign_out() -> None:
    """End the session here and at the identity provider, and forget what was read in it."""
    if perform(lambda: api().delete("/session")) is None:
        return
    for key in [key for key in st.session_state if key != LANGUAGE]:
        del st.session_state[key]
    st.session_state[SIGNED_OUT] = True
    if st.user.get("is_logged_in"):
        st.logout()  # takes the browser there and back; running anew would call that off
    else:
        st.rerun()
