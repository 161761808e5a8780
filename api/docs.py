"""What the OpenAPI description says of every call."""

from typing import Any

from api.models import Problem

TITLE = "Galope"
DESCRIPTION = """Live lead scoring on Postgres: the calls of the product, answered by Galope.

Errors are `{"error": text, ...}`. Where keys are asked for, send yours as
`Authorization: Bearer …` or `X-API-Key: …`; `python -m api.keys` makes them. While Postgres is away
the answer is 503 with `Retry-After`."""

PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Problem, "description": "What was sent can't be used; `error` says why."},
    503: {"model": Problem, "description": "Postgres is away; try again after `Retry-After`."},
}
"""Answers that any call may give."""


def requires(text: str) -> dict[str, str]:
    """Return the mark of a call whose bad input is answered with this text."""
    return {"x-requires": text}
