"""Measurements for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.api.served import Served


async def test_prometheus_is_told(api: Served) -> None:
    await api.lead()
    answer = await api.client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    said = answer.text
    assert 'galope_http_requests_total{method="POST",route="/leads",status="201"}' in said
    for name in ("heartbeat_age_seconds", "leads_due", "sse_readers", "change_log_bytes"):
        assert f"galope_{name}" in said
