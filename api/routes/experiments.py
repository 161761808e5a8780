"""Experiments over HTTP: declared, started, ended, served and read."""

from fastapi import APIRouter

from api.access import Admin, Ingester
from api.dependencies import ServicesDep
from api.docs import refuses, requires
from api.responses import JsonResponse
from api.schemas.experiments import (
    ChangedExperiment,
    Conclusion,
    ExperimentList,
    ExperimentName,
    ExperimentReport,
    NewExperiment,
    Served,
    ServedArm,
)
from api.schemas.parameters import LanguageQuery
from api.services import experiments
from api.texts import Text
from domain.catalogue import LANGUAGES, catalogue
from domain.experiments.declaration import Finding, Unit

router = APIRouter(tags=["experiments"])

UNKNOWN = refuses(404, Text.EXPERIMENT_NOT_FOUND)
STATE = refuses(409, Text.EXPERIMENT_STATE)
TOO_FEW = Finding("units_end", {"units": 27, "unit": Unit.UF, "effect": 0.12, "measure": "points"})
NO_PLAN = refuses(400, catalogue(LANGUAGES[0]).finding(TOO_FEW), code=TOO_FEW.code)


@router.post(
    "/experiments/{name}/arm", response_model=ServedArm, summary="Ask for a lead's arm",
    responses=UNKNOWN, openapi_extra=requires(Text.LEAD_ID_REQUIRED),
)  # fmt: skip
async def arm(
    services: ServicesDep,
    _: Ingester,
    name: ExperimentName,
    body: Served,
    lang: LanguageQuery = None,
) -> JsonResponse:
    """Return the arm to serve a lead now, and note that it was served, once a lead.

    Ask when the arm is really served: who was never served is no part of the comparison. Where the
    unit is a partner or a UF, the arm is that of the partner the lead was last handed to, or of its
    UF; a lead without one gets the control. Where the experiment does not run, every lead gets the
    control, or what was concluded.
    """
    words = catalogue(lang or services.settings.language)
    async with services.database.transaction() as connection:
        return JsonResponse(await experiments.serve(connection, name, body.lead_id, words))


@router.get("/admin/experiments", response_model=ExperimentList, summary="Every experiment")
async def every(services: ServicesDep, _: Admin) -> JsonResponse:
    """Return what was declared, and how far each has come."""
    rows = await services.database.fetch("experiments")
    return JsonResponse({"items": [experiments.shown(row) for row in rows]})


@router.post(
    "/admin/experiments", response_model=ChangedExperiment, status_code=201,
    summary="Declare an experiment", responses=refuses(409, Text.EXPERIMENT_TAKEN),
    openapi_extra=requires(Text.EXPERIMENT_REQUIRED),
)  # fmt: skip
async def declare(
    services: ServicesDep, actor: Admin, body: NewExperiment, lang: LanguageQuery = None
) -> JsonResponse:
    """Declare an experiment; it is a draft until it is started. What makes no sense is refused."""
    policy, words = await services.policy(), catalogue(lang or services.settings.language)
    async with services.database.transaction() as connection:
        await experiments.declare(connection, actor, body, policy, words)
    return JsonResponse({"ok": True, "name": body.name}, 201)


@router.get(
    "/admin/experiments/{name}", response_model=ExperimentReport, responses=UNKNOWN | STATE,
    summary="What an experiment says",
)  # fmt: skip
async def report(
    services: ServicesDep, _: Admin, name: ExperimentName, lang: LanguageQuery = None
) -> JsonResponse:
    """Return the figures of an experiment that was started, and what to do.

    They may be looked at any time: the intervals hold at every look at once. Leads count once the
    metric's days are over since they were served; partners and UFs once twice as many are.
    """
    words = catalogue(lang or services.settings.language)
    async with services.database.connection() as connection:
        return JsonResponse(await experiments.report(connection, name, words))


@router.post(
    "/admin/experiments/{name}/start", response_model=ChangedExperiment,
    responses=UNKNOWN | STATE | NO_PLAN, summary="Start an experiment",
)  # fmt: skip
async def start(
    services: ServicesDep, actor: Admin, name: ExperimentName, lang: LanguageQuery = None
) -> JsonResponse:
    """Plan an experiment by the leads of the last weeks, and serve its arms from now on.

    It is refused where no leads came, where the minimum effect would take more than a year, and
    where there are too few partners or UFs to find it. Where Galope serves the arms, also while
    another one of the same kind runs, and where actions are not drawn, or such alerts not opened.
    """
    words = catalogue(lang or services.settings.language)
    async with services.database.transaction() as connection:
        await experiments.start(connection, actor, name, services.settings.installed, words)
    return JsonResponse({"ok": True, "name": name})


@router.post(
    "/admin/experiments/{name}/stop", response_model=ChangedExperiment,
    responses=UNKNOWN | STATE, summary="Stop an experiment",
)  # fmt: skip
async def stop(services: ServicesDep, actor: Admin, name: ExperimentName) -> JsonResponse:
    """Serve every lead the control from now on; those that were served go on being counted.

    Where Galope serves the arms, every lead has again what it would without the experiment; alerts
    that were held back are opened, if their motive still holds.
    """
    async with services.database.transaction() as connection:
        await experiments.stop(connection, actor, name)
    return JsonResponse({"ok": True, "name": name})


@router.post(
    "/admin/experiments/{name}/conclude", response_model=ChangedExperiment,
    responses=UNKNOWN | STATE, summary="Conclude an experiment",
    openapi_extra=requires(Text.ARM_REQUIRED),
)  # fmt: skip
async def conclude(
    services: ServicesDep, actor: Admin, name: ExperimentName, body: Conclusion
) -> JsonResponse:
    """Serve every lead one arm from now on.

    Where Galope serves the arms, that changes what it does. With `none`, alerts of the motive are
    looked for no more: the policy says so, and can be changed back. `learned` or `rules` chooses
    actions until draws say otherwise.
    """
    async with services.database.transaction() as connection:
        await experiments.conclude(connection, actor, name, body.arm, services.settings.installed)
    return JsonResponse({"ok": True, "name": name})
