"""The team's rules by code, and the gate to QUALIFICADO."""

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
