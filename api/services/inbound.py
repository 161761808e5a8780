"""Leads as other products' webhooks tell of them: who each is, when, and what they answered.

Each of `SOURCES` reads one product's payload, in the shape its documentation gives. Which answer is
which field of a lead is found as for a spreadsheet's columns.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from api.schemas.imports import ImportedLead
from api.services.lead_columns import answer, proposed

SENT_BY_OTHERS = UUID("3f9a1f58-6c0e-4f2f-9d31-0f6f6f0b2b61")
"""Namespace of the ids of leads and events that others number."""

Payload = Mapping[str, Any]

Answers = list[tuple[str, str]]
"""What was asked, or a field's name, and what was answered."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A form that somebody filled in.

    Parameters
    ----------
    person
        The number of who it is, or of the form where each is somebody new.
    number
        Of the form.
    at
        When; None for now.
    answers
        What was answered; of two for one field the first counts.
    facts
        Of the form and its campaign, nothing personal.
    """

    person: str
    number: str
    at: datetime | None
    answers: Answers
    facts: dict[str, str] = field(default_factory=dict)


def meta(payload: Payload) -> list[Submission]:
    """Read lead ads of Meta: leads as its Graph API gives them, alone or within a notification.

    Of a notification without answers there is nothing to store: it has the lead's number only.
    """
    changes = [change for entry in payload.get("entry", ()) for change in entry["changes"]]
    leads = [change["value"] for change in changes if change.get("field") == "leadgen"]
    return [
        Submission(
            person=str(lead.get("id") or lead["leadgen_id"]),
            number=str(lead.get("id") or lead["leadgen_id"]),
            at=moment(lead.get("created_time")),
            answers=[(one["name"], _text(one["values"])) for one in lead["field_data"]],
            facts=_facts(
                lead, campaign="campaign_id", ad="ad_id", adset="adgroup_id", form="form_id"
            ),
        )
        for lead in (leads if "entry" in payload else [payload])
    ]


GOOGLE_FIELDS = {"FULL_NAME", "FIRST_NAME", "LAST_NAME", "EMAIL", "PHONE_NUMBER", "CITY"}
"""Columns of Google's whose own name says what they are, in whatever language the form is."""


def google(payload: Payload) -> list[Submission]:
    """Read a lead form of Google Ads, which doesn't say when; a test's is nobody's."""
    if payload.get("is_test"):
        return []
    answers = []
    for column in payload["user_column_data"]:
        name = column.get("column_id", "")
        asked = {"REGION": "state"}.get(name) or (
            name if name in GOOGLE_FIELDS else column.get("column_name") or name
        )
        answers.append((asked, _text(column.get("string_value"))))
    number = str(payload["lead_id"])
    facts = _facts(
        payload, campaign="campaign_id", ad="creative_id", adset="adgroup_id", form="form_id"
    )
    return [Submission(number, number, None, answers, facts)]


def rd_station(payload: Payload) -> list[Submission]:
    """Read a conversion of RD Station Marketing; its contact is the same lead each time."""
    contact = payload["contact"]
    fields = ("name", "email", "mobile_phone", "personal_phone", "city", "state")
    custom = [name for name in contact if name.startswith("cf_")]
    at = moment(payload.get("event_timestamp") or payload.get("timestamp"))
    identifier = str(payload.get("event_identifier", ""))
    return [
        Submission(
            person=str(contact["uuid"]),
            number=f"{contact['uuid']}/{identifier}/{at}",
            at=at,
            answers=[
                (name.removeprefix("cf_"), _text(contact.get(name))) for name in (*fields, *custom)
            ],
            facts={"form": identifier} if identifier else {},
        )
    ]


HUBSPOT_FIELDS = {
    "firstname": "first name",
    "lastname": "last name",
    "email": "email",
    "mobilephone": "mobile",
    "phone": "phone",
    "city": "city",
    "state": "state",
}


