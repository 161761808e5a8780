"""Notes, as they are sent and answered."""

from pydantic import Field

from api.schemas.base import RequestBody, ResponseBody, StorableText, Timestamp


class NewNote(RequestBody):
    """A note; ``NEXT_ACTION|date|time|text`` also sets the next action."""

    note: StorableText = Field(min_length=1, max_length=10_000, examples=["Prefere falar à tarde"])


class Note(ResponseBody):
    """A note."""

    id: str = Field(examples=["17"])
    type: str | None = Field(examples=["NEXT_ACTION"])
    text: str | None = Field(examples=["Ligar para confirmar"])
    date: str | None = Field(examples=["2026-05-05"])
    hour: str | None = Field(examples=["09:00"])
    created_at: Timestamp | None


class Notes(ResponseBody):
    """A lead's notes."""

    notes: list[Note]
