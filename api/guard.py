"""Around every request: what is let in, what is always said, what is written down."""

import time
import traceback
from collections import OrderedDict
from collections.abc import MutableMapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import orjson
import structlog
from fastapi import HTTPException, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import RETRY_AFTER
from api.services.prometheus import REQUESTS, SECONDS
from api.texts import Text

log = structlog.get_logger()

HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
]
"""Sent with every answer."""

POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
"""Sent with every answer but the documentation page, which needs scripts."""

INGEST = frozenset({"/leads", "/events", "/events/batch"})
"""Addresses that strangers' forms post to."""

HOOKS = "/hooks/"
"""What addresses begin with that other products post to."""

IMPORTS = frozenset({"/imports", "/imports/preview"})
"""Addresses that whole files are posted to."""

CALLERS = 10_000
"""Callers whose pace is remembered."""


class Pace:
    """How fast each caller may go: so many requests a second, a second's worth at once.

    Parameters
    ----------
    rate
        Requests a second.

    Examples
    --------
    >>> pace = Pace(2)
    >>> [pace.allows("ana", at) for at in (0.0, 0.0, 0.0, 0.5)]
    [True, True, False, True]
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._left: OrderedDict[object, tuple[float, float]] = OrderedDict()

    def allows(self, caller: object, at: float) -> bool:
        """Tell whether a caller may make a request at `at`, in seconds, and count it."""
        left, since = self._left.pop(caller, (self._rate, at))
        left = min(left + (at - since) * self._rate, self._rate)
        allowed = left >= 1
        self._left[caller] = (left - 1 if allowed else left, at)
        if len(self._left) > CALLERS:
            self._left.popitem(last=False)
        return allowed


class PlainOptions:
    """Answers an ``OPTIONS`` that is no browser's preflight: there is nothing to tell.

    Parameters
    ----------
    app
        The application within.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["method"] == "OPTIONS":
            await Response(status_code=HTTPStatus.NO_CONTENT)(scope, receive, send)
            return
        await self._app(scope, receive, send)


class Guard:
    """The outermost layer: pace, headers, measurements, access log, and the last resort.

    The log names the call, never its address: ids and searches stay out of it.

    Parameters
    ----------
    app
        The application within.
    rate
        Requests with leads or events that one caller may make in a second.
    body_kb
        Size of a request's body at the most, in kB.
    import_kb
        The same where it holds a whole file.
    """

    def __init__(self, app: ASGIApp, rate: float, body_kb: int, import_kb: int) -> None:
        self._app = app
        self._pace = Pace(rate)
        self._largest = body_kb * 1024
        self._largest_import = import_kb * 1024

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0
        largest = self._largest_import if scope["path"] in IMPORTS else self._largest
        scope["state"] = dict(scope.get("state") or {})

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(scope, message)
            await send(message)

        try:
            if self._too_fast(scope, began):
                await _answer(sending, 429, Text.TOO_MANY)
            elif _length(scope) > largest:
                await _answer(sending, 413, Text.TOO_LARGE)
            else:
                await self._app(scope, _bounded(receive, largest), sending)
        except Exception as error:  # noqa: BLE001 - the last resort: it is logged, not told
            failed = {"error": type(error).__name__, "at": _where(error)}
            log.error("a request failed", **failed)  # noqa: TRY400 - a traceback may hold what was sent
            if not status:
                await _answer(sending, 500, Text.INTERNAL)
        finally:
            _write_down(scope, status, time.perf_counter() - began)

    def _too_fast(self, scope: Scope, at: float) -> bool:
        path = scope["path"]
        if scope["method"] != "POST" or not (path in INGEST or path.startswith(HOOKS)):
            return False
        keys = {b"authorization", b"x-api-key"}
        named = (value for name, value in scope["headers"] if name in keys)
        address = scope["client"][0] if scope["client"] else None
        return not self._pace.allows(hash(next(named, address)), at)


def _bounded(receive: Receive, largest: int) -> Receive:
    """Return a way to receive that gives up on a body that grows too large."""
    size = 0

    async def receiving() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > largest:
            raise HTTPException(413)
        return message

    return receiving


def _length(scope: Scope) -> int:
    """Return how long a request's body says it is; 0 where it doesn't say."""
    length = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(length) if length.isdigit() else 0


def _add_headers(scope: Scope, message: MutableMapping[str, Any]) -> None:
    message["headers"] = [*message["headers"], *HEADERS]
    if scope["path"] != "/docs":
        message["headers"].append(POLICY)


async def _answer(send: Send, status: int, text: Text) -> None:
    retry = [(name.encode(), value.encode()) for name, value in RETRY_AFTER.items()]
    headers = [
        (b"content-type", b"application/json"),
        *(retry if status == HTTPStatus.TOO_MANY_REQUESTS else ()),
    ]
    body = orjson.dumps({"error": text})
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _where(error: Exception) -> str:
    """Return the line that failed. What an error says may hold what a client sent."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"


def _write_down(scope: Scope, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "unmatched")
    REQUESTS.labels(scope["method"], route, status).inc()
    SECONDS.labels(scope["method"], route).observe(seconds)
    log.info(
        "request",
        method=scope["method"],
        route=route,
        status=status,
        ms=round(1000 * seconds, 1),
        actor=scope["state"].get("actor"),
    )
