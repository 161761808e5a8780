"""Training and the audit of the history, as they are asked for and answered."""

from typing import Annotated, Any

from pydantic import Field

from api.schemas.base import Ok, RequestBody, ResponseBody, Timestamp
from api.schemas.models import MEASURES


class Retrain(RequestBody):
    """How to train."""

    expected_leads: Annotated[int, Field(ge=0)] | None = Field(default=None, examples=[240])
    ignore_expected_mismatch: bool = False
    random_state: int | None = None
    min_rows: int = Field(default=200, ge=1, le=10**9, examples=[200])
    search_mode: str | None = None


class Retrained(ResponseBody):
    """What training came to."""

    ok: Ok
    promoted: bool = Field(examples=[True])
    report: dict[str, Any] = Field(examples=[{"version": 3, "candidates": {"galope": MEASURES}}])
    said: str = Field(examples=["version 3 scores from now on"])


class AuditFinding(ResponseBody):
    """A fault or a leak in the history, and what to do about it."""

    code: str = Field(examples=["tells_alone"], description="What kind; stable.")
    subject: str = Field(examples=["profile:uf"], description="What it is about.")
    figure: float = Field(examples=[0.97], description="What was measured.")
    limit: float = Field(examples=[0.9], description="Where it begins to be a finding.")
    severity: str = Field(examples=["serious"])
    text: str = Field(examples=["profile:uf tells outcomes apart by itself"])
    remedy: str = Field(examples=["look whether it is filled in only after the outcome"])


class Audited(ResponseBody):
    """What was found in the history."""

    at: Timestamp
    leads: int = Field(examples=[600])
    resolved: int = Field(examples=[410])
    converted: int = Field(examples=[90])
    serious: int = Field(examples=[1], description="How many findings are serious.")
    findings: list[AuditFinding] = Field(description="The serious ones first.")
    unchecked: list[str] = Field(
        examples=[["open_leads"]], description="What there is too little for yet."
    )
