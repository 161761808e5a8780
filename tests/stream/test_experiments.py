"""Arms that Galope serves: each lead has its own, and counts once that was really served."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from domain.actions import Action
from domain.alerts.motives import THRESHOLDS, Motive
from domain.experiments.declaration import BUILT_IN_ARMS, Arm, Experiment, Kind, Metric
from domain.heads import QUALIFY
from online_models.day_zero import day_zero
from online_models.model import LeadModel
from online_models.rationale import Rationale
from postgres.model_registry import keep_model
from postgres.statements import QUERIES
from tests.stream import alerts, replay
from tests.stream.alerts import HOT
from tests.stream.replay import drained, new_event, new_lead, send_in_pieces, streaming
from tests.stream.test_drawn_actions import FLOOR, NUMBER, kept, standing, teach
from tests.stream.test_recovery import crash_everywhere

if TYPE_CHECKING:
    from uuid import UUID

    from postgres.connect import Connection
    from tests.stream.replay import Stream

LOOKED_FOR = {"waiting": 70.0}

REPLIES = Metric(frozenset({"whatsapp_reply"}), 7.0)


async def started(
    connection: Connection, kind: Kind, motive: Motive | None = None, version: int | None = None
) -> Experiment:
    """Start an experiment as the API does, called by its kind, that streams know by now."""
    arms = [Arm(arm, 1.0) for arm in BUILT_IN_ARMS[kind]]
    about: dict[str, Any] = {"kind": kind, "motive": motive, "version": version}
    experiment = Experiment(kind.value, "It helps", arms, "salt", REPLIES, 0.1, **about)
    await connection.execute(
        "INSERT INTO galope.experiment (name, declared, status, started_at, planned_units)"
        " VALUES ($1, $2, 'running', now() - interval '5 seconds', 100)",
        experiment.name, json.dumps(experiment.to_json()),
    )  # fmt: skip
    return experiment


async def on_alerts(
    connection: Connection, motive: Motive = Motive.WAITING, **decided: Any
) -> Experiment:
    """Look for hot leads that wait, and start an experiment on alerts."""
    await alerts.decide(connection, **{"alerts": LOOKED_FOR, **decided})
    return await started(connection, Kind.ALERTS, motive)


async def exposures(connection: Connection) -> dict[UUID, str]:
    """Return which arm each lead was served."""
    rows = await connection.fetch("SELECT lead_id, arm FROM galope.exposure")
    return {row["lead_id"]: row["arm"] for row in rows}


async def hot_leads(connection: Connection, stream: Stream, count: int) -> list[UUID]:
    """Add leads for whom an alert is opened."""
    leads = [await new_lead(connection, f"Lead {number}", **HOT) for number in range(count)]
    for lead in leads:
        await new_event(connection, lead, "cta_click")
        await new_event(connection, lead, "hook_complete")
    await stream.drain()
    return leads


OPEN = ("waiting", "open", True, None)
HELD_BACK = ("waiting", "closed", True, "held_back")


async def test_alerts_are_opened_or_held_back_by_arm(database: str, connection: Connection) -> None:
    await alerts.decide(connection, alerts=LOOKED_FOR)
    async with streaming(database) as stream:
        [before] = await hot_leads(connection, stream, 1)
        experiment = await started(connection, Kind.ALERTS, Motive.WAITING)
        await stream.tick()
        leads = await hot_leads(connection, stream, 12)
        # Another event opens nothing, and serves nobody anew.
        for lead in (before, *leads):
            await new_event(connection, lead, "asked_price")
        await stream.drain()
    arms = {lead: experiment.arm_of(str(lead)) for lead in leads}
    assert set(arms.values()) == {"none", "alert"}
    for lead, arm in arms.items():
        expected = OPEN if arm == "alert" else HELD_BACK
        assert await alerts.alerts(connection, lead) == [expected]
    assert await exposures(connection) == arms
    assert await alerts.alerts(connection, before) == [OPEN]


STOPPED = "UPDATE galope.experiment SET status = 'stopped', ended_at = now()"

CONCLUDED = "UPDATE galope.experiment SET status = 'concluded', ended_at = now(), adopted = $1"


@pytest.mark.parametrize("meanwhile", [True, False], ids=["running", "stopped"])
@pytest.mark.parametrize("adopted", [None, "alert", "none"])
async def test_what_was_held_back_is_opened_once_no_experiment_has_it_so(
    database: str, connection: Connection, adopted: str | None, *, meanwhile: bool
) -> None:
    await on_alerts(connection)

    async def end() -> None:
        if adopted is None:
            await connection.execute(STOPPED)
        else:
            await connection.execute(CONCLUDED, adopted)

    async with streaming(database) as stream:
        *leads, answered = await hot_leads(connection, stream, 8)
        await new_event(connection, answered, "no_reply_3d")
        await stream.drain()
        if meanwhile:
            await end()
            await stream.tick()
    if not meanwhile:
        await end()
        await drained(database)
    found = {lead: (await alerts.alerts(connection, lead))[0] for lead in leads}
    assert set(found.values()) == ({OPEN, HELD_BACK} if adopted == "none" else {OPEN})
    [[_, state, holds, _]] = await alerts.alerts(connection, answered)
    assert (state, holds) == ("closed", False)


@pytest.mark.parametrize("arms", [("alert", "none"), ("none", "alert"), ("none", "none")])
async def test_no_alert_that_the_team_saw_is_taken_away_by_a_merge(
    database: str, connection: Connection, arms: tuple[str, str]
) -> None:
    """One alert of the motive holds, and it is held back where both were."""
    experiment = await on_alerts(connection)
    async with streaming(database) as stream:
        leads = await hot_leads(connection, stream, 12)
        of_arm = {arm: [x for x in leads if experiment.arm_of(str(x)) == arm] for arm in arms}
        kept, extra = of_arm[arms[0]][0], of_arm[arms[1]][-1]
        await connection.execute("SELECT galope.merge_lead($1, $2)", kept, extra)
        await stream.drain()
        holding = [one for one in await alerts.alerts(connection, kept) if one[2]]
        assert holding == [OPEN if "alert" in arms else HELD_BACK]
        assert await alerts.alerts(connection, extra) == []
        await connection.execute(STOPPED)
        await stream.tick()
        holding = [one for one in await alerts.alerts(connection, kept) if one[2]]
        assert holding == [OPEN]


async def test_no_more_are_opened_at_the_end_than_a_week_allows(
    database: str, connection: Connection
) -> None:
    """Those of this week were counted when they were held back, those of earlier weeks were not."""
    await on_alerts(connection)
    async with streaming(database) as stream:
        await hot_leads(connection, stream, 12)
        await connection.execute("UPDATE galope.alert SET opened_at = now() - interval '8 days'")
    held_back = "SELECT count(*) FROM galope.alert WHERE closed_reason = 'held_back'"
    before = await connection.fetchval(held_back)
    await connection.execute(STOPPED)
    await alerts.decide(connection, alerts=LOOKED_FOR, alerts_a_week=2)
    await drained(database)
    assert before > 2
    assert await connection.fetchval(held_back) == before - 2


async def test_a_weaker_motive_is_told_where_the_stronger_is_held_back(
    database: str, connection: Connection
) -> None:
    experiment = await on_alerts(connection, alerts=THRESHOLDS)
    async with streaming(database) as stream:
        leads = [await new_lead(connection, f"Lead {number}", **HOT) for number in range(8)]
        await stream.drain()
        for lead in leads:
            for kind in ("cta_click", "hook_complete"):
                await new_event(connection, lead, kind)
        await stream.drain()
    for lead in leads:
        found = await alerts.alerts(connection, lead)
        if experiment.arm_of(str(lead)) == "alert":
            assert found == [OPEN]
        else:
            assert sorted(found) == [("jumped", "open", True, None), HELD_BACK]


async def test_alerts_of_other_motives_are_opened_all_the_same(
    database: str, connection: Connection
) -> None:
    await on_alerts(connection, Motive.LEAVING)
    async with streaming(database) as stream:
        for lead in await hot_leads(connection, stream, 4):
            assert await alerts.alerts(connection, lead) == [OPEN]
    assert not await exposures(connection)


async def test_an_experiment_that_was_stopped_serves_nobody(
    database: str, connection: Connection
) -> None:
    """It may have been a moment ago, which the stream does not know yet."""
    await on_alerts(connection)
    async with streaming(database) as stream:
        await connection.execute(STOPPED)
        for lead in await hot_leads(connection, stream, 6):
            assert await alerts.alerts(connection, lead) == [OPEN]
    assert not await exposures(connection)


async def test_more_alerts_than_a_week_allows_serve_nobody(
    database: str, connection: Connection
) -> None:
    experiment = await on_alerts(connection, alerts_a_week=1)
    async with streaming(database) as stream:
        leads = await hot_leads(connection, stream, 6)
    reasons = [(await alerts.alerts(connection, lead))[0][3] for lead in leads]
    assert reasons.count("surplus") == 5
    [(lead, arm)] = (await exposures(connection)).items()
    assert arm == experiment.arm_of(str(lead))


async def test_actions_are_chosen_by_rules_or_by_what_was_learned(
    database: str, connection: Connection
) -> None:
    await replay.decide(connection, action_floor=FLOOR)
    await teach(connection, best=Action.CONFIRM, decides=False)
    async with streaming(database) as stream:
        before = await new_lead(connection, **NUMBER)
        await stream.drain()
        experiment = await started(connection, Kind.ACTIONS)
        await stream.tick()
        leads = [await new_lead(connection, f"Lead {n}", **NUMBER) for n in range(12)]
        await connection.execute("UPDATE leads SET cidade = 'Goiânia' WHERE id = $1", before)
        await stream.drain()
    arms = {lead: experiment.arm_of(str(lead)) for lead in leads}
    assert set(arms.values()) == {"rules", "learned"}
    for lead, arm in arms.items():
        [draw] = await kept(connection, lead)
        assert draw["suggested"] == "nurture"
        likely = "nurture" if arm == "rules" else "confirm"
        assert draw["chances"][likely] == pytest.approx(0.9, abs=0.02)
    await standing(connection, [*leads, before])
    # What was drawn before goes on standing, and its lead is no part.
    assert await exposures(connection) == arms


async def other_model(connection: Connection) -> int:
    """Keep a version that does not score, and gives everybody more; return it."""
    model = day_zero().to_json()
    more = LeadModel.from_json(model | {"intercept": model["intercept"] + 1.0})
    return await keep_model(connection, QUALIFY.name, more, Rationale("a test's", {}))


async def scored_with(connection: Connection, leads: list[UUID]) -> dict[UUID, set[int]]:
    """Return by which versions leads were scored, by their rows and by their history."""
    rows = await connection.fetch(
        "SELECT l.id, array_agg(h.model_version) || (l.score_meta ->> 'model_version')::bigint"
        " || split_part(l.score_model_name, ' v', 2)::numeric::bigint AS versions"
        " FROM leads AS l JOIN galope.score_history AS h ON h.lead_id = l.id"
        " WHERE l.id = ANY ($1) AND h.head = '' GROUP BY l.id",
        leads,
    )
    return {row["id"]: set(row["versions"]) for row in rows}


async def test_new_leads_are_scored_by_their_arms_model(
    database: str, connection: Connection
) -> None:
    version = await other_model(connection)
    async with streaming(database) as stream:
        before = await new_lead(connection)
        await stream.drain()
        experiment = await started(connection, Kind.MODELS, version=version)
        await stream.tick()
        leads = [await new_lead(connection, f"Lead {number}") for number in range(12)]
        for lead in (before, *leads):
            await new_event(connection, lead, "page_view")
        await stream.drain()
        arms = {lead: experiment.arm_of(str(lead)) for lead in leads}
        assert set(arms.values()) == {"champion", "challenger"}
        expected = {lead: {version if arm == "challenger" else 0} for lead, arm in arms.items()}
        assert await scored_with(connection, [before, *leads]) == expected | {before: {0}}
        assert await exposures(connection) == arms
        scores = await connection.fetch("SELECT id, score FROM leads")
        by_arm = {arms.get(row["id"], "champion"): row["score"] for row in scores}
        assert by_arm["challenger"] > by_arm["champion"]
        await connection.execute("UPDATE galope.experiment SET status = 'stopped'")
        await stream.tick()
        await stream.tick()
    rows = await connection.fetch("SELECT DISTINCT score, score_meta ->> 'learned' FROM leads")
    assert [row["score"] for row in rows] == [by_arm["champion"]]


async def test_a_model_that_can_not_be_read_serves_nobody(
    database: str, connection: Connection
) -> None:
    await started(connection, Kind.MODELS, version=77)
    lead = await new_lead(connection)
    await drained(database)
    assert await scored_with(connection, [lead]) == {lead: {0}}
    assert not await exposures(connection)


async def test_nobody_is_served_where_nothing_was_learned(
    database: str, connection: Connection
) -> None:
    await replay.decide(connection, action_floor=FLOOR)
    await started(connection, Kind.ACTIONS)
    lead = await new_lead(connection, **NUMBER)
    await drained(database)
    assert len(await kept(connection, lead)) == 1
    assert not await exposures(connection)


@pytest.mark.parametrize("piece", [1, 1000], ids=["sent lead by lead", "all at once"])
@pytest.mark.no_cover
async def test_a_crash_at_any_statement_serves_each_lead_its_arm_once(
    database: str, connection: Connection, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    send_in_pieces(monkeypatch, piece)
    await teach(connection, best=Action.CONFIRM, decides=False)
    about = [
        await on_alerts(connection, action_floor=FLOOR),
        await started(connection, Kind.ACTIONS),
        await started(connection, Kind.MODELS, version=await other_model(connection)),
    ]
    leads: list[UUID] = []

    async def happens() -> None:
        leads.append(await new_lead(connection, **HOT, **NUMBER))
        for kind in ("cta_click", "hook_complete"):
            await new_event(connection, leads[-1], kind)

    await crash_everywhere(database, happens)
    assert len(leads) > 10
    rows = await connection.fetch(
        "SELECT name, lead_id, arm FROM galope.exposure AS e"
        " JOIN galope.experiment AS x ON x.id = e.experiment_id"
    )
    served = {(row["name"], row["lead_id"]): row["arm"] for row in rows}
    assert served == {(one.name, lead): one.arm_of(str(lead)) for one in about for lead in leads}
    for lead in leads:
        arm = served["alerts", lead]
        assert await alerts.alerts(connection, lead) == [OPEN if arm == "alert" else HELD_BACK]


async def test_a_lead_goes_with_its_arms(database: str, connection: Connection) -> None:
    await on_alerts(connection)
    async with streaming(database) as stream:
        [lead] = await hot_leads(connection, stream, 1)
        assert await exposures(connection)
        await connection.execute("DELETE FROM leads WHERE id = $1", lead)
        await stream.drain()
    assert not await exposures(connection)


def test_running_experiments_are_numbered_alike() -> None:
    """What is asked every second is what was read, or every second would read it anew."""
    number = "hashtext(string_agg(id::text, ' '"
    assert number in QUERIES["versions_now"]
    assert number in QUERIES["running_experiments"]
