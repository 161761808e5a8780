"""Training again, and the audit of the history that models learn from."""

import orjson
from fastapi import APIRouter

from api.access import Admin
from api.dependencies import UNKNOWN_HEAD, Services, ServicesDep
from api.docs import refuses
from api.errors import ApiError
from api.responses import JsonResponse
from api.schemas.parameters import HeadQuery
from api.schemas.training import Audited, Retrain, Retrained
from api.services import audit, commands
from api.services.commands import REPORTS
from api.texts import Text

router = APIRouter(tags=["model"])

TOO_LITTLE = 3
"""Exit code of training and of the audit when there is too little history."""

SERIOUS = 4
"""The audit's exit code when it found something serious."""

COMMAND = refuses(409, Text.BUSY) | refuses(502, Text.COMMAND_FAILED.format(reason="…"))
"""How a call may be answered that runs a command."""


@router.post("/admin/ml/retrain", response_model=Retrained, responses=COMMAND | UNKNOWN_HEAD,
             summary="Train again")  # fmt: skip
async def retrain(
    services: ServicesDep, actor: Admin, body: Retrain | None = None, head: HeadQuery = None
) -> JsonResponse:
    """Learn a model from the database's history, and return its report.

    ``head`` has one learned of a head beside the primary one.

    The fit is exact, so ``random_state`` and ``search_mode`` change nothing; they are taken so that
    clients that send them need not change.
    """
    chosen = body or Retrain()
    asked = (await services.head(head)).name
    further = await _further(services, asked)
    await _as_expected(services, chosen)
    arguments = ("offline.train", "--min-leads", str(chosen.min_rows), *further)
    result = await commands.run(services.settings.database_url, *arguments)
    if result.code == TOO_LITTLE:
        rows = await services.database.fetchval("resolved_leads")
        text = Text.TOO_FEW_ROWS.format(rows=rows, min_rows=chosen.min_rows)
        raise ApiError(400, text, detail=result.last_line, min_rows=chosen.min_rows)
    if result.code:
        raise ApiError(502, Text.COMMAND_FAILED.format(reason=result.last_line))
    folder = REPORTS / asked if further else REPORTS
    report = orjson.loads((folder / "training.json").read_bytes())
    rows = await services.database.fetch("models_kept", asked, 1)
    promoted = bool(rows) and (rows[0]["version"], rows[0]["status"]) == (
        report["version"],
        "champion",
    )
    async with services.database.transaction() as connection:
        await audit.record(connection, actor, "model trained", version=report["version"])
    return JsonResponse(
        {"ok": True, "promoted": promoted, "report": report, "said": result.last_line}
    )


@router.post("/admin/ml/audit", response_model=Audited, summary="Look for leaks and faults",
             responses=COMMAND | refuses(400, Text.TOO_LITTLE_TO_AUDIT) | UNKNOWN_HEAD)  # fmt: skip
async def audit_history(
    services: ServicesDep, actor: Admin, head: HeadQuery = None
) -> JsonResponse:
    """Look for leaks and faults in the history that the model learns from; nothing is changed.

    ``head`` has that of a head beside the primary one looked at.
    """
    arguments = (
        "offline.audit",
        "--json",
        *await _further(services, (await services.head(head)).name),
    )
    result = await commands.run(services.settings.database_url, *arguments)
    if result.code == TOO_LITTLE:
        raise ApiError(400, Text.TOO_LITTLE_TO_AUDIT, detail=result.last_line)
    if result.code not in {0, SERIOUS}:
        raise ApiError(502, Text.COMMAND_FAILED.format(reason=result.last_line))
    findings = orjson.loads(result.out)
    async with services.database.transaction() as connection:
        await audit.record(connection, actor, "history audited", findings=len(findings["findings"]))
    return JsonResponse(findings)


async def _further(services: Services, head: str) -> tuple[str, ...]:
    """Return how commands are told of a head beside the primary one; nothing of that one."""
    return () if head == (await services.policy()).head.name else ("--head", head)


async def _as_expected(services: Services, chosen: Retrain) -> None:
    leads = await services.database.fetchval("count_leads")
    expected = chosen.expected_leads
    if expected in {None, leads} or chosen.ignore_expected_mismatch:
        return
    text = Text.UNEXPECTED_LEADS.format(expected=expected, found=leads)
    raise ApiError(409, text, expected_leads=expected, found_leads=leads)
