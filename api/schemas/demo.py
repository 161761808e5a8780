"""The demo's data, as they are asked for and answered."""

from typing import Annotated

from pydantic import Field

from api.schemas.base import Ok, RequestBody, ResponseBody

Seed = Annotated[int, Field(ge=0, le=2**31, examples=[42])]


class SeedLeads(RequestBody):
    """How many leads to invent."""

    n: int = Field(default=300, ge=1, le=100_000, examples=[300])
    replace: bool = Field(default=False, examples=[True])
    seed: Seed | None = None


class SeedPartners(RequestBody):
    """How many partners to invent."""

    n: int = Field(default=120, ge=1, le=100_000, examples=[120])
    seed: Seed | None = None


class Seeded(ResponseBody):
    """What was invented or removed."""

    ok: Ok
    message: str = Field(examples=["300 leads"])


class Reset(ResponseBody):
    """What was emptied."""

    ok: Ok
    deleted: int = Field(examples=[300])
