"""The HTTP API, as the admin calls it."""

from __future__ import annotations

import json
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMEOUT = httpx.Timeout(20.0, connect=2.0)

LONG_TIMEOUT = httpx.Timeout(1800.0, connect=2.0)
"""For what takes as long as it takes."""

SILENCE_S = 30.0
"""Seconds without even a heartbeat after which a live connection counts as lost."""


class UnavailableError(Exception):
    """The API does not answer, or says that it can't just now."""


class RefusedError(Exception):
    """The API answered that it won't.

    Parameters
    ----------
    status
        Of HTTP.
    body
        What it said; ``error`` is for people.
    """

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(body.get("error") or f"HTTP {status}")
        self.status = status
        self.body = body


@dataclass(frozen=True, slots=True)
class Message:
    """One server-sent event; a heartbeat has no name."""

    id: str | None
    name: str | None
    data: Any


class Api:
    """Calls of the API; every one returns what the answer's JSON says.

    Parameters
    ----------
    url
        Its address.
    key
        Its API key, where one is asked for.
    transport
        How to get there, for tests.

    Raises
    ------
    UnavailableError, RefusedError
        From every call.
    """

    def __init__(
        self, url: str, key: str | None = None, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._http = httpx.Client(base_url=url, timeout=TIMEOUT, transport=transport)
        self._named: dict[str, str] = {}
        if key:
            self.use_key(key)

    def use_key(self, key: str) -> None:
        """Send a key with every call from now on."""
        self._http.headers["Authorization"] = f"Bearer {key}"

    def acting(self, token: str) -> Api:
        """Return the same API, with calls made by whose session this is."""
        named = copy(self)
        named._named = {"Authorization": f"Bearer {token}"}
        return named

    def get(self, path: str, **params: Any) -> Any:
        """Read; parameters that are None or empty are left out."""
        return self._call("GET", path, params=_filled(params)).json()

    def get_bytes(self, path: str, **params: Any) -> bytes:
        """Read a file."""
        return self._call("GET", path, params=_filled(params)).content

    def post(self, path: str, **body: Any) -> Any:
        """Send; what is None is left out."""
        return self._call("POST", path, json=_not_none(body)).json()

    def post_long(self, path: str, **body: Any) -> Any:
        """Have something long done, and wait for its end; what is None is left out."""
        return self._call("POST", path, json=_not_none(body), timeout=LONG_TIMEOUT).json()

    def put(self, path: str, **body: Any) -> Any:
        """Replace; what is None is left out."""
        return self._call("PUT", path, json=_not_none(body)).json()

    def patch(self, path: str, **body: Any) -> Any:
        """Change what the body names."""
        return self._call("PATCH", path, json=body).json()

    def delete(self, path: str) -> Any:
        """Remove."""
        return self._call("DELETE", path).json()

    def messages(self, path: str, last_id: str | None) -> Iterator[Message]:
        """Follow a stream of server-sent events, after message `last`, until it ends."""
        headers = {"Accept": "text/event-stream"}
        if last_id is not None:
            headers["Last-Event-ID"] = last_id
        timeout = httpx.Timeout(SILENCE_S, connect=2.0)
        try:
            with self._http.stream("GET", path, headers=headers, timeout=timeout) as answer:
                _check(answer)
                yield from _messages(answer.iter_lines())
        except httpx.TransportError as error:
            raise UnavailableError(str(error)) from error

    def _call(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, headers=self._named, **options)
        except httpx.TransportError as error:
            raise UnavailableError(str(error)) from error
        _check(answer)
        return answer


def _check(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    answer.read()
    try:
        body = answer.json()
    except ValueError:
        body = {}
    if answer.status_code in {502, 503, 504}:
        raise UnavailableError(body.get("error") or f"HTTP {answer.status_code}")
    raise RefusedError(answer.status_code, body if isinstance(body, dict) else {})


def _messages(lines: Iterator[str]) -> Iterator[Message]:
    """Read server-sent events; a comment is a heartbeat."""
    fields: dict[str, str] = {}
    for line in lines:
        if line.startswith(":"):
            yield Message(None, None, None)
        elif line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        elif fields:
            data = json.loads(fields["data"]) if "data" in fields else None
            yield Message(fields.get("id"), fields.get("event"), data)
            fields = {}


def _filled(params: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value not in (None, "")}


def _not_none(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not None}
