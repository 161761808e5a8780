"""The OpenAPI description: an example of every answer, and every error that a call may give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
from fastapi.routing import APIRoute
from pydantic import Field, TypeAdapter, ValidationError

from api.app import CALLS
from api.guard import INGEST
from api.schemas.base import Problem, ResponseBody
from tests.api.served import described

if TYPE_CHECKING:
    from tests.api.served import Served

MODELS = {
    (method.lower(), route.path): route.response_model
    for module in CALLS
    for route in module.router.routes
    if isinstance(route, APIRoute) and route.response_model is not None
    for method in route.methods or ()
}
"""By call, what its answer is made of, as the code has it."""


def operations() -> dict[tuple[str, str], dict[str, Any]]:
    """Return what is said of each call, by its method and path."""
    paths = described()["paths"]
    return {(method, path): call for path, found in paths.items() for method, call in found.items()}


def example(schema: dict[str, Any]) -> Any:
    """Return the example of a schema; of a list, one item."""
    if "$ref" in schema:
        schema = described()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if schema.get("type") == "array":
        return [example(schema["items"])]
    return schema["examples"][0]


INSTEAD = {"calls_per_day"}
"""Fields that stand in place of others, which no example can have beside them."""


def given(value: Any) -> Any:
    """Return JSON values without the fields that stand in place of others and are empty."""
    if isinstance(value, list):
        return [given(one) for one in value]
    if not isinstance(value, dict):
        return value
    empty = {name for name in INSTEAD & value.keys() if value[name] is None}
    return {name: given(one) for name, one in value.items() if name not in empty}


def check(model: Any, shown: Any) -> None:
    """Fail unless an example is what a model describes, whole, with every field of every part."""
    known = TypeAdapter(model)
    value = known.validate_json(orjson.dumps(shown), strict=True)
    whole = known.dump_python(value, mode="json")
    assert known.dump_python(value, mode="json", exclude_unset=True) == given(whole)


def json_of(answer: dict[str, Any]) -> dict[str, Any] | None:
    found: dict[str, Any] | None = answer.get("content", {}).get("application/json")
    return found


def test_every_answer_has_an_example_that_is_one() -> None:
    checked = set()
    for call, said in operations().items():
        for status, answer in said["responses"].items():
            if status.startswith("2") and (content := json_of(answer)) is not None:
                check(MODELS[call], example(content["schema"]))
                checked.add(call)
    assert checked == set(MODELS)
    assert len(checked) > 80


def test_an_example_that_lacks_a_field_would_be_found() -> None:
    class Bare(ResponseBody):
        text: str
        more: str | None = None

    class Whole(ResponseBody):
        text: str = Field(examples=["x"])
        more: str | None = Field(default=None, examples=["y"])

    class Outer(ResponseBody):
        inner: list[Whole]

    for model in (Whole, Outer):
        check(model, model.model_json_schema()["examples"][0])
    (shown,) = Bare.model_json_schema()["examples"]
    with pytest.raises(ValidationError):
        check(Bare, shown)
    with pytest.raises(AssertionError):
        check(Whole, {"text": "x"})
    with pytest.raises(ValidationError):
        check(Outer, {"inner": [{"text": 1, "more": None}]})


HOOKS = "/hooks/{source}"
"""Called by who knows a secret of its own, and no key."""


HEALTH = {"/health", "/api/health"}
"""Open to everybody."""


def test_every_error_is_described_with_an_example() -> None:
    for (method, path), said in operations().items():
        refusals = {
            status: answer for status, answer in said["responses"].items() if status[0] in "45"
        }
        for answer in refusals.values():
            content = json_of(answer)
            assert content is not None
            shown = content.get("example") or example(content["schema"])
            if path not in HEALTH:
                check(Problem, shown)
                assert shown["error"] == answer["description"]
        body = "requestBody" in said
        expected = {
            "400": body or "parameters" in said,
            "401": path not in HEALTH,
            "403": path not in {*HEALTH, HOOKS},
            "404": "{" in path,
            "413": body,
            "422": False,
            "429": method == "post" and path in {*INGEST, HOOKS, "/session"},
            "503": path not in HEALTH,
        }
        lacking = {status for status, due in expected.items() if due} - set(refusals)
        assert not lacking, (method, path)
        assert not {status for status, due in expected.items() if not due} & set(refusals) - {
            "400",  # a call without parameters may still have too little to work on
            "404",  # or a lead named in its query or body
        }, (method, path)
    conflicts = {call for call, said in operations().items() if "409" in said["responses"]}
    assert conflicts >= {("post", "/crm/move"), ("post", "/handoff"), ("post", "/events")}


async def test_every_call_is_described_with_an_example(api: Served) -> None:
    spec = (await api.client.get("/openapi.json")).json()
    for path, methods in spec["paths"].items():
        for method, call in methods.items():
            assert call["summary"], (method, path)
            assert call["description"], (method, path)
    for name, schema in spec["components"]["schemas"].items():
        assert schema.get("description") or name in {"HTTPValidationError", "ValidationError"}, name
