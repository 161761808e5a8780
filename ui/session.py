"""What every page of one reader's session uses: words, the API, the live board, calm errors."""

from __future__ import annotations

from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import streamlit as st

from leads.catalogue import LANGUAGES
from ui.cards import Cards
from ui.client import Api, AwayError, RefusedError
from ui.live import Live
from ui.settings import settings
from ui.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")

KEPT = 100
"""Answers a session keeps to show while the API is away, at the most."""

LANGUAGE = "lang"
"""Key of the language in the session state and in the address."""


def words() -> Words:
    """Return the reader's language."""
    language = st.session_state.get(LANGUAGE) or settings().language
    zone = st.context.timezone or "America/Sao_Paulo"
    return Words(language if language in LANGUAGES else LANGUAGES[0], zone)


@st.cache_resource(show_spinner=False)
def api() -> Api:
    """Return the API; all sessions share its connections."""
    return Api(settings().api_url, settings().api_key)


@st.cache_resource(show_spinner=False)
def live() -> Live:
    """Return the live board, which all sessions share."""
    found = Live(api(), Cards())
    found.start()
    return found


def ready() -> bool:
    """Tell whether the board was read; until then, say that it is on its way."""
    now, said = live(), words()
    if not now.loaded:
        text = said("away.nothing" if now.away else "wait.loading")
        st.info(text, icon=":material/hourglass_top:")
    return now.loaded


def ask(path: str, **params: Any) -> Any:
    """Read from the API; while it is away, return what it said last.

    Raises
    ------
    AwayError
        When it is away and never answered this.
    RefusedError
        When it won't answer.
    """
    kept: dict[Any, Any] = st.session_state.setdefault("kept", {})
    question = (path, tuple(sorted(params.items())))
    try:
        kept[question] = api().get(path, **params)
    except AwayError:
        st.session_state.away = True
        if question not in kept:
            raise
    if len(kept) > KEPT:
        kept.pop(next(iter(kept)))
    return kept[question]


def act(do: Callable[[], T], done: str | None = None) -> T | None:
    """Do something that changes data; say that it is done, or why it was not.

    Returns
    -------
    object
        What it returned, or None when it was not done.
    """
    said = words()
    try:
        result = do()
    except AwayError:
        st.toast(said("away.not_done"), icon=":material/cloud_off:")
        return None
    except RefusedError as error:
        st.toast(refusal(error), icon=":material/block:")
        return None
    if done:
        st.toast(done, icon=":material/check_circle:")
    return result


def refusal(error: RefusedError) -> str:
    """Return in words why the API won't, and what to do."""
    said = words()
    known = {
        401: "error.key", 403: "error.role", 404: "error.gone", 409: "error.conflict",
        429: "error.busy",
    }  # fmt: skip
    if error.status in known:
        return said(known[error.status])
    broken = error.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return said("error.broken") if broken else said("error.refused", text=str(error))


def calm(show: Callable[P, None]) -> Callable[P, None]:
    """Wrap a page or a fragment so that what goes wrong is said in words, in its place."""

    @wraps(show)
    def shown(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            show(*args, **kwargs)
        except AwayError:
            st.session_state.away = True
            st.info(words()("away.nothing"), icon=":material/cloud_off:")
        except RefusedError as error:
            st.warning(refusal(error), icon=":material/info:")

    return shown


@st.fragment(run_every=1.0)
def watch() -> None:
    """Say while the API is away; when it is back, draw the page again."""
    away = live().away
    if away:
        st.session_state.away = True
        st.warning(words()("away.banner"), icon=":material/cloud_off:")
    elif st.session_state.get("away") and live().loaded:
        st.session_state.away = False
        st.rerun()
