"""A crash between any two steps, then another consumer: as if nothing had happened."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import pytest

from bench.heads import declare
from bench.testbed import QUERIES as BENCH
from tests.stream.replay import (
    How,
    assert_equals_replay,
    assert_history_continues,
    drained,
    fit_groups,
    new_event,
    new_lead,
    send_in_pieces,
    streaming,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from uuid import UUID

    from postgres.connect import Connection

DECIDE = BENCH["decide"]

REASONABLE = 400
"""Statements that any run here takes; more means that a crash was never reached."""


class CrashError(Exception):
    """Stands for kill -9 or a cut wire."""


@dataclass(slots=True)
class Fuse:
    """Counts what is asked of Postgres, and blows before or after one of the answers."""

    left: int
    after: bool

    @property
    def blown(self) -> bool:
        """Whether it was reached."""
        return self.left < 0

    def burn(self, *, after: bool) -> None:
        """Come one step closer, and blow when this is the one."""
        if after != self.after:
            return
        self.left -= 1
        if self.blown:
            raise CrashError


class Fused:
    """A connection that crashes where its fuse says; once blown, it answers nothing more."""

    def __init__(self, connection: Connection, fuse: Fuse) -> None:
        self._connection = connection
        self._fuse = fuse

    def transaction(self) -> Any:
        return self._connection.transaction()

    def __getattr__(self, name: str) -> Any:
        async def asked(*arguments: Any, **options: Any) -> Any:
            self._fuse.burn(after=False)
            answer = await getattr(self._connection, name)(*arguments, **options)
            self._fuse.burn(after=True)
            return answer

        return asked


def crashes(*, after: bool) -> Iterator[Fuse]:
    """Yield a fuse for every statement of a run, the last one for a run that ends by itself."""
    for statements in range(REASONABLE):
        fuse = Fuse(statements, after)
        yield fuse
        if not fuse.blown:
            return
    pytest.fail("the crash was always reached: the run never ended by itself")


def fused(fuse: Fuse, connection: Connection) -> Connection:
    """Return a connection that crashes where the fuse says."""
    return cast("Connection", Fused(connection, fuse))


async def crash_everywhere(database: str, happens: Callable[[], Awaitable[None]]) -> None:
    """Have something happen, and the stream crash over it, before or after each of its statements.

    It happens again each time, after what the crash left was drained, until a run ends by itself.
    """
    await drained(database)
    for statements in range(REASONABLE):
        fuse = Fuse(statements, after=statements % 2 == 0)
        await happens()
        try:
            async with streaming(database, How(wrap=partial(fused, fuse))) as stream:
                await stream.drain()
        except CrashError:
            await drained(database)
        else:
            return
    pytest.fail("the crash was always reached: the run never ended by itself")


async def work(connection: Connection, old: UUID | None) -> UUID:
    """Do to the team's tables all that they see; return a lead for the next time."""
    kept = await new_lead(connection, "Bia", uf="MG", orcamento_faixa="60k+")
    merged = await new_lead(connection, "Bia B.")
    doomed = await new_lead(connection, "Caio")
    for lead in (kept, merged, kept, doomed, kept):
        await new_event(connection, lead, "page_view")
    if old is not None:
        await new_event(connection, old, "cta_click", ago=3600)
        await connection.execute("UPDATE leads SET prazo_compra = '7d' WHERE id = $1", old)
        await connection.execute("UPDATE events SET lead_id = $2 WHERE lead_id = $1", merged, old)
    await new_event(connection, kept, "hook_complete")
    await new_event(connection, kept, "aurora", ago=-10 * 86_400)
    await connection.execute("DELETE FROM leads WHERE id = $1", doomed)
    return kept


@pytest.mark.timeout(300)  # behind the admin's tests there may be little of the machine left
@pytest.mark.parametrize(
    ("batch", "leads", "piece", "after", "heads"),
    [
        (1, 9, 9, True, 1),
        (1000, 2, 9, False, 1),
        (1000, 9, 9, True, 1),
        (1000, 9, 1, False, 1),
        (1000, 9, 9, True, 3),
        (1000, 9, 1, False, 3),
    ],
    ids=[
        *("1 change a batch", "2 leads a batch", "all at once", "sent lead by lead"),
        *("three heads at once", "three heads lead by lead"),
    ],
)
@pytest.mark.no_cover
async def test_a_crash_at_any_statement_loses_nothing_and_repeats_nothing(
    database: str,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    *,
    batch: int,
    leads: int,
    piece: int,
    after: bool,
    heads: int,
) -> None:
    send_in_pieces(monkeypatch, piece)
    await declare(connection, DECIDE, heads - 1)
    lead: UUID | None = None
    for fuse in crashes(after=after):
        lead = await work(connection, lead)
        with suppress(CrashError):
            await drained(database, How(batch, leads, wrap=partial(fused, fuse)))
        if fuse.blown:
            await drained(database, How(batch, leads))
        await assert_equals_replay(connection)
    await assert_history_continues(connection)


@pytest.mark.parametrize(
    ("leads", "piece", "after"),
    [(2, 9, False), (9, 9, True), (9, 1, False)],
    ids=["2 leads a batch", "all at once", "sent lead by lead"],
)
@pytest.mark.no_cover
async def test_a_crash_while_new_groups_are_taken_up_leaves_every_lead_in_its_own(
    database: str,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    *,
    leads: int,
    piece: int,
    after: bool,
) -> None:
    """They are taken up when the stream starts, and while it runs."""
    send_in_pieces(monkeypatch, piece)
    acting, *_ = [await new_lead(connection, name) for name in ("Ana", "Bia", "Caio")]
    for turn, fuse in enumerate(crashes(after=after)):
        number = 10 * turn
        await connection.execute("DELETE FROM leads WHERE nome = 'Davi'")
        lead = await new_lead(connection, "Davi")
        await new_event(connection, lead, "cta_click")
        await new_event(connection, acting, "page_view")
        await fit_groups(connection, (number, number + 1))
        how = How(leads=leads, wrap=partial(fused, fuse))
        with suppress(CrashError):
            async with streaming(database, how) as stream:
                await stream.drain()
                await fit_groups(connection, (number + 1, number + 2))
                await stream.tick()
        if fuse.blown:
            await drained(database, How(leads=leads))
        await assert_equals_replay(connection)
    await assert_history_continues(connection)


@pytest.mark.parametrize("heads", [1, 3])
@pytest.mark.no_cover
async def test_one_event_is_one_line_of_history_whatever_crashes(
    database: str, connection: Connection, heads: int
) -> None:
    await declare(connection, DECIDE, heads - 1)
    lead = await new_lead(connection)
    await drained(database)
    for statements in range(12):
        for after in (False, True):
            await new_event(connection, lead, "page_view")
            fuse = Fuse(statements, after)
            with suppress(CrashError):
                await drained(database, How(wrap=partial(fused, fuse)))
            if fuse.blown:
                await drained(database)
    lines = await connection.fetchval(
        "SELECT count(*) FROM galope.score_history WHERE cause = 'page_view' AND head = ''"
    )
    assert lines == await connection.fetchval("SELECT count(*) FROM events")
    await assert_equals_replay(connection)
    await assert_history_continues(connection)