def hubspot(payload: Payload) -> list[Submission]:
    """Read a contact that a workflow of HubSpot's sends; it is the same lead each time."""
    properties = {name: _property(value) for name, value in payload["properties"].items()}
    person = str(payload.get("vid") or payload["id"])
    forms = sorted(payload.get("form-submissions", ()), key=lambda form: form["timestamp"])
    newest = forms[-1] if forms else {}
    own = [name for name in properties if name not in HUBSPOT_FIELDS and name[:3] != "hs_"]
    return [
        Submission(
            person=person,
            number=str(newest.get("conversion-id") or person),
            at=moment(
                newest.get("timestamp") or properties.get("createdate") or payload.get("createdAt")
            ),
            answers=[
                *((asked, properties.get(name, "")) for name, asked in HUBSPOT_FIELDS.items()),
                *((name, properties[name]) for name in own),
            ],
            facts=_facts(newest, form="form-id"),
        )
    ]


def _property(value: Any) -> str:
    return _text(value.get("value") if isinstance(value, Mapping) else value)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return "" if value is None else str(value)


def _facts(payload: Payload, **names: str) -> dict[str, str]:
    return {fact: str(payload[name]) for fact, name in names.items() if payload.get(name)}


SOURCES: dict[str, Callable[[Payload], list[Submission]]] = {
    "meta": meta,
    "google": google,
    "rdstation": rd_station,
    "hubspot": hubspot,
}
"""By name, what reads a product's payload."""


def moment(value: Any) -> datetime | None:
    """Return a moment that is over, of seconds or milliseconds since 1970 or as ISO 8601 has it.

    Examples
    --------
    >>> str(moment(1767225600)), str(moment("1767225600000"))
    ('2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00')
    >>> str(moment("2026-01-01T00:00:00+0000")), moment("soon"), moment(None)
    ('2026-01-01 00:00:00+00:00', None, None)
    """
    text = _text(value)
    try:
        if text.isdecimal():
            seconds = int(text)
            read = datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)  # noqa: PLR2004 - the year 5138
        else:
            read = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    read = read if read.tzinfo else read.replace(tzinfo=UTC)
    return read if read <= datetime.now(UTC) else None


def is_from(source: str, secret: str, key: str | None, signature: str | None, body: bytes) -> bool:
    """Tell whether a request is from who knows the secret, in a time that says nothing of it.

    Parameters
    ----------
    source
        One of `SOURCES`.
    secret
        What was agreed with it.
    key
        What the address, a header or the payload has.
    signature
        ``X-Hub-Signature-256``, where it signs.
    body
        As it was sent.
    """
    if source == "meta" and signature:
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(f"sha256={digest}".encode(), signature.encode())
    return hmac.compare_digest(secret.encode(), (key or "").encode())


def lead_of(submission: Submission, segment: str | None, zone: ZoneInfo) -> ImportedLead:
    """Return a submission's lead. An answer that can't be one is left out: the rest is not.

    Raises
    ------
    ValidationError
        When nothing says who it is, or what it wants.
    """
    values = _fields(submission.answers, zone)
    values["created_at"] = submission.at
    values.setdefault("segmento_interesse", segment)
    for name in ("email", "whatsapp"):
        values.setdefault("nome", values.get(name))
    try:
        return ImportedLead.model_validate(values)
    except ValidationError as error:
        wrong = {problem["loc"][0] for problem in error.errors()}
        return ImportedLead.model_validate(
            {name: value for name, value in values.items() if name not in wrong}
        )


def _fields(answers: Iterable[tuple[str, str]], zone: ZoneInfo) -> dict[str, Any]:
    given = [(asked, text) for asked, text in answers if text.strip()]
    fields: dict[str, Any] = {}
    for named, (_, text) in zip(proposed([asked for asked, _ in given]), given, strict=True):
        if named == "nome" and named in fields:
            fields[named] += f" {text.strip()}"
        elif named and named != "created_at":
            fields.setdefault(named, answer(named, text, zone))
    return fields


def lead_id(source: str, submission: Submission) -> UUID:
    """Return the id of whom a submission is of."""
    return uuid5(SENT_BY_OTHERS, f"{source}/lead/{submission.person}")


def event_id(source: str, submission: Submission) -> UUID:
    """Return the id of the event that a submission is."""
    return uuid5(SENT_BY_OTHERS, f"{source}/form/{submission.number}")
