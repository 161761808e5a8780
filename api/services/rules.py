"""The team's rules by code, the gate to QUALIFICADO, and what is kept of both beside a score."""

from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

from domain.bands import Confirmation
from domain.catalogue import catalogue
from domain.policy import Policy
from domain.rules import EVENT_RULES

FUNNEL = frozenset({"page_view", "hook_complete", "cta_click", "whatsapp_click"})
"""Events that the lead's own clicks record; people apply the others."""


def rules_by_code(policy: Policy) -> dict[str, dict[str, Any]]:
    """Return the rules by code, as the contract lists them."""
    words = catalogue("pt-BR")
    return {
        kind: {
            "code": kind,
            "label": words.signal(f"event:{kind}"),
            "event_type": kind,
            "delta": points,
            "direction": "up" if points >= 0 else "down",
            "signal_patch": dict.fromkeys(map(str, sorted(EVENT_RULES[kind].confirms)), True)
            | dict.fromkeys(map(str, sorted(EVENT_RULES[kind].withdraws)), False),
        }
        for kind, points in policy.rule_points.items()
        if kind not in FUNNEL
    }


def gate(signals: frozenset[Confirmation]) -> dict[str, Any]:
    """Return whether the gate to QUALIFICADO is open, and what is missing."""
    missing = [signal for signal in Confirmation if signal not in signals]
    return {"open": not missing, "missing_signals": missing}


def confirmations_meta(confirmed: AbstractSet[Confirmation]) -> dict[str, bool]:
    """Return the three confirmations as clients read them from ``score_meta.crm_signals``."""
    return {str(name): name in confirmed for name in Confirmation}


def rule_meta(
    rule: dict[str, Any], confirmed: frozenset[Confirmation], source: str | None, at: datetime
) -> dict[str, Any]:
    """Return what ``score_meta`` keeps of a rule that was applied."""
    opening = gate(confirmed)
    return {
        "crm_signals": confirmations_meta(confirmed),
        "crm_rule_engine": {
            "version": 1,
            "model_name": "galope",
            "last_rule_code": rule["code"],
            "last_rule_label": rule["label"],
            "last_delta": rule["delta"],
            "last_source": source,
            "last_applied_at": at,
            "signals": confirmations_meta(confirmed),
            "missing_signals": opening["missing_signals"],
            "qualification_gate_open": opening["open"],
        },
    }
