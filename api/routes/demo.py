"""The demo's data, made and emptied over HTTP; only where the demo runs."""

import hashlib
import secrets

import orjson
from fastapi import APIRouter

from api.access import Actor, Admin, only_in_demo
from api.dependencies import Services, ServicesDep
from api.docs import refuses
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.demo import (
    PartnersReset,
    Reset,
    ResetSeeded,
    SeedCatalogue,
    SeededCatalogue,
    SeededLeads,
    SeededPartners,
    SeededRemoved,
    SeedLeads,
    SeedPartners,
)
from api.services import audit, commands
from api.services.database import STATEMENTS
from api.texts import Text
from domain.bands import Status

router = APIRouter(tags=["demo"])

BUSY = refuses(409, Text.BUSY)

SEEDS = 2**31
"""Seeds that there are."""

OLD_TABLES = {"crm_lead_notes": 0, "crm_lead_state": 0}
"""Rows of tables that clients ask after and that are not kept here."""

CATALOGUE = 1_000
"""Partners that ``/crm/seed`` invents."""


def _number(seed: str | None) -> int:
    """Return the number of a seed: itself, that of a text, or one by chance."""
    if seed is None:
        return secrets.randbelow(SEEDS)
    if seed.isascii() and seed.isdigit() and int(seed[:11]) < SEEDS:
        return int(seed)
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4]) % SEEDS


async def _seed(
    services: Services, actor: Actor, kind: str, body: SeedLeads | SeedPartners
) -> tuple[str, dict[str, object]]:
    """Run ``demo.seed``, which stands above the API in the layers: as a command.

    Returns
    -------
    The number of the seed, and what every answer says of it.
    """
    only_in_demo(services.settings)
    if body.seed is not None and not body.replace:
        raise ApiError(400, Text.SEED_NEEDS_REPLACE, hint=Text.SEED_NEEDS_REPLACE)
    number = str(_number(body.seed))
    result = await commands.run(
        services.settings.database_url, "demo.seed", "--only", kind, f"--{kind}", str(body.n),
        "--seed", number, "--replace" if body.replace else "--add",
    )  # fmt: skip
    if result.code:
        raise ApiError(409, Text.COMMAND_FAILED.format(reason=result.last_line))
    async with services.database.transaction() as connection:
        await audit.record(connection, actor, "demo seeded", kind=kind, rows=body.n)
    return number, {
        "ok": True,
        "inserted": body.n,
        "replace": body.replace,
        "seed": body.seed,
        "deterministic": body.seed is not None,
        "message": result.out.strip(),
    }


@router.post("/demo/seed-leads", response_model=SeededLeads, responses=BUSY,
             summary="Invent leads")  # fmt: skip
async def seed_leads(
    services: ServicesDep, actor: Admin, body: SeedLeads | None = None
) -> JsonResponse:
    """Invent leads with their history. The same seed makes the same leads."""
    number, answer = await _seed(services, actor, "leads", body or SeedLeads())
    seeded = await services.database.fetchrow("seeded", number)
    counts = orjson.loads(seeded["by_status"]) if seeded else {}
    return JsonResponse(
        {
            **answer,
            "by_status": dict.fromkeys(map(str, Status), 0) | counts,
            "events_inserted": seeded["events"] if seeded else 0,
            "total_leads": await services.database.fetchval("count_leads"),
        }
    )


@router.post("/demo/seed-partners", response_model=SeededPartners, responses=BUSY,
             summary="Invent partners")  # fmt: skip
async def seed_partners(
    services: ServicesDep, actor: Admin, body: SeedPartners | None = None
) -> JsonResponse:
    """Invent partners; with ``replace``, in place of those invented before."""
    _, answer = await _seed(services, actor, "partners", body or SeedPartners())
    total = await services.database.fetchval("count_partners")
    return JsonResponse({**answer, "skipped_conflicts": 0, "total": total})


@router.post("/crm/seed", response_model=SeededCatalogue, responses=BUSY,
             summary="Invent partners where there are none")  # fmt: skip
async def seed_catalogue(
    services: ServicesDep, actor: Admin, body: SeedCatalogue | None = None
) -> JsonResponse:
    """Invent partners if there are none, or with ``force`` in place of those invented before."""
    only_in_demo(services.settings)
    force, seeded = bool(body and body.force), 0
    if force or not await services.database.fetchval("count_partners"):
        seeded = CATALOGUE
        await _seed(services, actor, "partners", SeedPartners(n=CATALOGUE, replace=force))
    return JsonResponse({"ok": True, "seeded": seeded, "force": force})


@router.post("/demo/reset-seeded-leads", response_model=SeededRemoved,
             summary="Remove invented leads")  # fmt: skip
async def reset_seeded(
    services: ServicesDep, actor: Admin, body: ResetSeeded | None = None
) -> JsonResponse:
    """Remove the leads that a demo invented, and nothing else; with ``dry_run``, only count."""
    only_in_demo(services.settings)
    dry_run = body is not None and body.dry_run
    async with services.database.transaction() as connection:
        ids = await connection.fetchval(STATEMENTS["seeded_leads"])
        hanging = await connection.fetchrow(STATEMENTS["count_moved"], ids)
        if not dry_run:
            await connection.fetch(STATEMENTS["hold_leads"], ids)
            await connection.execute(STATEMENTS["delete_leads"], ids)
            await audit.record(connection, actor, "demo leads removed", leads=len(ids))
        total = await connection.fetchval(STATEMENTS["count_leads"])
    text = Text.WOULD_BE_DELETED if dry_run else Text.LEADS_DELETED
    return JsonResponse(
        {
            "ok": True,
            "dry_run": dry_run,
            "matched_seeded_leads": len(ids),
            "deleted": {"leads": len(ids), **dict(hanging or {}), **OLD_TABLES},
            "total_leads": total,
            "message": text.format(count=len(ids)),
        }
    )


@router.post("/demo/reset", response_model=Reset, summary="Empty leads, events and partners")
async def reset(services: ServicesDep, actor: Admin) -> JsonResponse:
    """Empty leads, with their events and notes, and partners."""
    only_in_demo(services.settings)
    async with services.database.transaction() as connection:
        deleted = await connection.fetchrow(STATEMENTS["count_all"])
        await connection.execute(STATEMENTS["reset"])
        counts = dict(deleted or {})
        await audit.record(connection, actor, "demo reset", **counts)
    return JsonResponse({"ok": True, "deleted": counts, "message": Text.EMPTIED})


@router.post("/demo/reset-partners", response_model=PartnersReset, summary="Remove partners")
async def reset_partners(services: ServicesDep, actor: Admin) -> JsonResponse:
    """Remove every partner."""
    only_in_demo(services.settings)
    async with services.database.transaction() as connection:
        deleted = await connection.fetchval(STATEMENTS["count_partners"])
        await connection.execute(STATEMENTS["reset_partners"])
        await audit.record(connection, actor, "demo partners removed", partners=deleted)
    message = Text.PARTNERS_DELETED.format(count=deleted)
    return JsonResponse({"ok": True, "deleted": deleted, "message": message})
