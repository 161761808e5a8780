"""Webhooks: what happens to leads, told over HTTP at least once, and of each lead in its order.

Each webhook has a snapshot of what it was told, so nothing is told before its commit and nothing is
missed. Moving the snapshot and queueing what is new are one transaction. A delivery is sent until
it is received; the next one of the same lead waits for it. Who is killed in between leaves a try
that nobody knows the end of, and the next one sends it again, with the same id.
"""

import asyncio
import base64
import hmac
import secrets
import ssl
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC
from functools import cache
from typing import Any

import asyncpg
import httpx
import orjson
import structlog

from api.access import Actor, Role
from api.errors import UNAVAILABLE
from api.services import audit
from api.services.database import STATEMENTS, Database
from api.services.webhook_urls import UrlRefusedError, address_of, read_url

log = structlog.get_logger()

SECRET = "whsec_"  # noqa: S105 - what secrets begin with
"""What secrets begin with; the rest is base64."""

ACTOR = Actor("webhooks", Role.ADMIN)

LONGEST_ANSWER = 65_536
"""Bytes of an answer that are read, so that its connection can be used again."""

AWAY_S = 5.0
"""Seconds until the next look where the database is away or lacks the tables."""

PATIENCE = 600.0
"""Seconds that a statement may take: after a rebuild there is much to look through."""

SERVER = {
    # What a crash of the server takes back of the queue, it takes back of the snapshot too; what
    # was received and is queued again is sent again, with the same id.
    "synchronous_commit": "off",
    # Each statement sees what was committed before it: see hold_webhook.
    "default_transaction_isolation": "read committed",
    # How much is new Postgres can't know, and would read the whole history to see that little is.
    "enable_seqscan": "off",
}
"""Of the connections that webhooks are kept with."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often it is looked and tried.

    Parameters
    ----------
    look_s
        Seconds between looks.
    timeout_s
        Seconds in which a receiver must have answered.
    first_retry_s, longest_retry_s
        Seconds until the next try after a failure, doubled with each, and at the most.
    give_up_s
        Seconds of tries after which a delivery is parked.
    at_once
        Deliveries under way to one receiver at the most, each of another lead.
    """

    look_s: float = 0.5
    timeout_s: float = 10.0
    first_retry_s: float = 5.0
    longest_retry_s: float = 900.0
    give_up_s: float = 3 * 86_400.0
    at_once: int = 16


def new_secret() -> str:
    """Return a secret that nobody can guess."""
    return SECRET + base64.b64encode(secrets.token_bytes(32)).decode()


