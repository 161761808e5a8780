"""The application: its parts put together, its calls, its errors."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from api import (
    agenda,
    board,
    docs,
    errors,
    events,
    health,
    leads,
    live,
    matching,
    partners,
    rules,
    scored,
)
from api.changes import CHANNEL, Changes
from api.database import Database
from api.ingest import Ingest
from api.keys import Keys
from api.matches import Matches
from api.partner_watch import PartnerWatch
from api.parts import Parts
from api.scores import Scores
from api.settings import Settings
from leads.catalogue import catalogue
from stream.connect import connect
from stream.listener import Ear

CALLS = (health, leads, events, scored, board, rules, agenda, partners, matching, live)


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
            watch = PartnerWatch(database)
            stack.callback(watch.close)
            app.state.parts = Parts(
                settings=settings,
                database=database,
                keys=Keys(),
                ingest=Ingest(database),
                scores=Scores(database, changes, settings),
                changes=changes,
                matches=Matches(database, watch, catalogue(settings.language)),
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
