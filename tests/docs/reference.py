"""``python -m tests.docs.reference`` writes the pages that follow from the code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fastapi.routing import APIRoute

import api.settings
import postgres.settings
import ui.settings
from api.access import Needs
from api.app import CALLS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi.dependencies.models import Dependant
    from pydantic.fields import FieldInfo
    from pydantic_settings import BaseSettings

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"

MADE = "Made by `make reference` from the code; a test compares the two.\n"

DEFAULTS = {
    "converts": "`handoff`, moves to QUALIFICADO and ENVIADO, and `status:ENVIADO`",
    "loses": "`discard`, `invalid_contact`, `lost_interest`",
}
"""Defaults that are easier to read in words."""


def settings() -> str:
    """Return the page of settings, by the process that reads them."""
    shared = postgres.settings.Settings
    return "\n".join(
        (
            "# Settings\n",
            MADE,
            "All come from the environment. Each name below is one variable.\n",
            "## The stream, training, and what all processes share\n",
            *_table(shared, set()),
            "\n## The API\n",
            "The API reads those above too.\n",
            *_table(api.settings.Settings, set(shared.model_fields)),
            "\n## The admin\n",
            "The admin also reads `GALOPE_LANGUAGE`: the language it opens in.\n",
            *_table(ui.settings.Settings, {"language"}),
            "",
        )
    )


def _table(of: type[BaseSettings], without: set[str]) -> Iterator[str]:
    yield "| name | default | meaning |"
    yield "|---|---|---|"
    for name, field in of.model_fields.items():
        if name not in without:
            variable = field.validation_alias or f"GALOPE_{name.upper()}"
            yield f"| `{variable}` | {_default(name, field)} | {field.description} |"


def _default(name: str, field: FieldInfo) -> str:
    if field.default in ("", None):
        return ""
    shown = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
    return DEFAULTS.get(name, f"`{shown}`")


def http_calls() -> str:
    """Return the page of HTTP calls, by what they are about."""
    by_tag: dict[str, dict[tuple[str, str], list[APIRoute]]] = {}
    for route in (route for module in CALLS for route in module.router.routes):
        if isinstance(route, APIRoute) and route.include_in_schema:
            same = by_tag.setdefault(str(route.tags[0]), {})
            same.setdefault((str(route.summary), _role(route)), []).append(route)
    lines = [
        "# HTTP calls\n",
        MADE,
        "`/docs` of a running API describes each call: its parameters, an example of every answer",
        "and of every error. The role is the least that a key needs; [keys](keys.md) says what",
        "each may do. Aliases are addresses that front ends of the existing product use.",
    ]
    for tag, calls in sorted(by_tag.items()):
        lines += [f"\n## {tag}\n", "| what it does | call | aliases | role |", "|---|---|---|---|"]
        lines += [_row(summary, role, routes) for (summary, role), routes in calls.items()]
    return "\n".join([*lines, ""])


def _row(summary: str, role: str, routes: list[APIRoute]) -> str:
    addresses: dict[str, set[str]] = {}
    for route in routes:
        addresses.setdefault(route.path, set()).update(route.methods or ())
    (path, methods), *others = addresses.items()
    aliases = ", ".join(f"`{other}`" for other, _ in others)
    return f"| {summary} | `{' '.join(sorted(methods))} {path}` | {aliases} | {role} |"


def _role(route: APIRoute) -> str:
    roles = [needs.role for needs in _needs(route.dependant)]
    return roles[0] if roles else ""


def _needs(dependant: Dependant) -> Iterator[Needs]:
    if isinstance(dependant.call, Needs):
        yield dependant.call
    for inner in dependant.dependencies:
        yield from _needs(inner)


PAGES = {"settings.md": settings, "http.md": http_calls}
"""By file, what writes it."""


def main() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
