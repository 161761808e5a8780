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
from ui.client import Api, RefusedError, UnavailableError
from ui.live_board import LiveBoard
from ui.settings import settings
from ui.theme import escape_markdown
from ui.translator import Translator

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")

MAX_ANSWERS = 100
"""Answers a session keeps to show while the API is away, at the most."""

NOTICES = "told"
"""Key of what is to be said in passing."""

SHOWN = "shown"
"""Key of what is being said, each with until when."""

NOTICE_S = 4.0
"""Seconds for which it stays."""

DOUBLE_CLICK_S = 1.0
"""Seconds within which the same action is the same click."""

DONE, NOT_DONE = "✓", "✕"

LANGUAGE = "lang"
"""Key of the language in the session state and in the address."""


TOKEN = "token"  # noqa: S105 - the name of one
"""Key of the token of the reader's session at the API, in the session state."""

USER = "user"
"""Key of who that is."""


def translator() -> Translator:
    """Return the reader's language."""
    language = st.session_state.get(LANGUAGE) or settings().language
    zone = st.context.timezone or "America/Sao_Paulo"
    return Translator(language if language in LANGUAGES else LANGUAGES[0], zone)


@st.cache_resource(show_spinner=False)
def own_api() -> Api:
    """Return the API with the admin's own key; all sessions share its connections."""
    return Api(settings().api_url, settings().api_key)


def api() -> Api:
    """Return the API as the reader may use it."""
    token = st.session_state.get(TOKEN)
    return own_api().acting(token) if token else own_api()


def user() -> dict[str, Any] | None:
    """Return who has signed in; nobody where people need not."""
    known: dict[str, Any] | None = st.session_state.get(USER)
    return known


@st.cache_resource(show_spinner=False)
def live_board() -> LiveBoard:
    """Return the live board, which all sessions share."""
    board = LiveBoard(own_api(), Cards())
    board.start()
    return board


def board_ready() -> bool:
    """Tell whether the board was read; until then, say that it is on its way."""
    board, translate = live_board(), translator()
    if not board.loaded:
        text = translate("unavailable.nothing" if board.unavailable else "wait.loading")
        st.info(text, icon=":material/hourglass_top:")
    return board.loaded


def fetch(path: str, **params: Any) -> Any:
    """Read from the API; while it is away, return what it translate last.

    Raises
    ------
    UnavailableError
        When it is away and never answered this.
    RefusedError
        When it won't answer.
    """
    answers: dict[Any, Any] = st.session_state.setdefault("kept", {})
    question = (path, tuple(sorted(params.items())))
    try:
        answers[question] = api().get(path, **params)
    except UnavailableError:
        st.session_state.unavailable = True
        if question not in answers:
            raise
    if len(answers) > MAX_ANSWERS:
        answers.pop(next(iter(answers)))
    return answers[question]


def perform(do: Callable[[], T], done: str | None = None, *, once: str | None = None) -> T | None:
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
    if once is not None and time.monotonic() - acted.get(once, -DOUBLE_CLICK_S) < DOUBLE_CLICK_S:
        return None
    translate = translator()
    try:
        result = do()
    except UnavailableError:
        notify(translate("unavailable.not_done"), NOT_DONE)
        return None
    except RefusedError as error:
        notify(refusal(error), NOT_DONE)
        return None
    finally:
        if once is not None:
            acted[once] = time.monotonic()
    if done:
        notify(done, DONE)
    return result


def attempt(do: Callable[[], T], too_little: str | None = None) -> T | None:
    """Do something that changes data; where it was not done, say why in this place.

    For what is refused with reasons that take longer to read than what is said in passing stays.

    Parameters
    ----------
    do
        What to do.
    too_little
        What to say of a bad request, where that can only mean that there is too little data.
    """
    try:
        return do()
    except UnavailableError:
        st.warning(translator()("unavailable.not_done"), icon=":material/cloud_off:")
    except RefusedError as error:
        early = too_little if error.status == HTTPStatus.BAD_REQUEST else None
        st.warning(early or escape_markdown(refusal(error)), icon=":material/info:")
    return None


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
    return attempt(lambda: api().post_long(path, **body), too_little)


def new_choice(key: str, shown: T) -> T | None:
    """Return what the reader chose where `shown` was shown, or None where it is that.

    A browser tells the value of a choice until it has drawn that the choice is gone. Streamlit has
    forgotten it by then, and takes what is told for a change. And it calls back once more for a
    choice that was taken, where that was not drawn yet: the choice is gone by then.
    """
    value: T = st.session_state.get(key, shown)
    return None if value == shown else value


def notify(text: str, mark: str) -> None:
    """Have something said in passing, above whatever is open.

    Not by Streamlit's toasts: drawn by a callback or by a part of a page, one takes the place of an
    open dialog.
    """
    st.session_state.setdefault(NOTICES, []).append((mark, text))


def refusal(error: RefusedError) -> str:
    """Return in words why the API won't, and what to do."""
    translate = translator()
    role = "error.role" if user() is None else "error.user_role"
    texts = {
        401: "error.key", 403: role, 404: "error.gone", 409: "error.conflict",
        429: "error.busy",
    }  # fmt: skip
    if error.status in texts:
        return translate(texts[error.status])
    broken = error.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return translate("error.broken") if broken else translate("error.refused", text=str(error))


def show_errors(show: Callable[P, None]) -> Callable[P, None]:
    """Wrap a page or a fragment so that what goes wrong is said in words, in its place."""

    @wraps(show)
    def shown(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            show(*args, **kwargs)
        except UnavailableError:
            st.session_state.unavailable = True
            st.info(translator()("unavailable.nothing"), icon=":material/cloud_off:")
        except RefusedError as error:
            st.warning(refusal(error), icon=":material/info:")

    return shown


def fragment(run_every: float | None = None) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Make a part of a page that is drawn by itself, every so many seconds if given."""

    def made(show: Callable[P, None]) -> Callable[P, None]:
        return st.fragment(run_every=run_every)(show_errors(show))

    return made


def dialog(title: str, show: Callable[P, None], **options: Any) -> Callable[P, None]:
    """Return a dialog; `how` goes to Streamlit."""
    opened: Callable[P, None] = st.dialog(title, **options)(show_errors(show))
    return opened


@fragment(run_every=1.0)
def notifications() -> None:
    """Say what is to be said in passing, and while the API is away; then draw the page again."""
    now = time.monotonic()
    shown = [notice for notice in st.session_state.get(SHOWN, ()) if notice[0] > now]
    # What is said stays for its time from when it is drawn, however long that took.
    shown += [(now + NOTICE_S, *notice) for notice in st.session_state.pop(NOTICES, ())]
    st.session_state[SHOWN] = shown
    lines = "".join(f"<p>{mark} {escape(text)}</p>" for _, mark, text in shown)
    st.html(f'<div class="g-told" role="status">{lines}</div>')
    if live_board().unavailable:
        st.session_state.unavailable = True
        st.warning(translator()("unavailable.banner"), icon=":material/cloud_off:")
    elif st.session_state.get("unavailable") and live_board().loaded:
        st.session_state.unavailable = False
        st.rerun()
