"""The application: its parts put together, its calls, its errors, and the guard around it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from api import docs, errors
from api.dependencies import Parts
from api.guard import Guard
from api.keys import Keys
from api.routes import (
    board,
    demo,
    events,
    health,
    history,
    leads,
    live,
    metrics,
    partners,
    policy,
    rules,
)
from api.routes import deduplication as upkeep
from api.routes import exports as export
from api.routes import keys as keyring
from api.routes import managerial_report as report
from api.routes import matches as matching
from api.routes import model_versions as versions
from api.routes import models as training
from api.routes import next_actions as agenda
from api.routes import personal_data as privacy
from api.routes import scores as scored
from api.routes import what_if as trial
from api.services import retention
from api.services.database import Database
from api.services.event_store import Ingest
from api.services.live_scores import Scores
from api.services.partner_matching import Matches
from api.services.partner_watch import PartnerWatch
from api.services.score_changes import CHANNEL, Changes
from api.settings import Settings
from postgres.connect import connect
from stream.listener import NotifyListener

CALLS = (
    events, leads, health, export, scored, history, trial, board, rules, agenda, report, partners,
    matching, live, training, versions, policy, keyring, upkeep, demo, privacy, metrics,
)  # fmt: skip
"""Modules whose ``router`` has calls; addresses are matched in this order, the busiest first."""

HERE = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?"
"""Origins of pages that this machine serves."""


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Parts]:
    """Put the parts together. They come up without Postgres, and work once it answers."""
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(
            Database(settings.database_url, settings.api_connections, settings.api_patience_s)
        )
        direct = settings.listen_url or settings.database_url
        listener = NotifyListener(
            lambda: connect(direct, "galope api listener"), CHANNEL, settings.probe_s
        )
        changes = Changes(database, listener)
        for work in (changes.run(), retention.run(database, settings)):
            stack.callback(asyncio.create_task(work).cancel)
        watch = PartnerWatch(database)
        stack.callback(watch.close)
        watch.start()
        yield Parts(
            settings=settings,
            database=database,
            keys=Keys(database, settings),
            ingest=Ingest(database),
            scores=Scores(database, changes, settings),
            changes=changes,
            matches=Matches(database, watch),
        )


class Application(FastAPI):
    """FastAPI, with the answers described that calls have in common."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI description."""
        if self.openapi_schema is None:
            self.openapi_schema = docs.described(super().openapi())
        return self.openapi_schema


def calls(settings: Settings) -> FastAPI:
    """Return the application without its guard."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with connected(settings) as parts:
            app.state.parts = parts
            yield

    app = Application(
        title=docs.TITLE,
        description=docs.DESCRIPTION,
        lifespan=lifespan,
        responses=docs.PROBLEM,
        redoc_url=None,
    )
    errors.handle(app)
    for module in CALLS:
        app.include_router(module.router)
    return app


def application(settings: Settings) -> ASGIApp:
    """Return the application as it is served."""
    crossing = CORSMiddleware(
        calls(settings),
        allow_origins=sorted(settings.origins),
        allow_origin_regex=HERE if settings.loopback else None,
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-API-Key"],
        expose_headers=["Retry-After"],
    )
    return Guard(crossing, settings.api_ingest_rate, settings.api_body_kb * 1024)
