"""Deduplication, as it is asked for and answered."""

from pydantic import Field

from api.schemas.base import Ok, RequestBody, ResponseBody


class Deduplication(RequestBody):
    """Which duplicates to merge."""

    dry_run: bool = Field(default=True, examples=[True])
    window_minutes: int = Field(default=60, ge=1, le=525_600, examples=[60])


class DeduplicationResult(ResponseBody):
    """What was merged, or would be."""

    ok: Ok
    dry_run: bool = Field(examples=[True])
    window_minutes: int = Field(examples=[60])
    groups: int = Field(examples=[1])
    duplicate_rows: int = Field(examples=[2])
    deleted_rows: int = Field(examples=[0])
    moved: dict[str, int] = Field(examples=[{"events": 5, "notes": 1}])
