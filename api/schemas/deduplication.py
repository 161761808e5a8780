"""Deduplication, as it is asked for and answered."""

from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field

from api.schemas.base import LEAD_ID, Ok, RequestBody, ResponseBody, Timestamp
from api.schemas.parameters import clipped, meant

WINDOW_MINUTES = 60
"""Within which a lead that says the same is the same."""

YEAR = 525_600
"""Minutes."""

OLD_TABLES = {
    "crm_lead_notes": 0,
    "crm_lead_state_promoted": 0,
    "crm_lead_state_removed": 0,
}
"""Rows of tables that clients ask after and that are not kept here."""


class Deduplication(RequestBody):
    """Which duplicates to merge; nothing is, unless ``dry_run`` is clearly off."""

    dry_run: Annotated[bool, BeforeValidator(meant)] = Field(default=True, examples=[True])
    window_minutes: Annotated[int, BeforeValidator(clipped(1, YEAR, WINDOW_MINUTES))] = Field(
        default=WINDOW_MINUTES, examples=[60]
    )


class DuplicateGroup(ResponseBody):
    """Leads that say the same."""

    kept_id: UUID = Field(examples=[LEAD_ID])
    duplicate_ids: list[UUID] = Field(examples=[["0d6a6a3a-6c0c-4f0e-9a55-0a5d2a8a7f11"]])


class DeduplicationResult(ResponseBody):
    """What was merged, or would be."""

    ok: Ok
    dry_run: bool = Field(examples=[True])
    action: str = Field(examples=["dry_run"], description="`dry_run` or `merged`.")
    window_minutes: int = Field(examples=[60])
    before_leads: int = Field(examples=[240])
    after_leads: int = Field(examples=[240])
    duplicate_groups: int = Field(examples=[1])
    duplicated_rows: int = Field(examples=[3], description="Leads in groups, the kept ones too.")
    rows_to_delete: int = Field(examples=[2])
    deleted_leads: int = Field(examples=[0])
    migrated: dict[str, int] = Field(
        examples=[{"events": 5, "lead_notes": 1, **OLD_TABLES}],
        description="Rows that go to the kept leads, by table.",
    )
    sample: list[DuplicateGroup] = Field(description="The first groups.")
    executed_at: Timestamp
