"""The model that scores: the champion of the head that the team's policy asks, and its trainer."""

import structlog

from domain.heads import Head
from domain.policy import Policy
from online_models.day_zero import day_zero
from online_models.learner import Learner
from postgres.connect import Connection
from postgres.model_registry import UnreadableModelError, champion_version, load_learner
from postgres.policy import policy_now
from postgres.statements import QUERIES
from stream.trainer import OnlineTrainer, Trained

log = structlog.get_logger()


class ModelInUse:
    """What leads are scored with, and what learns from them.

    Parameters
    ----------
    connection
        Where models and the policy are read.
    installed
        What the installer says of the funnel, where the team does not.
    policy
        What the team has decided; day zero scores until `load`.
    declaration
        The number of what is declared that events carry; None for nothing.
    """

    def __init__(
        self,
        connection: Connection,
        installed: Policy,
        policy: Policy,
        declaration: int | None = None,
    ) -> None:
        self._connection = connection
        self._installed = installed
        self.declaration = declaration
        self._unreadable: int | None = None
        self._begin(policy)

    @classmethod
    async def open(cls, connection: Connection, installed: Policy) -> "ModelInUse":
        """Return the model for what the team has decided by now.

        To be called once the cursor began: a later decision comes with a change, and is met.
        """
        declaration = await connection.fetchval(QUERIES["declaration"])
        return cls(connection, installed, await policy_now(connection, installed), declaration)

    def _begin(self, policy: Policy) -> None:
        self.policy = policy
        self.trainer = OnlineTrainer(Learner(day_zero(policy)), 0)
        self.card = self.trainer.scorecard()

    @property
    def head(self) -> Head:
        """The question that scores answer."""
        return self.policy.head

    async def load_policy(self) -> None:
        """Take up what the team has decided by now."""
        self.declaration = await self._connection.fetchval(QUERIES["declaration"])
        self.policy = await policy_now(self._connection, self._installed)

    async def is_superseded(self) -> bool:
        """Tell whether another version, one that can be read, is the champion by now."""
        version = await champion_version(self._connection, self.head.name)
        return version not in {self.card.version, self._unreadable}

    async def follow(self) -> None:
        """Score with the champion of now. No batch may be under way: it might make another one."""
        if await champion_version(self._connection, self.head.name) != self.trainer.version:
            await self.load()
        self.card = self.trainer.scorecard()

    async def load(self) -> None:
        """Read the champion; go on without where it can't be read."""
        try:
            version, learner = await load_learner(self._connection, self.policy)
        except UnreadableModelError as error:
            self._unreadable = error.version
            log.warning("scoring goes on without the champion", error=str(error))
        else:
            self.trainer = OnlineTrainer(learner, version)
            self.card = self.trainer.scorecard()
        log.info("scoring", model_version=self.card.version, learned=self.card.learned)

    def take_up(self, version: int, trained: Trained) -> None:
        """Take up what was learned of a batch, once it is committed as a version."""
        self.trainer.version = version
        if trained.learned is not None:
            self.card = self.trainer.scorecard()
        if trained.champion is not None:
            champion = trained.champion
            log.info(
                "another model scores",
                champion=champion.name,
                before=champion.before,
                evaluated=champion.evaluated,
            )
