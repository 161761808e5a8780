"""Questions of the heads beside the primary one: asked at moments, answered once they matured."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID

import asyncpg
import orjson

from domain.building import BuiltLead, build, outcome_from_rows
from domain.features import features
from domain.heads import Anchor, Head
from domain.outcomes import HORIZON, QUIET, Outcome, answer
from domain.scorecard import Scorecard
from domain.state import LeadState
from postgres.statements import QUERIES
from stream.commit import Committer
from stream.learned import keep_learned
from stream.model_in_use import ModelInUse
from stream.observations import BY_TIME, HeadSnapshot, Order, OutcomeUpdate, Snapshot
from stream.reads import LeadReading, Reads
from stream.trainer import OnlineTrainer, Trained

MATURED = 20
"""Questions answered in a second at the most, those of a lead that mature together as one: live
events wait meanwhile, a lead's rows are read for each, and both contenders learn."""

WALKED = 100
"""Leads of which it is looked in a second whether anything was asked for a month."""


class Question(NamedTuple):
    """A question as Postgres takes it: ``galope.asked_question``, in the order of its fields."""

    lead_id: UUID
    head: str
    asked_at: float
    matures_at: float
    model_version: int
    snapshot: str


class Answer(NamedTuple):
    """What came of a question, by its key: lead, head and moment as they are stored."""

    lead_id: UUID
    head: str
    asked_at: object
    converted: bool
    resolved_at: float
    source: str


def snapshots(
    state: LeadState, lead_id: UUID, at: float, order: Order, cards: Mapping[str, Scorecard]
) -> Iterator[HeadSnapshot]:
    """Yield a lead's features at a moment, by head; those of the same directions are read once."""
    for directions, alike in groupby(cards.items(), key=lambda asked: asked[1].directions):
        encoded = orjson.dumps(features(state, at, directions)).decode()
        snapshot = Snapshot(order, lead_id, state.count, at, encoded)
        for head, _ in alike:
            yield HeadSnapshot(head, state.created_at, snapshot)


def questions(asked: Sequence[HeadSnapshot], model: ModelInUse) -> list[Question]:
    """Return what is asked at moments, with what the contenders of each head predict.

    A head that is asked once, from a lead's creation, is not asked after its horizon has passed.
    """
    heads = {head.name: head for head in model.policy.others}
    found = []
    for name, created_at, snapshot in asked:
        trainer, head = model.trainers.get(name), heads.get(name)
        if trainer is None or head is None:
            continue
        anchor = snapshot.at if head.anchor is Anchor.ROLLING else created_at
        if snapshot.at < anchor + head.horizon:
            _, kept = trainer.predict(snapshot)
            found.append(
                Question(snapshot.lead_id, name, snapshot.at, anchor + head.horizon,
                         trainer.version, kept)
            )  # fmt: skip
    return found


