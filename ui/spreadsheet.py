"""Leads as a spreadsheet in the reader's language: headers, numbers, dates and telephones too."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from ui.cards import model_score, stage_of
from ui.session import api

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ui.translator import Translator

PAGE = 1_000
"""Leads that are read at once."""

BOM = "\ufeff"
"""By which Excel knows UTF-8."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would calculate."""

COLUMNS = (
    "score", "nome", "status", "segmento_interesse", "uf", "cidade", "whatsapp", "email",
    "orcamento_faixa", "prazo_compra", "chance", "next_action", "due", "created_at",
)  # fmt: skip


def leads_csv(translate: Translator, filters: Mapping[str, Any]) -> str:
    """Return all leads that the filters find."""
    return BOM + written(translate, _all(filters))


def _all(filters: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    offset = 0
    while page := api().get("/leads", **filters, limit=PAGE, offset=offset):
        yield from page
        offset += PAGE


def written(translate: Translator, leads: Iterable[Mapping[str, Any]]) -> str:
    """Return leads as lines of cells, with the separator that the language's Excel expects."""
    header = [translate(f"field.{column}") for column in COLUMNS]
    return _lines(translate, [header, *(_cells(translate, lead) for lead in leads)])


def _lines(translate: Translator, rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    lines = csv.writer(text, delimiter=translate.separator)
    lines.writerows([_safe(cell) for cell in row] for row in rows)
    return text.getvalue()


def to_correct(
    translate: Translator, header: list[str], refused: Iterable[Mapping[str, Any]]
) -> str:
    """Return the rows that an import refused as a file to correct, each with what is wrong."""
    rows = [[*row["cells"], problems(translate, row)] for row in refused]
    return BOM + _lines(translate, [[*header, translate("import.to_correct")], *rows])


def problems(translate: Translator, row: Mapping[str, Any]) -> str:
    """Return in words what is wrong in a row that an import refused."""
    return "; ".join(
        translate(f"import.{problem['problem']}", field=translate(f"field.{problem['field']}"))
        for problem in row["problems"]
    )


def _cells(translate: Translator, lead: Mapping[str, Any]) -> list[str]:
    share, action = lead.get("score_probability"), lead.get("next_best_action")
    text = lead.get("next_action_text") or ""
    suggested = action and action.get("text") == text
    due = lead.get("next_action_date")
    return [
        str(model_score(lead)),
        lead["nome"],
        translate.among("stage", stage_of(lead)),
        translate.among("segment", lead.get("segmento_interesse")),
        lead.get("uf") or "",
        lead.get("cidade") or "",
        (lead.get("whatsapp") or "").removeprefix("+"),
        lead.get("email") or "",
        _answer(translate, "budget", lead.get("orcamento_faixa")),
        _answer(translate, "deadline", lead.get("prazo_compra")),
        "" if share is None else translate.percent(share, 1),
        translate.action(action) if suggested else text,
        f"{translate.day(due)} {(lead.get('next_action_time') or '')[:5]}".strip() if due else "",
        translate.when(lead.get("created_at")),
    ]


def _answer(translate: Translator, section: str, code: str | None) -> str:
    return translate.among(section, code) if code else ""


def _safe(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
