"""The application: its parts put together, its calls, its errors."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from api import (
    agenda,
    board,
    demo,
    docs,
    errors,
    events,
    export,
    health,
    history,
    leads,
    live,
    metrics,
    partners,
    report,
    rules,
    scored,
    training,
    trial,
    upkeep,
)  # fmt: skip
from api.changes import CHANNEL, Changes
from api.database import Database
from api.ingest import Ingest
from api.keys import Keys
from api.parts import Parts
from api.scores import Scores
from api.settings import Settings
from stream.connect import connect
from stream.listener import Ear

CALLS = (
    health, export, leads, events, scored, history, trial, board, rules, agenda, report, partners,
    live, training, upkeep, demo, metrics,
)  # fmt: skip
"""Modules whose ``router`` has calls, in the order that addresses are matched."""


def application(settings: Settings) -> FastAPI:
    """Return the application; its parts come up with it, and need no Postgres to."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            database = await stack.enter_async_context(
                Database(settings.database_url, settings.api_connections, settings.api_patience_s)
            )
            direct = settings.listen_url or settings.database_url
            ear = Ear(lambda: connect(direct, "galope api listener"), CHANNEL, settings.probe_s)
            changes = Changes(database, ear)
            following = asyncio.create_task(changes.run())
            stack.callback(following.cancel)
            app.state.parts = Parts(
                settings=settings,
                database=database,
                keys=Keys(),
                ingest=Ingest(database),
                scores=Scores(database, changes, settings),
                changes=changes,
            )
            yield

    app = FastAPI(
        title=docs.TITLE,
        description=docs.DESCRIPTION,
        lifespan=lifespan,
        responses=docs.PROBLEMS,
        redoc_url=None,
        max_body_size=settings.api_body_kb * 1024,
    )
    errors.handle(app)
    for module in CALLS:
        app.include_router(module.router)
    return app
