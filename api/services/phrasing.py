"""Why now and what to say in a language model's words, where one is set up; else by template.

The model is sent a motive, the template's sentences and reasons: what an alert says, and nothing
that names a person. What it answers is taken if it is two sentences without a number that it was
not sent. It is kept by what was asked, so each alert costs one call until its facts change.
"""

import asyncio
import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import httpx
import orjson
import structlog

from api.settings import Settings

log = structlog.get_logger()

KEPT = 5_000
"""Answers that are kept, those used longest ago let go of."""

AT_ONCE = 2
"""Calls under way at the most."""

AGAIN_S = 600.0
"""Seconds until a model that gave no usable answer is asked the same again."""

LONGEST = 300
"""Characters of a sentence."""

_NUMBER = re.compile(r"\d[\d.,]*")

_ASK = (
    "You help a salesperson. Rewrite the two sentences in {language}: `why` is why to act now,"
    " `say` is what to say to the customer. One short, warm and plain sentence each. Use no number,"
    " name, price or promise that is not given. Answer with JSON only:"
    ' {{"why": "…", "say": "…"}}.'
)


class Words(NamedTuple):
    """Two sentences."""

    why: str
    say: str


def numbers(text: str) -> set[str]:
    """Return the numbers of a text, however they are grouped.

    Examples
    --------
    >>> sorted(numbers("R$ 1.200 em 3 dias, ou 2,5%"))
    ['1200', '25', '3']
    """
    return {re.sub(r"\D", "", found) for found in _NUMBER.findall(text)}


def usable(answer: Any, sent: str) -> Words | None:
    """Return a model's two sentences, or None where they are not, or tell a number of their own."""
    if not isinstance(answer, dict):
        return None
    said = [answer.get(name) for name in Words._fields]
    sentences = [text.strip() for text in said if isinstance(text, str)]
    if len(sentences) < len(said) or not all(0 < len(text) <= LONGEST for text in sentences):
        return None
    if numbers(" ".join(sentences)) - numbers(sent):
        return None
    return Words(*sentences)


class Phrasing:
    """Asks the model, and keeps what it said.

    Parameters
    ----------
    settings
        Where it is; nothing is asked where that is not set.
    """

    def __init__(self, settings: Settings) -> None:
        self._model = settings.llm_model
        self._language = settings.language
        self._url = settings.llm_url
        key = settings.llm_key
        headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
        self._client = httpx.AsyncClient(
            timeout=settings.llm_timeout_s, headers=headers, trust_env=False
        )
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._answers: OrderedDict[str, tuple[Words | None, float]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Words | None]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._asking.values():
            task.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)
        await self._client.aclose()

    def known(self, motive: str, template: Words, reasons: Sequence[str]) -> Words | None:
        """Return the model's words where they are known; else begin to ask, and return None."""
        asked = self._begin(motive, template, reasons)
        return asked if isinstance(asked, Words) else None

    async def words(self, motive: str, template: Words, reasons: Sequence[str]) -> Words | None:
        """Return the model's words, waiting for them; None where it has none to give."""
        asked = self._begin(motive, template, reasons)
        return await asyncio.shield(asked) if isinstance(asked, asyncio.Task) else asked

    def _begin(
        self, motive: str, template: Words, reasons: Sequence[str]
    ) -> Words | asyncio.Task[Words | None] | None:
        """Return what is known, or who is asking."""
        if self._url is None:
            return None
        sent = orjson.dumps({"motive": motive, **template._asdict(), "reasons": reasons}).decode()
        key = hashlib.sha256(f"{self._language} {self._model} {sent}".encode()).hexdigest()
        if key in self._answers:
            words, until = self._answers[key]
            if words or time.monotonic() < until:
                self._answers.move_to_end(key)
                return words
        if key not in self._asking:
            self._asking[key] = asyncio.create_task(self._ask(key, sent))
        return self._asking[key]

    async def _ask(self, key: str, sent: str) -> Words | None:
        words = None
        try:
            async with self._turns:
                words = usable(await self._answer(sent), sent)
                if words is None:
                    log.info("the language model's words can't be used")
        except (httpx.HTTPError, ValueError, KeyError, TypeError, IndexError) as error:
            log.warning("the language model does not answer", error=type(error).__name__)
        finally:
            self._asking.pop(key, None)
        self._answers[key] = (words, time.monotonic() + AGAIN_S)
        while len(self._answers) > KEPT:
            self._answers.popitem(last=False)
        return words

    async def _answer(self, sent: str) -> Any:
        body = {
            "model": self._model,
            "messages": [
                {"role": "system", "content": _ASK.format(language=self._language)},
                {"role": "user", "content": sent},
            ],
            "temperature": 0.3,
        }
        answer = await self._client.post(f"{self._url}/chat/completions", json=body)
        answer.raise_for_status()
        text = answer.json()["choices"][0]["message"]["content"]
        # Some fence their JSON.
        return orjson.loads(text[text.index("{") : text.rindex("}") + 1])
