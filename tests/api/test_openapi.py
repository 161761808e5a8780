"""Whatever the description allows, and much that it does not, is answered as it says: no 500."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import response_schema_conformance

from tests.api.served import described, served

REQUESTS = int(os.environ.get("GALOPE_TEST_REQUESTS", "300"))
"""Requests made, of all calls together."""

ENDLESS_OR_SLOW = {
    "/stream/leads",
    "/admin/ml/retrain",
    "/admin/ml/audit",
    "/demo/seed-leads",
    "/demo/seed-partners",
}
"""Calls that never end, or start a process."""

Case = schemathesis.Case[Any]

MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


def cases(lead_id: str) -> st.SearchStrategy[Case]:
    """Return requests that the description allows, and some that it does not, often of a lead."""
    said = described()
    paths = {path: one for path, one in said["paths"].items() if path not in ENDLESS_OR_SLOW}
    schema = schemathesis.openapi.from_dict(said | {"paths": paths})
    # Made-up keys would all be refused before anything else is looked at.
    schema.config.generation.update(with_security_parameters=False)

    def of_a_lead(case: Case) -> Case:
        if "lead_id" in (case.path_parameters or {}):
            case.path_parameters["lead_id"] = lead_id
        if isinstance(case.body, dict) and "lead_id" in case.body:
            case.body["lead_id"] = lead_id
        return case

    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    some: st.SearchStrategy[Case] = st.one_of(
        [one.as_strategy(generation_mode=mode) for one in operations for mode in MODES]
    )
    return st.one_of(some, some.map(of_a_lead))


@pytest.mark.timeout(900)
@pytest.mark.no_cover
async def test_no_request_is_answered_with_a_500(database: str) -> None:
    once = {"Idempotency-Key": "the same lead"}
    lead = {"nome": "Ana Prado", "segmento_interesse": "CAVALOS", "uf": "MG"}
    async with served(database) as api:
        base = str(api.client.base_url)
        with httpx.Client(base_url=base) as client:

            def captured() -> str:
                """Return the lead's id; if the last request deleted it, it is there again."""
                lead_id: str = client.post("/leads", json=lead, headers=once).json()["id"]
                return lead_id

            @settings(
                max_examples=REQUESTS,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=cases(await asyncio.to_thread(captured)))
            def hammer(case: Case) -> None:
                captured()
                answer = case.call(base_url=base)
                checks = [not_a_server_error, response_schema_conformance]
                case.validate_response(answer, checks=checks)
                said = case.operation.definition.raw["responses"]
                assert str(answer.status_code) in said, (case.operation.label, answer.text)

            await asyncio.to_thread(hammer)
