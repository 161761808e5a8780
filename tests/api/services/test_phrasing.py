"""A language model's words: taken where they say nothing of their own, and kept."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from api.services.phrasing import Phrasing, Words, numbers, usable
from api.settings import Settings
from tests.api.served import Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

TEMPLATE = Words("Compra a cada 20 dias.", "Lembre do pedido de R$ 1.200.")
GOOD = {"why": "Já passaram os 20 dias de costume.", "say": "Separo os R$ 1200 de sempre?"}


@dataclass
class Model:
    """A model that says what a test wants, and remembers what it was asked."""

    says: str
    status: int = 200
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    held: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: Request) -> JSONResponse:
        self.asked.append(await request.json())
        self.keys.append(request.headers.get("authorization"))
        await self.held.wait()
        content = {"choices": [{"message": {"content": self.says}}]}
        return JSONResponse(content, status_code=self.status)


@asynccontextmanager
async def serving(model: Model) -> AsyncIterator[str]:
    """Serve a model for the length of a ``with``; yield its address."""
    routes = [Route("/v1/chat/completions", model.answer, methods=["POST"])]
    config = uvicorn.Config(Starlette(routes=routes), port=0, log_level="error", lifespan="off")
    server = Server(config)
    running = asyncio.create_task(server.serve())
    await server.serves.wait()
    try:
        yield f"{server.address}/v1"
    finally:
        model.held.set()
        server.should_exit = True
        await running


def phrasing(url: str | None, **settings: Any) -> Phrasing:
    return Phrasing(Settings.model_validate({"llm_url": url, **settings}))


async def words(asking: Phrasing) -> Words | None:
    return await asking.words("Dia de repor", TEMPLATE, ["Ritmo de compras"])


async def test_it_is_asked_once_with_its_key_and_nothing_personal() -> None:
    model = Model(f"```json\n{orjson.dumps(GOOD).decode()}\n```")
    async with serving(model) as url, phrasing(url, llm_key="secret", llm_model="m") as asking:
        assert asking.known("Dia de repor", TEMPLATE, ["Ritmo de compras"]) is None
        model.held.set()
        assert await words(asking) == Words(**GOOD)
        assert asking.known("Dia de repor", TEMPLATE, ["Ritmo de compras"]) == Words(**GOOD)
    (asked,) = model.asked
    assert (model.keys, asked["model"]) == (["Bearer secret"], "m")
    assert orjson.loads(asked["messages"][1]["content"]) == {
        "motive": "Dia de repor", **TEMPLATE._asdict(), "reasons": ["Ritmo de compras"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("says", "status"),
    [
        (orjson.dumps(GOOD | {"say": "Dou 30% de desconto."}).decode(), 200),
        ("Claro! Aqui estão as frases.", 200),
        (orjson.dumps({"why": "Só uma."}).decode(), 200),
        (orjson.dumps(GOOD).decode(), 500),
    ],
    ids=["a number of its own", "no JSON", "one sentence", "an error"],
)
async def test_what_cannot_be_used_is_not_asked_again_at_once(says: str, status: int) -> None:
    model = Model(says, status)
    model.held.set()
    async with serving(model) as url, phrasing(url) as asking:
        assert await words(asking) is None
        assert await words(asking) is None
    assert len(model.asked) == 1


async def test_one_that_is_slow_is_not_waited_for() -> None:
    model = Model(orjson.dumps(GOOD).decode())
    async with serving(model) as url, phrasing(url, llm_timeout_s=0.05) as asking:
        assert await words(asking) is None


async def test_where_none_is_set_up_none_is_asked() -> None:
    async with phrasing(None) as asking:
        assert await words(asking) is None


def test_numbers_are_the_same_however_they_are_written() -> None:
    assert numbers("R$ 1.200,50 e 3") == numbers("1,200.50 / 3") == {"120050", "3"}
    assert usable(GOOD, "20 dias, 1.200") == Words(**GOOD)
    assert usable(GOOD, "21 dias, 1.200") is None
    assert usable({"why": "x" * 301, "say": "y"}, "") is None
    assert usable(["why", "say"], "") is None
