"""What the calls are given: the services, put together once, at the start."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query, Request

from api.docs import refuses
from api.errors import ApiError
from api.schemas.parameters import Given, GroupNumber
from api.services.authentication import Authentication
from api.services.customers import Customers
from api.services.database import Database
from api.services.event_store import EventStore
from api.services.live_scores import LiveScores
from api.services.partner_matching import PartnerMatching
from api.services.phrasing import Phrasing
from api.services.score_changes import ScoreChanges
from api.services.sign_in import SignIn
from api.settings import Settings
from api.texts import Text
from domain.heads import Head
from domain.policy import Policy
from postgres.policy import policy_now

UNKNOWN_HEAD = refuses(404, Text.HEAD_NOT_FOUND)
"""How a call is answered that is about a head which is not asked."""


UNKNOWN_GROUP = refuses(400, Text.UNKNOWN_GROUP)
"""How a call is answered that is about a group of leads which there is not."""


@dataclass(frozen=True, slots=True)
class Services:
    """The API's services, wired in `api.app`."""

    settings: Settings
    database: Database
    authentication: Authentication
    sign_in: SignIn
    events: EventStore
    scores: LiveScores
    changes: ScoreChanges
    matching: PartnerMatching
    phrasing: Phrasing
    customers: Customers

    async def policy(self) -> Policy:
        """Return what the team has decided by now."""
        async with self.database.connection() as connection:
            return await policy_now(connection, self.settings.installed)

    async def head(self, name: str | None) -> Head:
        """Return the head of this name that is asked; None for the primary one.

        Raises
        ------
        ApiError
            When there is none.
        """
        policy = await self.policy()
        heads = {head.name: head for head in (policy.head, *policy.others)}
        found = heads.get(policy.head.name if name is None else name)
        if found is None:
            raise ApiError(404, Text.HEAD_NOT_FOUND)
        return found


async def get_services(request: Request) -> Services:
    """Return the application's services."""
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(get_services)]
"""A call's access to the services."""


async def _known_group(
    services: ServicesDep,
    group: Annotated[
        GroupNumber | None,
        Given,
        Query(
            examples=[3],
            description="Only leads in this group, by its number in `GET /ml/segments`.",
        ),
    ] = None,
) -> int | None:
    """Return the group that is asked for, once it is known that there is one."""
    if group is not None and not await services.database.fetchval("group_exists", group):
        raise ApiError(400, Text.UNKNOWN_GROUP)
    return group


GroupQuery = Annotated[int | None, Depends(_known_group)]
"""A call's parameter `group`."""
