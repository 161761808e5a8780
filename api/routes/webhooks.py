"""Webhooks over HTTP: who is told of what happens to leads, and what they did not take."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.access import Actor, Admin
from api.dependencies import Services, ServicesDep
from api.docs import refuses, requires
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.webhooks import (
    DeliveryList,
    MadeWebhook,
    NewWebhook,
    PausedWebhook,
    RemovedWebhook,
    Replayed,
    ResumedWebhook,
    WebhookList,
)
from api.services import audit
from api.services.database import STATEMENTS
from api.services.webhook_urls import UrlRefusedError, address_of, read_url
from api.services.webhooks import new_secret
from api.texts import Text

router = APIRouter(tags=["webhooks"])

Number = Annotated[int, Path(ge=1, lt=2**63)]

UNKNOWN = refuses(404, Text.WEBHOOK_NOT_FOUND)


@router.get("/admin/webhooks", response_model=WebhookList, summary="Who is told of what happens")
async def webhooks(services: ServicesDep, _: Admin) -> JsonResponse:
    """Return every webhook, with what its receiver has not taken, but not its secret."""
    rows = await services.database.fetch("webhooks")
    return JsonResponse({"items": [dict(row) for row in rows]})


@router.post(
    "/admin/webhooks", response_model=MadeWebhook, status_code=201, summary="Add a webhook",
    openapi_extra=requires(Text.WEBHOOK_REQUIRED),
)  # fmt: skip
async def add(services: ServicesDep, actor: Admin, body: NewWebhook) -> JsonResponse:
    """Have an address told of what happens to leads from now on.

    Each delivery is a POST of `{"id", "type", "timestamp", "data"}`, tried for three days until it
    is answered with a 2xx, and of each lead in its order. It may come twice, with the same
    `webhook-id`. `webhook-signature` is `v1,` and the HMAC-SHA256, in base64, of
    `webhook-id.webhook-timestamp.body`, made with what follows `whsec_` in the secret.
    """
    private = services.settings.webhook_private
    try:
        await address_of(read_url(body.url, private=private), private=private)
    except UrlRefusedError as error:
        raise ApiError(400, str(error)) from error
    secret = new_secret()
    async with services.database.transaction() as connection:
        values = (body.url, secret, sorted(set(body.topics)), body.threshold)
        number = await connection.fetchval(STATEMENTS["add_webhook"], *values)
        await audit.record(connection, actor, "webhook added", webhook=number)
    return JsonResponse({"id": number, "secret": secret}, status_code=201)


@router.delete(
    "/admin/webhooks/{number}", response_model=RemovedWebhook, summary="Remove a webhook",
    responses=UNKNOWN,
)  # fmt: skip
async def remove(services: ServicesDep, actor: Admin, number: Number) -> JsonResponse:
    """Forget a webhook, and what is still to be sent to it."""
    await _change(services, actor, number, "remove_webhook", "webhook removed")
    return JsonResponse({"ok": True, "id": number})


@router.post(
    "/admin/webhooks/{number}/pause", response_model=PausedWebhook, responses=UNKNOWN,
    summary="Send a webhook nothing for a while",
)  # fmt: skip
async def pause(services: ServicesDep, actor: Admin, number: Number) -> JsonResponse:
    """Send an address nothing until it is resumed; what happens meanwhile waits for it."""
    since = await _change(services, actor, number, "pause_webhook", "webhook paused")
    return JsonResponse({"ok": True, "id": number, "paused_at": since})


@router.post(
    "/admin/webhooks/{number}/resume", response_model=ResumedWebhook, responses=UNKNOWN,
    summary="Send a paused webhook what waits",
)  # fmt: skip
async def resume(services: ServicesDep, actor: Admin, number: Number) -> JsonResponse:
    """Send an address what happened while it was paused, of each lead in its order."""
    await _change(services, actor, number, "resume_webhook", "webhook resumed")
    return JsonResponse({"ok": True, "id": number})


@router.get(
    "/admin/webhooks/{number}/deliveries", response_model=DeliveryList,
    summary="What a receiver has not taken", responses=UNKNOWN,
)  # fmt: skip
async def deliveries(
    services: ServicesDep,
    _: Admin,
    number: Number,
    parked: Annotated[bool, Query(description="Only what was given up.")] = False,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> JsonResponse:
    """Return what is still to be sent to a webhook, or was given up, the oldest first."""
    if not await services.database.fetchval("webhook_exists", number):
        raise ApiError(404, Text.WEBHOOK_NOT_FOUND)
    rows = await services.database.fetch("deliveries", number, parked, limit)
    return JsonResponse({"items": [dict(row) for row in rows]})


@router.post(
    "/admin/webhooks/{number}/replay", response_model=Replayed,
    summary="Try again what was given up", responses=UNKNOWN,
)  # fmt: skip
async def replay(services: ServicesDep, actor: Admin, number: Number) -> JsonResponse:
    """Have what was given up be tried again for three days, with the ids it had."""
    async with services.database.transaction() as connection:
        if not await connection.fetchval(STATEMENTS["webhook_exists"], number):
            raise ApiError(404, Text.WEBHOOK_NOT_FOUND)
        replayed = await connection.fetchval(STATEMENTS["replay_deliveries"], number)
        await audit.record(connection, actor, "webhook replayed", webhook=number, replayed=replayed)
    return JsonResponse({"ok": True, "replayed": replayed})


async def _change(
    services: Services, actor: Actor, number: int, statement: str, done: str
) -> datetime | int:
    """Run a statement on a webhook, note in the audit that it was done, and return its answer.

    Raises
    ------
    ApiError
        When there is no such webhook.
    """
    async with services.database.transaction() as connection:
        changed: datetime | int | None = await connection.fetchval(STATEMENTS[statement], number)
        if changed is None:
            raise ApiError(404, Text.WEBHOOK_NOT_FOUND)
        await audit.record(connection, actor, done, webhook=number)
    return changed