class QuestionWork:
    """Asks of the quiet, answers what has matured, and has each head's contenders learn of it.

    Parameters
    ----------
    reads, committer
        Where questions and leads are read, and what was learned is written.
    model
        What learns.
    """

    def __init__(self, reads: Reads, committer: Committer, model: ModelInUse) -> None:
        self._reads = reads
        self._committer = committer
        self._model = model
        self._after = UUID(int=0)

    async def take(self, now: float) -> None:
        """Do what is due at `now`; no batch may be under way."""
        if self._model.trainers:
            await self._answer(now)
            await self._ask(now)

    async def _ask(self, now: float) -> None:
        """Ask of some leads the rolling heads that were not asked of them for a month."""
        rolling = [
            head.name
            for head in self._model.policy.others
            if head.anchor is Anchor.ROLLING and head.name in self._model.trainers
        ]
        page = await self._reads.unasked(self._after, WALKED, rolling, now - QUIET)
        self._after = page[-1][0] if len(page) == WALKED else UUID(int=0)
        unasked = {lead_id: heads for lead_id, heads in page if heads}
        if not unasked:
            return
        leads = await self._reads.states(list(unasked), self._model.head.name)
        asked = [
            one
            for lead_id, lead in leads.items()
            for one in snapshots(
                lead.state,
                lead_id,
                now,
                BY_TIME,
                {name: self._model.others[name] for name in unasked[lead_id]},
            )
        ]
        async with self._committer.fenced() as connection:
            await connection.execute(QUERIES["keep_questions"], questions(asked, self._model))

    async def _answer(self, now: float) -> None:
        """Answer what has matured from the rows, in the order in which it did, and learn of it."""
        rows = await self._reads.matured(now, list(self._model.trainers), MATURED)
        if not rows:
            return
        lead_ids = list({row["lead_id"] for row in rows})
        readings = await self._reads.leads(lead_ids, self._model.head.name)
        built = {
            lead_id: build(reading.rows, now) for lead_id, reading in readings.items() if reading
        }
        heads = {head.name: head for head in self._model.policy.others}
        answers: list[Answer] = []
        trained: dict[str, Trained] = {}
        for (_, name, lead_id), group in groupby(rows, itemgetter("matures_at", "head", "lead_id")):
            asked = list(group)
            reading = readings.get(lead_id)
            if reading is None:
                continue
            outcome = _outcome(heads[name], asked[0], reading, built[lead_id])
            open_then = [row for row in asked if _was_open(row, outcome)]
            answers += [
                Answer(lead_id, name, row["asked_at"], outcome.converted, outcome.resolved_at,
                       outcome.source)
                for row in open_then
            ]  # fmt: skip
            if open_then:
                trainer = self._model.trainers[name]
                of_head = trained.setdefault(name, Trained(trainer.version))
                _learn(trainer, of_head, lead_id, outcome, open_then)
        for name, of_head in trained.items():
            self._model.trainers[name].sum_up(of_head, (), changed=True)
        answered = {answer[:3] for answer in answers}
        keys = ((row["lead_id"], row["head"], row["asked_at"]) for row in rows)
        await self._keep(answers, [key for key in keys if key not in answered], trained)

    async def _keep(
        self,
        answers: Sequence[Answer],
        dropped: Sequence[tuple[UUID, str, object]],
        trained: Mapping[str, Trained],
    ) -> None:
        """Keep answers and what was learned of them at once, and forget what teaches nothing."""
        async with self._committer.fenced() as connection:
            await connection.executemany(QUERIES["answer_question"], answers)
            await connection.executemany(QUERIES["drop_question"], dropped)
            versions = {
                name: await keep_learned(connection, name, of_head)
                for name, of_head in trained.items()
            }
        for name, version in versions.items():
            self._model.take_up_other(name, version, trained[name])


def _outcome(head: Head, row: asyncpg.Record, reading: LeadReading, built: BuiltLead) -> Outcome:
    """Return the answer to a question whose horizon has passed."""
    if head.anchor is Anchor.ROLLING:
        decisive = sorted((at, kind) for kind, at in built.events if kind in head.decisive)
        outcome = answer(head, row["asked"], decisive, row["asked"] + head.horizon)
    else:
        end = built.state.created_at + head.horizon
        outcome = outcome_from_rows(head, None, reading.rows, built, max(end, row["matures"]))
    return outcome or Outcome(head.silence_converts, row["matures"], HORIZON)


def _was_open(row: asyncpg.Record, outcome: Outcome) -> bool:
    """Tell whether the answer was not known when it was asked: else it teaches nothing."""
    return outcome.source == HORIZON or row["asked"] < outcome.resolved_at


def _learn(
    trainer: OnlineTrainer,
    trained: Trained,
    lead_id: UUID,
    outcome: Outcome,
    asked: Sequence[asyncpg.Record],
) -> None:
    kept = [orjson.loads(row["snapshot"]) for row in asked]
    update = OutcomeUpdate(BY_TIME, lead_id, outcome, changed=True, matured=True, evaluated=True)
    champion = trainer.learn(update, [(one["features"], one["probabilities"]) for one in kept])
    trained.champion = champion or trained.champion
