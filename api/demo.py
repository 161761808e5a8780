"""The demo's data, made and emptied over HTTP; only where the demo runs."""

from fastapi import APIRouter

from api import audit, children
from api.access import Actor, Admin
from api.answers import Json
from api.database import STATEMENTS
from api.errors import ApiError
from api.models import Reset, Seeded, SeedLeads, SeedPartners
from api.parts import Galope, Parts
from api.texts import Text

router = APIRouter(tags=["demo"], prefix="/demo")


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


@router.post("/seed-leads", response_model=Seeded, summary="Invent leads")
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


@router.post("/seed-partners", response_model=Seeded, summary="Invent partners")
async def seed_partners(galope: Galope, who: Admin, body: SeedPartners | None = None) -> Json:
    """Invent partners, in place of those invented before."""
    chosen = body or SeedPartners()
    arguments = ["--only", "partners", "--partners", str(chosen.n), "--replace"]
    if chosen.seed is not None:
        arguments += ["--seed", str(chosen.seed)]
    return await _seed(galope, who, *arguments)


@router.post("/reset-seeded-leads", response_model=Seeded, summary="Remove invented leads")
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
