"""Ways in: what the webhooks of other products send becomes leads and events."""

from typing import Any

import orjson
from fastapi import APIRouter, Request
from pydantic import SecretStr, ValidationError

from api.dependencies import Services, ServicesDep
from api.docs import refuses, requires
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.hooks import Key, KeyHeader, Segment, Signature, Source, Taken
from api.services.database import STATEMENTS
from api.services.event_store import EventRow, store_events
from api.services.inbound import SOURCES, Submission, event_id, is_from, lead_id, lead_of
from api.settings import Settings
from api.texts import Text
from postgres.connect import Connection

router = APIRouter(tags=["hooks"])

FORM = "hook_complete"
"""What filling in a form is, as an event."""

BODY = {
    "required": True,
    "content": {"application/json": {"schema": {"type": "object"}}},
}


@router.post(
    "/hooks/{source}", response_model=Taken, summary="Take a lead from another product",
    responses=refuses(401, Text.HOOK_SECRET) | refuses(404, Text.HOOK_NOT_SET_UP)
    | refuses(413, Text.TOO_LARGE) | refuses(429, Text.TOO_MANY) | refuses(503, Text.UNAVAILABLE),
    openapi_extra=requires(Text.HOOK_REQUIRED) | {"requestBody": BODY},
)  # fmt: skip
async def take(
    services: ServicesDep,
    request: Request,
    source: Source,
    key: Key = None,
    key_header: KeyHeader = None,
    signature: Signature = None,
    segment: Segment = None,
) -> JsonResponse:
    """Store a payload's leads, and the forms that they filled in, once by their numbers.

    `meta` takes lead ads, `google` lead forms, `rdstation` conversions and `hubspot` contacts. Each
    has a secret in the settings: Meta signs with it, Google sends it in the payload, others as
    `key` in the address or in the header `X-Hook-Key`. When it happened counts, not when it came.
    """
    secret = secret_of(services.settings, source)
    if secret is None:
        raise ApiError(404, Text.HOOK_NOT_SET_UP)
    body = await request.body()
    payload = _read(body)
    known = payload.get("google_key") if source == "google" else None
    given = key or key_header or (known if isinstance(known, str) else None)
    if not is_from(source, secret.get_secret_value(), given, signature, body):
        raise ApiError(401, Text.HOOK_SECRET)
    try:
        submissions = SOURCES[source](payload)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ApiError(400, Text.HOOK_REQUIRED) from error
    return JsonResponse(await _store(services, source, submissions, segment))


def secret_of(settings: Settings, source: Source) -> SecretStr | None:
    """Return what was agreed with a product; None where it may not send."""
    secret: SecretStr | None = getattr(settings, f"hook_{source}_secret")
    return secret


def _read(body: bytes) -> dict[str, Any]:
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ApiError(400, Text.BAD_JSON) from error
    if not isinstance(payload, dict):
        raise ApiError(400, Text.HOOK_REQUIRED)
    return payload


async def _store(
    services: Services, source: Source, submissions: list[Submission], segment: str | None
) -> dict[str, Any]:
    stored = 0
    async with services.database.transaction() as connection:
        for submission in submissions:
            stored += await _store_one(connection, services, source, submission, segment)
    return {
        "ok": True,
        "lead_ids": [lead_id(source, submission) for submission in submissions],
        "stored": stored,
    }


async def _store_one(
    connection: Connection,
    services: Services,
    source: Source,
    submission: Submission,
    segment: str | None,
) -> bool:
    """Store a form and, unless it is there, its lead; tell whether the form is new."""
    number, event = lead_id(source, submission), event_id(source, submission)
    if await connection.fetch(STATEMENTS["events_by_id"], [event]):
        return False
    try:
        lead = lead_of(submission, segment, services.settings.zone)
    except ValidationError as error:
        raise ApiError(400, Text.LEAD_REQUIRED) from error
    row = (
        number, lead.nome, lead.segmento_interesse, lead.uf or None, lead.whatsapp, lead.email,
        lead.cidade, lead.orcamento_faixa, lead.prazo_compra, lead.created_at,
    )  # fmt: skip
    await connection.execute(STATEMENTS["import_leads"], *([value] for value in row))
    facts = orjson.dumps({"source": source, **submission.facts}).decode()
    form = EventRow(event, number, FORM, submission.at, facts)
    [result] = await store_events(connection, [form])
    if isinstance(result, ApiError):
        raise result
    return True
