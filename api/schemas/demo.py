"""The demo's data, as they are asked for and answered."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from api.schemas.base import Ok, RequestBody, ResponseBody
from api.schemas.parameters import clipped, meant

Seed = Annotated[str, Field(min_length=1, max_length=200, examples=["42"])]
"""A number or any text; the same one makes the same rows."""

LEADS = 300
PARTNERS = 160


class SeedLeads(RequestBody):
    """How many leads to invent; a count that can't be read is the default."""

    n: Annotated[int, BeforeValidator(clipped(0, 100_000, LEADS))] = Field(
        default=LEADS, examples=[300]
    )
    replace: bool = Field(default=False, examples=[True])
    seed: Seed | None = None


class SeedPartners(RequestBody):
    """How many partners to invent; a count that can't be read is the default."""

    n: Annotated[int, BeforeValidator(clipped(0, 100_000, PARTNERS))] = Field(
        default=PARTNERS, examples=[160]
    )
    replace: bool = Field(default=False, examples=[True])
    seed: Seed | None = None


class SeedCatalogue(RequestBody):
    """Whether partners are invented even where there are some."""

    force: bool = Field(default=False, examples=[False])


class ResetSeeded(RequestBody):
    """Whether to remove what was invented, or only to count it."""

    dry_run: Annotated[bool, BeforeValidator(meant)] = Field(default=False, examples=[True])


class Seeded(ResponseBody):
    """What was invented."""

    ok: Ok
    inserted: int = Field(examples=[300])
    replace: bool = Field(examples=[True])
    seed: str | None = Field(examples=["42"])
    deterministic: bool = Field(examples=[True], description="Whether a seed was given.")
    message: str = Field(examples=["Seeded 300 leads"])


class SeededLeads(Seeded):
    """What leads were invented."""

    by_status: dict[str, int] = Field(
        examples=[{"CURIOSO": 180, "AQUECENDO": 80, "QUALIFICADO": 30, "ENVIADO": 10}]
    )
    events_inserted: int = Field(examples=[1800])
    total_leads: int = Field(examples=[300])


class SeededPartners(Seeded):
    """What partners were invented."""

    skipped_conflicts: int = Field(examples=[0])
    total: int = Field(examples=[160])


class SeededCatalogue(ResponseBody):
    """How many partners were invented; none where there were some."""

    ok: Ok
    seeded: int = Field(examples=[1000])
    force: bool = Field(examples=[False])


class RemovedRows(ResponseBody):
    """Rows removed, or with ``dry_run`` those that would be, by table."""

    leads: int = Field(examples=[300])
    events: int = Field(examples=[1800])
    lead_notes: int = Field(examples=[4])


class SeededRemoved(ResponseBody):
    """What was removed of what was invented, or would be."""

    ok: Ok
    dry_run: bool = Field(examples=[True])
    matched_seeded_leads: int = Field(examples=[300])
    deleted: RemovedRows
    total_leads: int = Field(examples=[12], description="Leads that there are now.")
    message: str = Field(examples=["300 lead(s) excluído(s)"])


class Emptied(RemovedRows):
    """Rows removed from every table."""

    partners: int = Field(examples=[160])


class Reset(ResponseBody):
    """What was emptied."""

    ok: Ok
    deleted: Emptied
    message: str = Field(examples=["Base da demonstração esvaziada"])


class PartnersReset(ResponseBody):
    """How many partners were removed."""

    ok: Ok
    deleted: int = Field(examples=[160])
    message: str = Field(examples=["160 parceiro(s) excluído(s)"])