def signed(secret: str, number: int, sent_at: int, body: bytes) -> dict[str, str]:
    """Return the headers of a delivery: its id, when it was sent, and the signature of both and it.

    As the Standard Webhooks specification has them, so that receivers find the code to verify them.

    Examples
    --------
    >>> signed("whsec_c2VjcmV0", 7, 1767225600, b"{}")["webhook-signature"]
    'v1,jAy3T8MMXfHoN7Hv2aJp67G1ZnhfXJikni9eANlxy6A='
    """
    key = base64.b64decode(secret.removeprefix(SECRET))
    digest = hmac.digest(key, f"{number}.{sent_at}.".encode() + body, "sha256")
    return {
        "content-type": "application/json",
        "user-agent": "Galope",
        "webhook-id": str(number),
        "webhook-timestamp": str(sent_at),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


@cache
def _trusted() -> ssl.SSLContext:
    """Return whom receivers' certificates are believed from; reading it takes a while."""
    return httpx.create_ssl_context()


class Webhooks:
    """Queues what happens for each webhook, and sends it.

    Parameters
    ----------
    database
        With patience for `PATIENCE`.
    private
        Whether receivers may be inside.
    pace
        How often it is looked and tried.
    """

    def __init__(self, database: Database, *, private: bool, pace: Pace | None = None) -> None:
        self._database = database
        self._private = private
        self._pace = pace or Pace()
        self._sending: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Look and send until cancelled."""
        try:
            while True:
                try:
                    await self._look()
                except (*UNAVAILABLE, asyncpg.PostgresError) as error:
                    log.warning("can't look for what webhooks tell", error=type(error).__name__)
                    await asyncio.sleep(AWAY_S)
                await asyncio.sleep(self._pace.look_s)
        finally:
            for task in self._sending.values():
                task.cancel()
            await asyncio.gather(*self._sending.values(), return_exceptions=True)

    async def _look(self) -> None:
        for webhook in await self._database.fetch("active_webhooks"):
            number = webhook["id"]
            fed = await self._feed(number) if webhook["behind"] else 0
            idle = number not in self._sending or self._sending[number].done()
            if idle and (fed or webhook["due"]):
                self._sending[number] = asyncio.create_task(self._send_due(webhook))

    async def _feed(self, number: int) -> int:
        """Queue what is new for a webhook, and return how much it is."""
        async with self._database.transaction() as connection:
            since = await connection.fetchval(STATEMENTS["hold_webhook"], number)
            if since is None:
                return 0
            queued: int = await connection.fetchval(STATEMENTS["feed_webhook"], number, since)
            return queued

    async def _send_due(self, webhook: asyncpg.Record) -> None:
        """Send to one receiver until nothing is due."""
        pace = self._pace
        wait = (pace.at_once, pace.timeout_s, pace.first_retry_s, pace.longest_retry_s)
        try:
            async with httpx.AsyncClient(
                verify=_trusted(), timeout=pace.timeout_s, trust_env=False
            ) as client:
                while due := await self._database.fetch("claim_deliveries", webhook["id"], *wait):
                    sent = (self._send(client, webhook, delivery) for delivery in due)
                    await self._settle(webhook["id"], due, await asyncio.gather(*sent))
        except (*UNAVAILABLE, asyncpg.PostgresError) as error:
            log.warning("can't note what was sent", error=type(error).__name__)

    async def _send(
        self, client: httpx.AsyncClient, webhook: asyncpg.Record, delivery: asyncpg.Record
    ) -> str | None:
        """Send a delivery once; return what went wrong, or None."""
        body = _body(delivery)
        headers = signed(webhook["secret"], delivery["id"], int(time.time()), body)
        try:
            async with asyncio.timeout(self._pace.timeout_s):
                url = read_url(webhook["url"], private=self._private)
                address = await address_of(url, private=self._private)
                async with client.stream(
                    "POST",
                    url.copy_with(host=address),
                    content=body,
                    headers=headers | {"host": url.netloc.decode()},
                    extensions={"sni_hostname": url.host},
                ) as answer:
                    await _read(answer)
        except TimeoutError:
            return f"no answer within {self._pace.timeout_s:g} s"
        except (UrlRefusedError, httpx.HTTPError, OSError) as error:
            return f"{type(error).__name__}: {error}"[:300]
        return None if answer.is_success else f"answered {answer.status_code}"

    async def _settle(
        self, number: int, due: Sequence[asyncpg.Record], problems: Sequence[str | None]
    ) -> None:
        """Forget what was received, and note what was not."""
        received = [
            one["id"] for one, problem in zip(due, problems, strict=True) if problem is None
        ]
        failed = [
            (one["id"], problem)
            for one, problem in zip(due, problems, strict=True)
            if problem is not None
        ]
        async with self._database.transaction() as connection:
            await connection.execute(STATEMENTS["end_deliveries"], received)
            if not failed:
                return
            ids, texts = zip(*failed, strict=True)
            parked = await connection.fetchval(
                STATEMENTS["fail_deliveries"], ids, texts, self._pace.give_up_s
            )
            if parked:
                await audit.record(
                    connection, ACTOR, "webhook deliveries parked", webhook=number, parked=parked
                )
                log.warning("webhook deliveries parked", webhook=number, parked=parked)
        log.info("a webhook's receiver did not take all", webhook=number, problem=texts[0])


def _body(delivery: asyncpg.Record) -> bytes:
    whose = {} if delivery["lead_id"] is None else {"lead_id": str(delivery["lead_id"])}
    said: dict[str, Any] = {
        "id": str(delivery["id"]),
        "type": delivery["topic"],
        "timestamp": delivery["occurred_at"].astimezone(UTC),
        "data": whose | orjson.loads(delivery["facts"]),
    }
    return orjson.dumps(said)


async def _read(answer: httpx.Response) -> None:
    length = 0
    async for part in answer.aiter_raw():
        length += len(part)
        if length > LONGEST_ANSWER:
            return


@asynccontextmanager
async def sending_webhooks(
    url: str, *, private: bool, pace: Pace | None = None
) -> AsyncIterator[Webhooks]:
    """Yield webhooks with connections of their own, which hold up no call.

    Parameters
    ----------
    url
        Of the database.
    private, pace
        As of `Webhooks`.
    """
    async with Database(url, 2, PATIENCE, SERVER) as database:
        yield Webhooks(database, private=private, pace=pace)
