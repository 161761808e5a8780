"""What the OpenAPI description says beside what the calls say of themselves: every other answer."""

from collections.abc import Iterator
from typing import Any

from api.guard import INGEST
from api.schemas.base import Problem
from api.texts import Text

TITLE = "Galope"

DESCRIPTION = """Live lead scoring on Postgres: the calls of the product, answered by Galope.

Errors are `{"error": text, ...}`; of bad input, `fields` says what is wrong by field. Where keys
are asked for, send yours as `Authorization: Bearer …` or `X-API-Key: …`; `python -m api.keys` makes
them. While Postgres is away the answer is 503 with `Retry-After`."""

Answers = dict[int | str, dict[str, Any]]

PROBLEM: Answers = {
    "default": {"model": Problem, "description": "Something else is wrong; `error` says what."}
}
"""What any call may answer."""


def requires(text: str) -> dict[str, str]:
    """Return the mark of a call whose bad input is answered with this text."""
    return {"x-requires": text}


def refuses(status: int, text: str, **more: Any) -> Answers:
    """Return the description of an answer with an error, and what else stands beside the text."""
    body = {
        "schema": {"$ref": "#/components/schemas/Problem"},
        "example": {"error": text, **more},
    }
    return {status: {"description": text, "content": {"application/json": body}}}


def described(description: dict[str, Any]) -> dict[str, Any]:
    """Add to a description what its calls may answer because of what they take, and from whom."""
    for path, calls in description["paths"].items():
        for method, call in calls.items():
            for refusals in _refusals(method, path, call):
                for status, refusal in refusals.items():
                    call["responses"].setdefault(str(status), refusal)
            call["responses"] = dict(sorted(call["responses"].items()))
    return description


def _refusals(method: str, path: str, call: dict[str, Any]) -> Iterator[Answers]:
    places = {parameter["in"] for parameter in call.get("parameters", ())}
    body = "requestBody" in call
    if places or body:
        by_id_only = places == {"path"} and not body
        text = Text.BAD_ID if by_id_only else call.get("x-requires", Text.BAD_REQUEST)
        yield refuses(400, text)
    if "security" in call:
        yield refuses(401, Text.NO_KEY)
        yield refuses(403, Text.NOT_ALLOWED)
        yield refuses(503, Text.UNAVAILABLE)
    if "{lead_id}" in path:
        yield refuses(404, Text.LEAD_NOT_FOUND)
    if body:
        yield refuses(413, Text.TOO_LARGE)
    if method == "post" and path in INGEST:
        yield refuses(429, Text.TOO_MANY)
