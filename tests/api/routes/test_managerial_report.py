"""The managerial report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from domain.catalogue import LANGUAGES
from tests.api.served import execute, served

if TYPE_CHECKING:
    from tests.api.served import Served


def texts_of(report: dict[str, Any]) -> list[str]:
    """Return all that a report says in words of its own."""
    score = report["qualification_intelligence"]
    return [
        report["executive_summary"]["headline"],
        *report["executive_summary"]["why_sent"],
        report["routing"]["primary_sector"]["owner"],
        score["probability_qualified_text"],
        report["partner_matching"]["recommendation"],
        report["routing"]["next_best_action"],
        score["summary"],
        *(reason["fator"] for reason in score["score_reasons"]),
        *report["managerial_risks"],
        *(one["action"] for one in report["managerial_recommendations"]),
        *(one["horizon"] for one in report["managerial_recommendations"]),
        *(one["text"] for one in report["partner_matching"]["top_matches"][0]["reasons"]),
        report["governance"]["note"],
    ]


@pytest.mark.parametrize("name", ["managerial-report", "relatorio-gerencial"])
async def test_the_managerial_report(api: Served, name: str) -> None:
    lead = await api.lead()
    answer = (await api.client.get(f"/crm/leads/{lead['id']}/{name}")).json()
    assert answer["ok"] is True
    assert set(answer["report"]) == {
        "report_id",
        "generated_at",
        "lead_snapshot",
        "executive_summary",
        "routing",
        "qualification_intelligence",
        "engagement",
        "crm_context",
        "partner_matching",
        "managerial_risks",
        "managerial_recommendations",
        "governance",
    }
    assert "Sem telefone nem e-mail" in answer["report"]["managerial_risks"]


async def test_the_timeline_begins_with_the_stage(api: Served, database: str) -> None:
    lead = await api.lead()
    await api.client.post("/events", json={"lead_id": lead["id"], "event_type": "cta_click"})
    await execute(database, "UPDATE leads SET status = 'QUALIFICADO'")
    await api.client.post("/handoff", json={"lead_id": lead["id"], "channel": "whatsapp"})
    await api.client.post(f"/leads/{lead['id']}/notes", json={"note": "Visita marcada"})
    report = (await api.client.get(f"/leads/{lead['id']}/managerial-report")).json()["report"]
    assert report["engagement"]["event_breakdown"] == {"cta_click": 1, "handoff": 1}
    (entry,) = report["engagement"]["timeline"]
    assert (entry["event_type"], entry["metadata"]["channel"]) == ("handoff", "whatsapp")
    handoff = report["routing"]["handoff_event"]
    assert (handoff["channel"], handoff["mapped_sector"]["code"]) == ("whatsapp", "CAVALOS")
    assert report["crm_context"]["notes_count"] == 1
    assert report["crm_context"]["latest_notes"][0]["text"] == "Visita marcada"
    assert report["lead_snapshot"]["stage"] == "ENVIADO"


async def test_the_managerial_report_speaks_the_readers_language(database: str) -> None:
    await execute(
        database, "INSERT INTO partners (cnpj, uf, segmento) VALUES ('1', 'MG', 'CAVALOS')"
    )
    async with served(database, language="es") as api:
        lead = await api.lead()
        await api.client.post("/events", json={"lead_id": lead["id"], "event_type": "cta_click"})
        reports = {
            language: (
                await api.client.get(
                    f"/crm/leads/{lead['id']}/managerial-report", params={"lang": language or []}
                )
            ).json()["report"]
            for language in (None, *LANGUAGES)
        }
        unknown = await api.client.get(
            f"/crm/leads/{lead['id']}/managerial-report", params={"lang": "fr"}
        )
    assert unknown.status_code == 400
    assert texts_of(reports[None]) == texts_of(reports["es"])
    assert reports["en"]["executive_summary"]["headline"] == (
        "Ana Prado (CAVALOS, MG) has score 25 and stands in Curious."
    )
    said = {language: set(texts_of(reports[language])) for language in LANGUAGES}
    assert said["pt-BR"] & said["es"] == {"Estado"}
    assert not said["es"] & said["en"]
    assert not said["pt-BR"] & said["en"]
    for report in reports.values():
        score = report["qualification_intelligence"]
        assert sum(one["impacto"] for one in score["score_reasons"]) == score["score"] == 25
