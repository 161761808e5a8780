"""What every page of one reader's session uses: words, the API, the live board, calm errors."""

from __future__ import annotations

import time
from functools import wraps
from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import streamlit as st

from domain.catalogue import LANGUAGES
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

TOLD = "told"
"""Key of what is said in passing."""

SAID_FOR = 4.0
"""Seconds for which it stays."""

AGAIN = 1.0
"""Seconds within which the same action is the same click."""

DONE, NOT_DONE = "✓", "✕"

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


def act(do: Callable[[], T], done: str | None = None, *, once: str | None = None) -> T | None:
    """Do something that changes data; say that it is done, or why it was not.

    Parameters
    ----------
    do
        What to do.
    done
        What to say then.
    once
        A name for it, where doing it or saying why not twice would matter: Streamlit calls a
        callback again when a timer comes between it and the drawing.

    Returns
    -------
    object
        What it returned, or None when it was not done.
    """
    acted: dict[str, float] = st.session_state.setdefault("acted", {})
    if once is not None and time.monotonic() - acted.get(once, -AGAIN) < AGAIN:
        return None
    said = words()
    try:
        result = do()
    except AwayError:
        tell(said("away.not_done"), NOT_DONE)
        return None
    except RefusedError as error:
        tell(refusal(error), NOT_DONE)
        return None
    finally:
        if once is not None:
            acted[once] = time.monotonic()
    if done:
        tell(done, DONE)
    return result


def wait_for(path: str, too_little: str, **body: Any) -> Any:
    """Have the API do something long, and return its answer; None, and said why, if it did not.

    Parameters
    ----------
    path
        What to do.
    too_little
        What to say when there is too little data for it.
    body
        What to send.
    """
    try:
        return api().work(path, **body)
    except AwayError:
        st.warning(words()("away.not_done"), icon=":material/cloud_off:")
    except RefusedError as error:
        early = error.status == HTTPStatus.BAD_REQUEST
        st.warning(too_little if early else refusal(error), icon=":material/info:")
    return None


def tell(text: str, mark: str) -> None:
    """Have something said in passing, above whatever is open.

    Not by Streamlit's toasts: drawn by a callback or by a part of a page, one takes the place of an
    open dialog.
    """
    st.session_state.setdefault(TOLD, []).append((time.monotonic() + SAID_FOR, mark, text))


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


def part(run_every: float | None = None) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Make a part of a page that is drawn by itself, every so many seconds if given."""

    def made(show: Callable[P, None]) -> Callable[P, None]:
        return st.fragment(run_every=run_every)(calm(show))

    return made


def aside(title: str, show: Callable[P, None], **how: Any) -> Callable[P, None]:
    """Return a dialog; `how` goes to Streamlit."""
    opened: Callable[P, None] = st.dialog(title, **how)(calm(show))
    return opened


@part(run_every=1.0)
def watch() -> None:
    """Say what is to be said in passing, and while the API is away; then draw the page again."""
    now = time.monotonic()
    told = [one for one in st.session_state.get(TOLD, ()) if one[0] > now]
    st.session_state[TOLD] = told
    lines = "".join(f"<p>{mark} {escape(text)}</p>" for _, mark, text in told)
    st.html(f'<div class="g-told" role="status">{lines}</div>')
    if live().away:
        st.session_state.away = True
        st.warning(words()("away.banner"), icon=":material/cloud_off:")
    elif st.session_state.get("away") and live().loaded:
        st.session_state.away = False
        st.rerun()
