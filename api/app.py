"""The application: its services put together, its calls, its errors, and the guard around it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from api import docs, errors
from api.dependencies import Services
from api.guard import Guard, PlainOptions
from api.routes import (
    alerts,
    board,
    contacts,
    customer_segments,
    customers,
    deduplication,
    demo,
    event_imports,
    events,
    experiments,
    explanations,
    exports,
    findings,
    heads,
    health,
    history,
    hooks,
    imports,
    keys,
    leads,
    live,
    managerial_report,
    matches,
    metrics,
    model_versions,
    models,
    next_actions,
    notes,
    origins,
    owners,
    partners,
    personal_data,
    policy,
    recommendations,
    rules,
    scores,
    segments,
    sessions,
    timeline,
    training,
    users,
    webhooks,
    what_if,
)
from api.services import retention
from api.services.authentication import Authentication
from api.services.customers import Customers
from api.services.database import Database
from api.services.event_store import EventStore
from api.services.live_scores import LiveScores
from api.services.partner_matching import PartnerMatching
from api.services.partner_watch import PartnerWatch
from api.services.phrasing import Phrasing
from api.services.score_changes import CHANNEL, ScoreChanges
from api.services.sign_in import SignIn
from api.services.webhooks import sending_webhooks
from api.settings import Settings
from postgres.connect import connect
from stream.listener import NotifyListener, Poller

CALLS = (
    events, leads, health, exports, scores, history, heads, explanations, what_if, board, contacts,
    rules, next_actions, notes, timeline, managerial_report, partners, matches, live, models,
    training, model_versions, policy, keys, sessions, users, webhooks, owners, imports,
    event_imports, hooks, origins,
    deduplication, findings, segments, demo, personal_data, metrics, experiments, alerts,
    customers, customer_segments, recommendations,
)  # fmt: skip
"""Modules whose ``router`` has calls; addresses are matched in this order, the busiest first."""

HERE = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?"
"""Origins of pages that this machine serves."""


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Services]:
    """Put the services together. They come up without Postgres, and work once it answers."""
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(
            Database(settings.database_url, settings.api_connections, settings.api_patience_s)
        )
        wake = Poller()
        if settings.listens:
            wake = NotifyListener(
                lambda: connect(settings.direct_url, "galope api listener"),
                CHANNEL,
                settings.probe_s,
            )
            stack.callback(asyncio.create_task(wake.run()).cancel)
        changes = ScoreChanges(database, wake)
        hooked = await stack.enter_async_context(
            sending_webhooks(settings.database_url, private=settings.webhook_private)
        )
        for work in (changes.run(), retention.run(database, settings), hooked.run()):
            stack.callback(asyncio.create_task(work).cancel)
        watch = PartnerWatch(database)
        stack.callback(watch.close)
        watch.start()
        yield Services(
            settings=settings,
            database=database,
            authentication=Authentication(database, settings),
            sign_in=SignIn(database),
            events=EventStore(database),
            scores=LiveScores(database, changes, settings),
            changes=changes,
            matching=PartnerMatching(database, watch),
            phrasing=await stack.enter_async_context(Phrasing(settings)),
            customers=Customers(database, settings),
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
        async with connected(settings) as services:
            app.state.services = services
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
        PlainOptions(calls(settings)),
        allow_origins=sorted(settings.origins),
        allow_origin_regex=HERE if settings.loopback else None,
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-API-Key"],
        expose_headers=["Retry-After"],
    )
    return Guard(crossing, settings.api_ingest_rate, settings.api_body_kb, settings.api_import_kb)
