"""The demo's data, made and emptied over HTTP; only where the demo runs."""

from fastapi import APIRouter

from api.access import Actor, Admin, only_in_demo
from api.dependencies import Services, ServicesDep
from api.docs import refuses
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.demo import Reset, Seeded, SeedLeads, SeedPartners
from api.services import audit, commands
from api.services.database import STATEMENTS
from api.texts import Text

router = APIRouter(tags=["demo"], prefix="/demo")

BUSY = refuses(409, Text.BUSY)


async def _seed(services: Services, actor: Actor, *arguments: str) -> JsonResponse:
    """Run ``demo.seed``, which stands above the API in the layers: as a command."""
    only_in_demo(services.settings)
    result = await commands.run(services.settings.database_url, "demo.seed", *arguments)
    if result.code:
        raise ApiError(409, Text.COMMAND_FAILED.format(reason=result.last_line))
    async with services.database.transaction() as connection:
        await audit.record(connection, actor, "demo seeded", arguments=arguments)
    return JsonResponse({"ok": True, "message": result.out.strip()})


@router.post("/seed-leads", response_model=Seeded, responses=BUSY, summary="Invent leads")
async def seed_leads(
    services: ServicesDep, actor: Admin, body: SeedLeads | None = None
) -> JsonResponse:
    """Invent leads with their history. The same seed makes the same leads."""
    chosen = body or SeedLeads()
    if chosen.seed is not None and not chosen.replace:
        raise ApiError(400, Text.SEED_NEEDS_REPLACE)
    arguments = ["--only", "leads", "--leads", str(chosen.n)]
    if chosen.seed is not None:
        arguments += ["--seed", str(chosen.seed)]
    if chosen.replace:
        arguments.append("--replace")
    return await _seed(services, actor, *arguments)


@router.post("/seed-partners", response_model=Seeded, responses=BUSY, summary="Invent partners")
async def seed_partners(
    services: ServicesDep, actor: Admin, body: SeedPartners | None = None
) -> JsonResponse:
    """Invent partners, in place of those invented before."""
    chosen = body or SeedPartners()
    arguments = ["--only", "partners", "--partners", str(chosen.n), "--replace"]
    if chosen.seed is not None:
        arguments += ["--seed", str(chosen.seed)]
    return await _seed(services, actor, *arguments)


@router.post("/reset-seeded-leads", response_model=Seeded, responses=BUSY,
             summary="Remove invented leads")  # fmt: skip
async def reset_seeded(services: ServicesDep, actor: Admin) -> JsonResponse:
    """Remove the leads that the demo invented, and nothing else."""
    return await _seed(services, actor, "--only", "leads", "--leads", "0", "--replace")


@router.post("/reset", response_model=Reset, summary="Empty leads and events")
async def reset(services: ServicesDep, actor: Admin) -> JsonResponse:
    """Empty leads, with their events and notes; partners stay."""
    only_in_demo(services.settings)
    async with services.database.transaction() as connection:
        deleted = await connection.fetchval(STATEMENTS["count_leads"])
        await connection.execute(STATEMENTS["reset"])
        await audit.record(connection, actor, "demo reset", leads=deleted)
    return JsonResponse({"ok": True, "deleted": deleted})
