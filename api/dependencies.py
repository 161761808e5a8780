"""What the calls are given: everything that is put together once, at the start."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.keys import Keys
from api.services.database import Database
from api.services.event_store import Ingest
from api.services.live_scores import Scores
from api.services.partner_matching import Matches
from api.services.score_changes import Changes
from api.settings import Settings
from domain.policy import Policy
from postgres.policy import policy_now


@dataclass(frozen=True, slots=True)
class Parts:
    """The API's parts, wired in `api.app`."""

    settings: Settings
    database: Database
    keys: Keys
    ingest: Ingest
    scores: Scores
    changes: Changes
    matches: Matches

    async def policy(self) -> Policy:
        """Return what the team has decided by now."""
        async with self.database.connection() as connection:
            return await policy_now(connection, self.settings.installed)


async def parts(request: Request) -> Parts:
    """Return the application's parts."""
    found: Parts = request.app.state.parts
    return found


Galope = Annotated[Parts, Depends(parts)]
"""A call's access to the parts."""
