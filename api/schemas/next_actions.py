"""A lead's next action, as it is sent and answered."""

from datetime import date, datetime, time
from typing import Any

from pydantic import AliasChoices, Field, model_validator

from api.errors import ApiError
from api.schemas.base import LeadId, Line, Ok, RequestBody, ResponseBody, StorableText
from api.schemas.leads import Lead
from api.texts import Text

WRAPPERS = ("next_action", "proxima_acao", "proximaAcao")
"""Names under which clients send an action whole."""


class NextAction(ResponseBody):
    """What is to be done next, and when."""

    text: str | None = Field(examples=["Ligar para confirmar"])
    date: str | None = Field(examples=["2026-05-05"])
    time: str | None = Field(examples=["09:00"])


class NextActionChange(RequestBody):
    """A next action; dates are ``YYYY-MM-DD`` or ``DD/MM/YYYY``, times ``HH:MM``."""

    lead_id: LeadId | None = Field(default=None, description="Where the path names no lead.")
    next_action_text: StorableText | None = Field(
        default=None,
        validation_alias=AliasChoices(
            "next_action_text", "texto", "text", "proxima_acao", "next_action"
        ),
        max_length=2000,
        examples=["Ligar para confirmar"],
    )
    next_action_date: Line | None = Field(
        default=None,
        validation_alias=AliasChoices("next_action_date", "data", "date"),
        examples=["2026-05-05"],
    )
    next_action_time: Line | None = Field(
        default=None,
        validation_alias=AliasChoices("next_action_time", "hora", "time"),
        examples=["09:00"],
    )

    @model_validator(mode="before")
    @classmethod
    def _unwrapped(cls, values: Any) -> Any:
        """Take an action that is an object of its own for its fields."""
        if not isinstance(values, dict):
            return values
        inner: dict[str, Any] = next(
            (values[name] for name in WRAPPERS if isinstance(values.get(name), dict)), {}
        )
        return {name: value for name, value in values.items() if value is not inner} | inner


class LeadNextAction(ResponseBody):
    """A lead's next action, under every name that clients read."""

    ok: Ok
    lead_id: LeadId
    lead: Lead
    next_action: NextAction
    proxima_acao: NextAction
    proximaAcao: NextAction  # noqa: N815 - a name on the wire


def parse_date(text: str | None) -> date | None:
    """Return a day written ``YYYY-MM-DD`` or ``DD/MM/YYYY``; None for none.

    Examples
    --------
    >>> parse_date("05/05/2026") == parse_date("2026-05-05") == date(2026, 5, 5)
    True
    """
    if not text:
        return None
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - only the day is taken
        except ValueError:
            continue
    raise ApiError(400, Text.BAD_DATE)


def parse_time(text: str | None) -> time | None:
    """Return a time written ``HH:MM``; seconds are left out; None for none."""
    if not text:
        return None
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError as error:
        raise ApiError(400, Text.BAD_TIME) from error
