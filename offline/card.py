"""The card of a model: how good it is on leads that it had not seen, in one page of Markdown."""

from collections.abc import Iterator

from domain.state import DAY, HOUR
from offline.evaluation import ARRIVAL, Calls, Evaluation, Group
from offline.findings import Finding
from offline.held_out import MODEL, RECENCY, RULES

SCORERS = (MODEL, RULES, RECENCY)


def card_of(evaluation: Evaluation) -> str:
    """Return the card.

    Parameters
    ----------
    evaluation
        What training measured.
    """
    since, until = evaluation.since[:10], evaluation.until[:10]
    invented = evaluation.invented
    lines = [
        "# Card of the model",
        "",
        f"{evaluation.leads:,} leads that came from {since} to {until} and taught nothing;"
        f" {evaluation.converted:,} converted. Each was asked about while its outcome was open, at"
        f" the age of {_ages(evaluation.ages_hours)}. The model that is kept was then fitted on"
        " these leads too.",
        *([f"**{invented:,} of these leads are invented, of the demo.**"] if invented else []),
        *(
            ["Not all had all their time yet: slow outcomes lack."]
            if not evaluation.matured
            else []
        ),
        "",
        "## Calls",
        "",
        *_calls(evaluation),
        "",
        "## Quality",
        "",
        "AUC is the share of pairs, of a lead that converted and one that did not, in which the"
        " first had the higher score; ECE is how far the chance said is from the share that"
        " converted. Rules are the team's; recency is the time since the last event alone. Groups"
        " of fewer than 50 leads, or 10 of either kind, are left out.",
        "",
        "| leads | how many | converted | AUC: model · rules · recency | ECE: the same |",
        "|---|---|---|---|---|",
        *(_row(name, group) for name, group in _groups(evaluation)),
        "",
        "## Directions",
        "",
        *_directions(evaluation),
    ]
    return "\n".join(lines) + "\n"


def _ages(hours: list[float]) -> str:
    days = DAY / HOUR
    return ", ".join(f"{age:.0f} h" if age < days else f"{age / days:.0f} d" for age in hours)


def _calls(evaluation: Evaluation) -> Iterator[str]:
    calls = evaluation.calls
    if not calls:
        yield "Too few leads were open a day after they came."
        return
    yield (
        f"Of 100 calls made in order of score, {_of_100(calls[MODEL])} convert; in order of"
        f" arrival, {_of_100(calls[ARRIVAL])}; by the rules {_of_100(calls[RULES])}; to who did"
        f" something last, {_of_100(calls[RECENCY])}. Of {evaluation.calls_of:,} leads that were"
        f" open a day after they came, the {evaluation.called:,} first in each order were called;"
        " in order of arrival the share of all of them is given. In brackets, 95 % intervals."
    )


def _of_100(calls: Calls) -> str:
    return f"{calls.of_100:.0f} ({calls.low:.0f}–{calls.high:.0f})"


def _groups(evaluation: Evaluation) -> Iterator[tuple[str, Group]]:
    if evaluation.overall:
        yield "all", evaluation.overall
    if evaluation.newest:
        yield f"newest, since {evaluation.newest_since[:10]}", evaluation.newest
    for hours, group in evaluation.by_age:
        yield f"at {_ages([hours])}", group
    for column, groups in evaluation.by_answer.items():
        for answer, group in groups:
            yield f"{column}: {answer}".replace("|", "/"), group


def _row(name: str, group: Group) -> str:
    auc = " · ".join(f"{group.scorers[scorer].auc:.3f}" for scorer in SCORERS)
    ece = " · ".join(f"{group.scorers[scorer].ece:.3f}" for scorer in SCORERS)
    return f"| {name} | {group.leads:,} | {group.converted / group.leads:.1%} | {auc} | {ece} |"


def _directions(evaluation: Evaluation) -> Iterator[str]:
    for direction, names in evaluation.directions.items():
        yield f"- {direction}: {', '.join(names)}"
    for column, answers in evaluation.orders.items():
        yield f"- {column}, the worst first: {', '.join(answers)}"
    yield ""
    if not evaluation.checked and not evaluation.disputed:
        yield "Nothing that happened to these leads has a direction."
        return
    yield (
        f"Of {evaluation.checked:,} events of these leads that have one, {evaluation.against:,}"
        " moved the score the other way."
    )
    if not evaluation.disputed:
        yield "History contradicts none of the directions."
    yield from (f"- {Finding(**values).text}" for values in evaluation.disputed)
