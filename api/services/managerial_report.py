"""The managerial report, put together from what is known of a lead."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from api.services.live_scores import LiveScore
from api.services.rules import gate
from domain.actions import NextBestAction
from domain.bands import HOT, Status
from domain.catalogue import Catalogue
from domain.scorecard import Scorecard
from domain.scoring import confirmations_of, held_stage
from stream.writeback import Rescore, Writeback

QUIET_DAYS = 7
"""Days of silence that a manager should hear of."""

URGENT = frozenset({"handoff", "gate", "no_contact"})
"""Advice that is for today."""

SOURCES = ["leads", "events", "lead_notes", "partners"]
"""Tables that the report rests on."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a lead.

    Parameters
    ----------
    live
        Its row and score.
    rescore
        A scoring of it from its rows.
    card
        The scorecard that scores.
    row
        What the statement ``managerial_report`` returns.
    events
        Its events by type.
    notes
        Its newest notes.
    matches
        The partners that suit it best.
    now, zone
        When the report is made, and in which time zone it is read.
    """

    live: LiveScore
    rescore: Rescore
    card: Scorecard
    row: dict[str, Any]
    events: dict[str, int]
    notes: list[dict[str, Any]]
    matches: list[dict[str, Any]]
    now: datetime
    zone: ZoneInfo


def report_of(facts: Facts, words: Catalogue) -> dict[str, Any]:
    """Return the report in a language."""
    lead, texts = facts.live.lead, words.words["report"]
    opening = gate(confirmations_of(facts.rescore.lead.state))
    why = _why(facts, words)
    risks, advice = _risks(facts, words, opening)
    return {
        "report_id": f"{lead['id']}-{facts.now:%Y%m%d%H%M%S}",
        "generated_at": facts.now,
        "lead_snapshot": {
            **lead,
            "segmento": lead["segmento_interesse"],
            "stage": facts.row["stage"],
        },
        "executive_summary": _summary(facts, words, why),
        "routing": _routing(facts, words, why),
        "qualification_intelligence": _qualification(facts, words, opening),
        "engagement": _engagement(facts),
        "crm_context": {
            "notes_count": facts.row["notes"],
            "latest_notes": facts.notes,
            "next_action": {
                name: lead.get(f"next_action_{name}") for name in ("text", "date", "time", "at")
            },
        },
        "partner_matching": _partners(facts, texts),
        "managerial_risks": risks,
        "managerial_recommendations": advice,
        "governance": {
            "data_sources": SOURCES,
            "generated_by": facts.live.model_name or "galope",
            "note": texts["governance"],
        },
    }


def _sector(segment: str | None, words: Catalogue) -> dict[str, str]:
    """Return who looks after a segment; one that is unknown goes by its own name."""
    code = (segment or "").upper() or "—"
    name = words.words["sector"].get(code, segment or "—")
    return {
        "key": code.lower(),
        "code": code,
        "name": name,
        "owner": words.words["report"]["owner"].format(sector=name),
    }


def _why(facts: Facts, words: Catalogue) -> list[str]:
    lead, texts = facts.live.lead, words.words["report"]
    sector = _sector(lead["segmento_interesse"], words)
    return [
        texts["because_segment"].format(sector=sector["name"]),
        texts["because_status"].format(status=_status(facts, words)),
        texts["because_partners"].format(
            count=facts.row["in_segment"], here=facts.row["in_state"], state=lead["uf"] or "—"
        ),
    ]


def _status(facts: Facts, words: Catalogue) -> str:
    return words.words["status"].get(facts.live.status, facts.live.status)


def _summary(facts: Facts, words: Catalogue, why: list[str]) -> dict[str, Any]:
    lead, chance = facts.live.lead, facts.rescore.scored.propensity
    sector = _sector(lead["segmento_interesse"], words)
    by_person = held_stage(facts.rescore.lead.state, facts.card.directions) is not None
    return {
        "headline": words.words["report"]["summary"].format(
            name=lead["nome"],
            segment=lead["segmento_interesse"],
            state=lead["uf"] or "—",
            score=facts.rescore.scored.score,
            status=_status(facts, words),
        ),
        "sent_to": sector["name"],
        "sent_to_code": sector["code"],
        "decision_mode": "person" if by_person else "model" if facts.card.version > 0 else "rules",
        "confidence_pct": round(100 * chance),
        "why_sent": why,
    }


def _routing(facts: Facts, words: Catalogue, why: list[str]) -> dict[str, Any]:
    # What stands on the lead may have been drawn.
    stored = facts.live.lead.get("next_best_action")
    action = NextBestAction.stored(stored) if stored else facts.rescore.scored.action
    primary = _sector(facts.live.lead["segmento_interesse"], words)
    others = dict.fromkeys(match["segmento"] for match in facts.matches if match["segmento"])
    sectors = [_sector(segment, words) for segment in others]
    handoff = orjson.loads(facts.row["handoff"]) if facts.row["handoff"] else None
    return {
        "status": facts.live.status,
        "current_stage": facts.row["stage"],
        "next_best_action": words.action(action),
        "channel": action.channel,
        "primary_sector": primary,
        "secondary_sectors": [sector for sector in sectors if sector["code"] != primary["code"]],
        "destination_reasoning": why,
        "handoff_event": handoff and {**handoff, "mapped_sector": primary},
    }


def _qualification(facts: Facts, words: Catalogue, opening: dict[str, Any]) -> dict[str, Any]:
    texts, scored = words.words["report"], facts.rescore.scored
    missing = ", ".join(words.words["signal"][signal] for signal in opening["missing_signals"])
    percent = round(100 * scored.propensity)
    return {
        "score": scored.score,
        "probability_qualified": scored.propensity,
        "probability_qualified_text": texts["probability"].format(percent=percent),
        "score_engine": facts.live.engine,
        "score_model_name": facts.live.model_name,
        "scored_at": facts.live.scored_at,
        "score_reasons": orjson.loads(Writeback(words, facts.zone).reasons(facts.rescore)),
        "qualification_gate": opening,
        "summary": texts["gate_closed"].format(missing=missing) if missing else texts["gate_open"],
    }


def _quiet_days(facts: Facts) -> int | None:
    last = facts.row["latest_event_at"]
    return None if last is None else max((facts.now - last).days, 0)


def _engagement(facts: Facts) -> dict[str, Any]:
    named = ("total_events", "first_event_at", "latest_event_at", "events_last_7_days")
    return {
        **{name: facts.row[name] for name in named},
        "event_breakdown": facts.events,
        "days_since_last_event": _quiet_days(facts),
        "timeline": orjson.loads(facts.row["timeline"]),
    }


def _partners(facts: Facts, texts: Any) -> dict[str, Any]:
    first = facts.matches[0] if facts.matches else None
    return {
        "total_considered": facts.row["in_segment"],
        "total_in_state": facts.row["in_state"],
        "top_matches": facts.matches,
        "recommendation": texts["partner_first"].format(
            name=first["nome_fantasia"] or first["razao_social"], score=first["score"]
        )
        if first
        else texts["partner_none"],
    }


def _risks(
    facts: Facts, words: Catalogue, opening: dict[str, Any]
) -> tuple[list[str], list[dict[str, str]]]:
    """Return what is at risk with a lead, and what to do about each, in the same order."""
    live, quiet = facts.live, _quiet_days(facts)
    lead, sent = live.lead, live.status == Status.SENT
    hot = (live.score or 0) >= HOT and not sent
    checks = [
        (quiet is not None and quiet >= QUIET_DAYS and not sent, "quiet"),
        (not (lead.get("whatsapp") or lead.get("email")), "no_contact"),
        (hot and not opening["open"], "gate"),
        (not facts.row["in_segment"], "no_partner"),
        (not lead.get("next_action_text"), "no_action"),
    ]
    codes = [code for at_risk, code in checks if at_risk]
    risks = [words.words["risk"][code].format(days=quiet) for code in codes]
    advised = ["handoff", *codes] if live.status == Status.QUALIFIED else codes
    horizon = words.words["horizon"]
    return risks, [
        {
            "horizon": horizon["now" if code in URGENT else "week"],
            "owner": words.words["report"]["team"],
            "action": words.words["advice"][code],
        }
        for code in advised
    ]
