"""Writing batches in the background, one after the other: train, commit, announce."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import structlog

from domain.scorecard import Scorecard
from stream.announcer import Announcer
from stream.batch import Batch
from stream.commit import Committer
from stream.model_in_use import ModelInUse
from stream.questions import questions
from stream.trainer import Trained, leads_taught_by

log = structlog.get_logger()


class BatchWriter:
    """Commits batches in the order in which they were begun.

    Parameters
    ----------
    committer
        Writes.
    model
        Is trained on each batch.
    announcer
        Tells whoever shows scores.
    """

    def __init__(self, committer: Committer, model: ModelInUse, announcer: Announcer) -> None:
        self._committer = committer
        self._model = model
        self._announcer = announcer
        self._under_way: asyncio.Task[None] | None = None
        self.committed = 0
        """Batches committed so far."""

    @property
    def idle(self) -> bool:
        """Whether no batch is being written."""
        return self._under_way is None

    @contextlib.asynccontextmanager
    async def writing(self, batch: Batch, card: Scorecard) -> AsyncIterator[None]:
        """Write a batch that is scored with a card in the body, and go on in the background.

        Writing begins when the batch before is committed, with the leads scored by then. The batch
        before is committed at the end of the body, and a batch whose body fails is given up.
        """
        task = asyncio.create_task(self._write(batch, card, self._under_way))
        try:
            yield
            await self.finish()
        except BaseException:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            raise
        self._under_way = task

    async def finish(self) -> None:
        """Wait until the batch being written is committed."""
        if self._under_way is not None:
            task, self._under_way = self._under_way, None
            await task

    async def close(self) -> None:
        """Wait until all is committed and announced."""
        await self.finish()
        await self._announcer.finish()

    async def _write(
        self, batch: Batch, card: Scorecard, before: asyncio.Task[None] | None
    ) -> None:
        if before is not None:
            await asyncio.shield(before)
        async with self._committer.commit(batch, card, self._model.head.name) as commit:
            await commit.send_scored()
            trained = await self._train(batch)
            trained.questions = [*questions(batch.asked, self._model)]
            version = await commit.finish(trained)
        self.committed += 1
        self._model.take_up(version, trained)
        self._announcer.announce()
        for letter in batch.dead_letters:
            log.warning("dead letter", reason=letter.reason, lead_id=str(letter.event.lead_id))

    async def _train(self, batch: Batch) -> Trained:
        """Learn from a batch, with what was predicted earlier of the leads it is learned from."""
        trainer, head = self._model.trainer, self._model.head.name
        lead_ids = leads_taught_by(batch.observations)
        earlier = await self._committer.predictions(lead_ids, head) if lead_ids else {}
        return trainer.train(batch.observations, earlier)
