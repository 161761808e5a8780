"""The client: what it sends, and what it makes of answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from ui.client import Api, Message, RefusedError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable


def api(answer: Callable[[httpx.Request], httpx.Response], key: str | None = None) -> Api:
    return Api("http://api", key, httpx.MockTransport(answer))


def echo(request: httpx.Request) -> httpx.Response:
    return httpx.Response(
        200,
        json={
            "method": request.method,
            "query": dict(request.url.params),
            "body": request.content.decode(),
            "key": request.headers.get("Authorization"),
        },
    )


def test_empty_filters_are_not_sent() -> None:
    sent = api(echo).get("/leads", uf="", status=None, minScore=0, limit=5)
    assert sent["query"] == {"minScore": "0", "limit": "5"}


def test_the_key_is_sent_with_every_call() -> None:
    assert api(echo, "k").post("/events")["key"] == "Bearer k"
    assert api(echo).get("/leads")["key"] is None


def test_a_key_may_come_later() -> None:
    client = api(echo)
    client.use_key("k")
    assert client.put("/x", a=None, b=1) == {
        "method": "PUT", "query": {}, "body": '{"b":1}', "key": "Bearer k",
    }  # fmt: skip


def test_a_change_may_set_a_field_to_nothing() -> None:
    assert api(echo).patch("/x", a=None)["body"] == '{"a":null}'
    assert api(echo).post("/x", a=None)["body"] == "{}"


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_server_that_can_not_just_now_is_away(status: int) -> None:
    with pytest.raises(UnavailableError):
        api(lambda _: httpx.Response(status, json={"error": "x"})).get("/leads")


def test_a_server_that_is_not_there_is_away() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        message = "refused"
        raise httpx.ConnectError(message)

    with pytest.raises(UnavailableError):
        api(refuse).get("/leads")
    with pytest.raises(UnavailableError):
        list(api(refuse).messages("/stream/leads", None))


@pytest.mark.parametrize("body", [{"error": "não", "more": 1}, ["odd"], None])
def test_a_refusal_says_what_the_server_said(body: Any) -> None:
    with pytest.raises(RefusedError) as caught:
        api(lambda _: httpx.Response(409, json=body)).post("/handoff")
    assert caught.value.status == 409
    assert caught.value.body == (body if isinstance(body, dict) else {})


def test_events_are_read_with_their_ids_and_heartbeats() -> None:
    text = 'retry: 1000\nid: 6\n\n: \n\nid: 7\nevent: score\ndata: {"score": 3}\n\n'
    asked: dict[str, str] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        asked.update(request.headers)
        return httpx.Response(200, text=text)

    messages = list(api(answer).messages("/stream/leads", "5"))
    assert asked["last-event-id"] == "5"
    assert messages == [
        Message("6", None, None),
        Message(None, None, None),
        Message("7", "score", {"score": 3}),
    ]


def test_what_is_long_done_is_waited_for() -> None:
    waited: dict[str, Any] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        waited.update(request.extensions["timeout"])
        return echo(request)

    assert api(answer).post_long("/admin/ml/retrain", n=3, m=None)["body"] == '{"n":3}'
    assert waited["read"] == 1800
