"""Errors as the contract says them: ``{"error": text, ...}``, without a trace of the inside."""

from collections.abc import Sequence
from typing import Any

import asyncpg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.texts import Text
from postgres.errors import GalopeError, first_line

log = structlog.get_logger()

RETRY_AFTER = {"Retry-After": "1"}

UNAVAILABLE = (
    OSError,
    TimeoutError,
    GalopeError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""What is raised while Postgres is away or busy, when the same request may succeed later."""

REFUSED = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)
"""What Postgres says of a value it can't hold."""

NOT_READY = (
    asyncpg.InsufficientPrivilegeError,
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.UndefinedFunctionError,
    asyncpg.InvalidSchemaNameError,
)
"""What Postgres says where Galope is not installed, or the role lacks rights."""

REFUSED_VALUE = "refused_value"
"""Type of a validation error whose message is for people as it is."""

WITHOUT_FIELDS = (Text.BATCH_REFUSED, Text.POLICY_REQUIRED)
"""What a call requires, where that names no field."""

_STATUS = {404: Text.NOT_FOUND, 405: Text.BAD_METHOD, 413: Text.TOO_LARGE}


class ApiError(Exception):
    """An answer other than success.

    Parameters
    ----------
    status
        Of HTTP.
    text
        For people.
    headers
        Of the answer.
    more
        What else stands beside ``error``.
    """

    def __init__(
        self, status: int, text: str, headers: dict[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(text)
        self.status = status
        self.headers = headers
        self.content = {"error": text, **more}


async def _api_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)  # noqa: S101 - registered for it only
    return JSONResponse(error.content, error.status, error.headers)


async def _http_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it only
    text = _STATUS.get(error.status_code, Text.BAD_REQUEST)
    return JSONResponse({"error": text}, error.status_code, error.headers)


async def _bad_request(request: Request, error: Exception) -> JSONResponse:
    """Answer 400 with what the call requires, and what is wrong by field."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it only
    problems = error.errors()
    fields = [
        {
            "field": ".".join(map(str, problem["loc"][1:])) or problem["loc"][0],
            "problem": problem["msg"],
        }
        for problem in problems
    ]
    route = request.scope.get("route")
    required = (getattr(route, "openapi_extra", None) or {}).get("x-requires")
    text = _said_of(problems, required)
    if any(problem["type"] == "json_invalid" for problem in problems):
        text = Text.BAD_JSON
    elif all(problem["loc"][0] == "path" for problem in problems):
        text = Text.BAD_ID
    return JSONResponse({"error": text, "fields": fields}, 400)


def _said_of(problems: Sequence[Any], required: str | None) -> str:
    """Return what is said of fields: what the call requires only where it is about one of them."""
    if refused := [problem["msg"] for problem in problems if problem["type"] == REFUSED_VALUE]:
        return str(refused[0])
    fields = [str(problem["loc"][1]) for problem in problems if len(problem["loc"]) > 1]
    if required and (
        required in WITHOUT_FIELDS or not fields or any(name in required for name in fields)
    ):
        return required
    return Text.BAD_FIELDS.format(fields=", ".join(fields)) if fields else Text.BAD_REQUEST


async def _unavailable(_: Request, error: Exception) -> JSONResponse:
    log.warning("postgres is away or busy", error=type(error).__name__)
    return JSONResponse({"error": Text.UNAVAILABLE}, 503, RETRY_AFTER)


async def _refused(_: Request, error: Exception) -> JSONResponse:
    if isinstance(error, asyncpg.ForeignKeyViolationError):
        return JSONResponse({"error": Text.LEAD_NOT_FOUND}, 404)
    return JSONResponse({"error": Text.BAD_VALUE}, 400)


async def _not_ready(_: Request, error: Exception) -> JSONResponse:
    log.error(
        "run python -m stream --install, or apply sql/grants_api.sql", error=first_line(error)
    )
    return JSONResponse({"error": Text.NOT_READY}, 503, RETRY_AFTER)


async def _internal(_: Request, __: Exception) -> JSONResponse:
    """Say that something failed; the guard logs what."""
    return JSONResponse({"error": Text.INTERNAL}, 500)


def handle(app: FastAPI) -> None:
    """Have every error answered in the contract's shape."""
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _bad_request)
    for lacking in NOT_READY:
        app.add_exception_handler(lacking, _not_ready)
    app.add_exception_handler(Exception, _internal)
    for away in UNAVAILABLE:
        app.add_exception_handler(away, _unavailable)
    for refused in REFUSED:
        app.add_exception_handler(refused, _refused)
