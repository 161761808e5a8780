"""The demo's data, made and emptied over HTTP; only where the demo runs."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from api.access import Actor, Admin
from api.dependencies import Galope, Parts
from api.docs import refuses
from api.errors import ApiError
from api.responses import Json
from api.schemas.base import Answered, Ok, Sent
from api.services import audit
from api.services import commands as children
from api.services.database import STATEMENTS
from api.texts import Text

router = APIRouter(tags=["demo"], prefix="/demo")


BUSY = refuses(409, Text.BUSY)

Seed = Annotated[int, Field(ge=0, le=2**31, examples=[42])]


class SeedLeads(Sent):
    """How many leads to invent."""

    n: int = Field(default=300, ge=1, le=100_000, examples=[300])
    replace: bool = Field(default=False, examples=[True])
    seed: Seed | None = None


class SeedPartners(Sent):
    """How many partners to invent."""

    n: int = Field(default=120, ge=1, le=100_000, examples=[120])
    seed: Seed | None = None


class Seeded(Answered):
    """What was invented or removed."""

    ok: Ok
    message: str = Field(examples=["300 leads"])


class Reset(Answered):
    """What was emptied."""

    ok: Ok
    deleted: int = Field(examples=[300])


def only_in_demo(galope: Parts) -> None:
    """Refuse what destroys rows, unless the demo runs."""
    if not galope.settings.demo:
        raise ApiError(403, Text.ONLY_IN_DEMO)


async def _seed(galope: Parts, who: Actor, *arguments: str) -> Json:
    """Run ``demo.seed``, which stands above the API in the layers: as a command."""
    only_in_demo(galope)
    ended = await children.run(galope.settings.database_url, "demo.seed", *arguments)
    if ended.code:
        raise ApiError(409, Text.COMMAND_FAILED.format(said=ended.said))
    async with galope.database.transaction() as connection:
        await audit.record(connection, who, "demo seeded", arguments=arguments)
    return Json({"ok": True, "message": ended.out.strip()})


@router.post("/seed-leads", response_model=Seeded, responses=BUSY, summary="Invent leads")
async def seed_leads(galope: Galope, who: Admin, body: SeedLeads | None = None) -> Json:
    """Invent leads with their history. The same seed makes the same leads."""
    chosen = body or SeedLeads()
    if chosen.seed is not None and not chosen.replace:
        raise ApiError(400, Text.SEED_NEEDS_REPLACE)
    arguments = ["--only", "leads", "--leads", str(chosen.n)]
    if chosen.seed is not None:
        arguments += ["--seed", str(chosen.seed)]
    if chosen.replace:
        arguments.append("--replace")
    return await _seed(galope, who, *arguments)


@router.post("/seed-partners", response_model=Seeded, responses=BUSY, summary="Invent partners")
async def seed_partners(galope: Galope, who: Admin, body: SeedPartners | None = None) -> Json:
    """Invent partners, in place of those invented before."""
    chosen = body or SeedPartners()
    arguments = ["--only", "partners", "--partners", str(chosen.n), "--replace"]
    if chosen.seed is not None:
        arguments += ["--seed", str(chosen.seed)]
    return await _seed(galope, who, *arguments)


@router.post("/reset-seeded-leads", response_model=Seeded, responses=BUSY,
             summary="Remove invented leads")  # fmt: skip
async def reset_seeded(galope: Galope, who: Admin) -> Json:
    """Remove the leads that the demo invented, and nothing else."""
    return await _seed(galope, who, "--only", "leads", "--leads", "0", "--replace")


@router.post("/reset", response_model=Reset, summary="Empty leads and events")
async def reset(galope: Galope, who: Admin) -> Json:
    """Empty leads, with their events and notes; partners stay."""
    only_in_demo(galope)
    async with galope.database.transaction() as connection:
        deleted = await connection.fetchval(STATEMENTS["count_leads"])
        await connection.execute(STATEMENTS["reset"])
        await audit.record(connection, who, "demo reset", leads=deleted)
    return Json({"ok": True, "deleted": deleted})
