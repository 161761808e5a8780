"""Measurements for Prometheus: what the API serves, and how far the stream is."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from api.access import Viewer
from api.dependencies import ServicesDep
from api.services.prometheus import READERS, REGISTRY, STATE

router = APIRouter(tags=["operation"])

TEXT: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"text/plain": {"example": "galope_leads_due 0.0\n"}},
        "description": "Measurements.",
    }
}


@router.get("/metrics", response_class=Response, responses=TEXT, summary="For Prometheus")
async def metrics(services: ServicesDep, _: Viewer) -> Response:
    """Return the measurements in Prometheus's own format."""
    row = await services.database.fetchrow("measures")
    for name, gauge in STATE.items():
        gauge.set(float("nan") if row is None or row[name] is None else row[name])
    READERS.set(services.changes.readers)
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
