"""Score one lead in memory: what it did and answered, the team's rules, the reasons in words.

Run it from the checkout: ``.venv/bin/python -m examples.score_without_a_database``.
"""

from domain.catalogue import catalogue
from domain.scoring import score_lead
from domain.state import LeadState
from online_models.day_zero import day_zero

NINE_O_CLOCK = 1_764_147_600.0
"""26 November 2025, 09:00 UTC, in seconds since 1970."""


def main() -> None:
    """Print the score after each event, and at the end the reasons and what to do."""
    words = catalogue("en")
    scorecard = day_zero().scorecard(version=0)
    lead = LeadState(NINE_O_CLOCK, profile={"orcamento_faixa": "20k-60k", "prazo_compra": "7d"})
    at = NINE_O_CLOCK
    scored = score_lead(lead, scorecard, at)
    for event_type in ("page_view", "hook_complete", "cta_click"):
        at += 60
        lead.fold(event_type, at)
        scored = score_lead(lead, scorecard, at)
        print(f"{event_type:14} score {scored.score:3}")
    for reason in scored.reasons:
        print(f"{reason.points:+5}  {words.reason(reason.code)}")
    print(f"next   {words.action(scored.action)}")


if __name__ == "__main__":
    main()
