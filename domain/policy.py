"""What a team decided about its funnel: what counts as success, what is hot, what events bring."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from domain.alerts.motives import A_WEEK
from domain.attributes import folded_label
from domain.capacity import Reach
from domain.customers.segments import SEGMENTS, Segment
from domain.directions import (
    ORDERED,
    Direction,
    Directions,
    answer_order,
    default_direction,
)
from domain.heads import CONVERTS, HORIZON_DAYS, LOSES, PRIMARY, READY_MADE, Head, qualify
from domain.profile import PERSONAL
from domain.quiet_hours import QuietHours
from domain.rules import EVENT_RULES, MANUAL_MOVE
from domain.scorecard import Scale

LEAST_FLOOR, USUAL_FLOOR, MOST_FLOOR = 0.02, 0.05, 0.2
"""Of the probabilities of actions. With less, too little is ever known of any other action."""

MOST_HOURS_BETWEEN = 168
"""Hours that a team may put between two contacts with a lead: a week."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One team's decisions.

    Parameters
    ----------
    converts
        Event types that say a lead qualified.
    loses
        Event types that say it did not.
    horizon_days
        Days after which silence says so too.
    warm, hot
        Probabilities that score 40 and 70; None for those that the open leads suggest.
    calls_per_day
        Leads a day that the team can call, in place of `warm` and `hot`: as many newly score 70.
    points
        Rule points by event type, where they are not those of `domain.rules`.
    event_directions
        By event type, which way it may move a score, where it is not what its rule points say.
    answer_directions
        By column of the leads, the same of its answers; a contact given never lowers a score.
    answer_orders
        By column, its answers from the worst to the best, where they are not those of the rules.
    event_labels
        Keys of events' metadata whose values count, such as ``campaign``.
    event_amount
        The key of events' metadata whose amounts are added up; None for none.
    attribute_directions
        By label, such as ``campaign=verao``, or ``amount``: which way it may move a score; free
        where nothing is said.
    leave_out_machines
        Whether events that a machine made, many in seconds, do not count. Where sources know only
        the day of an event it must not be so.
    alerts
        By motive, from what alerts of it are opened, as in `THRESHOLDS` of
        `domain.alerts.motives`; of those that are not named none are.
    alerts_a_week
        Alerts of a motive that are opened in a week at the most.
    customer_segments
        The table of bounds that says what kind of customer somebody is.
    action_floor
        The least probability with which an action that is allowed is recommended, so that it can be
        learned which one helps; 0 where the rules alone decide.
    hours_between_contacts
        Hours that are between two contacts with a lead at the least, unless it expects an answer.
    quiet_hours
        When the team turns to nobody, so that nothing is due then; None for never.
    primary
        What the primary head is called.
    others
        The heads beside it.
    asked
        Of these, the one that is asked; None for the primary one.
    """

    converts: frozenset[str] = CONVERTS
    loses: frozenset[str] = LOSES
    horizon_days: int = HORIZON_DAYS
    warm: float | None = None
    hot: float | None = None
    calls_per_day: int | None = None
    points: Mapping[str, int] = field(default_factory=dict)
    event_directions: Mapping[str, str] = field(default_factory=dict)
    answer_directions: Mapping[str, str] = field(default_factory=dict)
    answer_orders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    event_labels: Sequence[str] = ()
    event_amount: str | None = None
    attribute_directions: Mapping[str, str] = field(default_factory=dict)
    leave_out_machines: bool = False
    alerts: Mapping[str, float] = field(default_factory=dict)
    alerts_a_week: int = A_WEEK
    customer_segments: tuple[Segment, ...] = SEGMENTS
    action_floor: float = 0.0
    hours_between_contacts: int = 24
    quiet_hours: QuietHours | None = None
    primary: str = PRIMARY
    others: tuple[Head, ...] = ()
    asked: Head | None = None

    def having(self, decided: Mapping[str, Any]) -> "Policy":
        """Return the policy with what was decided, as JSON values by field, in place of its own.

        Examples
        --------
        >>> Policy().having({"converts": ["sale"], "horizon_days": 7}).head.name
        'qualify_7d'
        """
        read: dict[str, Any] = {
            name: frozenset(decided[name]) for name in decided.keys() & {"converts", "loses"}
        }
        if "others" in decided:
            read["others"] = tuple(map(Head.from_json, decided["others"]))
        if "customer_segments" in decided:
            read["customer_segments"] = tuple(map(Segment.from_json, decided["customer_segments"]))
        if decided.get("quiet_hours"):
            read["quiet_hours"] = QuietHours.from_json(decided["quiet_hours"])
        return replace(self, **{**decided, **read})

    @property
    def head(self) -> Head:
        """The question that scores answer."""
        return self.asked or qualify(self.converts, self.loses, self.horizon_days, self.primary)

    def asking(self, name: str | None) -> "Policy":
        """Return the policy whose scores answer the head of this name; None for the primary one.

        Raises
        ------
        ValueError
            When there is no such head; the message names those there are.

        Examples
        --------
        >>> Policy().asking("buy_90d").head.anchor
        <Anchor.ROLLING: 'rolling'>
        """
        if name is None or name == self.head.name:
            return self
        heads = {head.name: head for head in (*READY_MADE, *self.others)}
        if name not in heads:
            known = ", ".join([self.head.name, *heads])
            message = f"there is no head {name}, only {known}: declare it in galope.toml"
            raise ValueError(message)
        return replace(self, asked=heads[name])

    @property
    def scale(self) -> Scale | None:
        """From log-odds to points; None where the open leads are to say."""
        return None if self.warm is None or self.hot is None else Scale(self.warm, self.hot)

    def scale_on(self, own: Scale, reach: Reach) -> Scale:
        """Return from log-odds to points, given what the open leads suggest.

        Parameters
        ----------
        own
            The scale that follows the open leads.
        reach
            How many leads a day reach a chance. Where none was counted, `own` stays.

        Examples
        --------
        >>> reach = Reach((0.8, 0.4, 0.2), (1.0, 4.0, 9.0), 28.0)
        >>> Policy(calls_per_day=4).scale_on(Scale(), reach).hot
        0.4
        """
        if self.scale is not None:
            return self.scale
        if self.calls_per_day is None or not reach.known:
            return own
        return own.hot_from(reach.chance_for(self.calls_per_day))

    @property
    def rule_points(self) -> dict[str, int]:
        """Rule points of every event type that a team may value; its own moves are no behaviour.

        They say who qualifies, and nothing of another head.
        """
        if self.asked:
            return {}
        return {
            kind: self.points.get(kind, rule.points)
            for kind, rule in EVENT_RULES.items()
            if not kind.startswith(MANUAL_MOVE)
        }

    @property
    def directions(self) -> Directions:
        """Which way events and answers may move a score: as decided, or as the points say.

        What converts speaks for a lead and what loses against it, whatever they are called. That is
        of the primary head: of another one only what no model reads is known.

        Examples
        --------
        >>> Policy(event_directions={"page_view": "free"}).directions.of_event("page_view")
        <Direction.FREE: 'free'>
        """
        if self.asked:
            return self._unread
        points = {**dict.fromkeys(self.converts, 1), **dict.fromkeys(self.loses, -1)}
        points |= {kind: worth for kind, rule in EVENT_RULES.items() if (worth := rule.points)}
        points |= {kind: worth for kind, worth in self.points.items() if worth}
        events = {kind: default_direction(kind, worth) for kind, worth in points.items()}
        answers: dict[str, Direction] = dict.fromkeys(PERSONAL, Direction.UP)
        orders = {column: answer_order(column) for column in ORDERED}
        return Directions(
            events
            | {kind: Direction(direction) for kind, direction in self.event_directions.items()},
            answers
            | {
                column: Direction(direction) for column, direction in self.answer_directions.items()
            },
            orders | {column: tuple(best) for column, best in self.answer_orders.items()},
            {
                folded_label(name): Direction(direction)
                for name, direction in self.attribute_directions.items()
            },
        )

    @property
    def _unread(self) -> Directions:
        said = (self.event_directions, self.answer_directions, self.attribute_directions)
        events, answers, attributes = (
            {name: Direction.NONE for name, direction in of.items() if direction == Direction.NONE}
            for of in said
        )
        return Directions(events, answers, {}, attributes)


OURS = Policy()
"""What counts where nobody decided otherwise."""
