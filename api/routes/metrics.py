"""Measurements for Prometheus: what the API serves, and how far the stream is."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from api.access import Viewer
from api.dependencies import Galope

router = APIRouter(tags=["operation"])

REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "galope_http_requests_total",
    "Requests answered.",
    ("method", "route", "status"),
    registry=REGISTRY,
)
SECONDS = Histogram(
    "galope_http_request_seconds",
    "Seconds until a request was answered.",
    ("method", "route"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=REGISTRY,
)
READERS = Gauge("galope_sse_readers", "Readers of the live stream.", registry=REGISTRY)
STATE = {
    name: Gauge(f"galope_{name}", text, registry=REGISTRY)
    for name, text in (
        ("leads_known", "Leads with a stored state."),
        ("leads_due", "Leads whose score is due."),
        ("change_log_bytes", "Size of the change log."),
        ("dead_letters", "Changes set aside."),
        ("heartbeat_age_seconds", "Since the stream last said that it is alive."),
        ("model_version", "Version of the model that scores."),
    )
}


TEXT: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"text/plain": {"example": "galope_leads_due 0.0\n"}},
        "description": "Measurements.",
    }
}


@router.get("/metrics", response_class=Response, responses=TEXT, summary="For Prometheus")
async def metrics(galope: Galope, _: Viewer) -> Response:
    """Return the measurements in Prometheus's own format."""
    row = await galope.database.fetchrow("measures")
    for name, gauge in STATE.items():
        gauge.set(float("nan") if row is None or row[name] is None else row[name])
    READERS.set(galope.changes.readers)
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
