"""The models that score: the champion of each head that the team's policy asks, and its trainer."""

from typing import TYPE_CHECKING, NamedTuple

import orjson
import structlog

from domain.grouping import Grouping
from domain.heads import Head
from domain.policy import Policy
from online_models.action_choice import ActionChoice, LearnedActions
from online_models.day_zero import day_zero
from online_models.learner import Learner
from postgres.connect import Connection
from postgres.model_registry import (
    UnreadableModelError,
    champion_version,
    champion_versions,
    load_learner,
)
from postgres.policy import policy_now
from postgres.statements import QUERIES
from stream.batch import Models
from stream.experiments import NO_EXPERIMENTS, read_experiments
from stream.trainer import NewChampion, OnlineTrainer, Trained

if TYPE_CHECKING:
    from domain.scorecard import Scorecard

log = structlog.get_logger()


GROUPING = "(grouping)"
"""Under which the number of the groups stands beside heads' versions; no head is called so."""

ACTIONS = "(actions)"
"""The same of what was learned of actions."""

EXPERIMENTS = "(experiments)"
"""The same of the running experiments whose arms are served here."""


class Versions(NamedTuple):
    """Which models score: the primary head's, and by name those of the heads beside it."""

    primary: int
    others: dict[str, int]


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
        self.others: dict[str, Scorecard] = {}
        """By name, the scorecards of the heads beside the primary one, of those that have one."""
        self.trainers: dict[str, OnlineTrainer] = {}
        """By name, what learns for them."""
        self._seen: dict[str, int] = {}
        """By name, the champions of these heads when they were last read."""
        self.grouping: Grouping | None = None
        """What puts leads into groups, once there are any."""
        self.choice: ActionChoice | None = None
        """What draws actions, where the team has them learned."""
        self._actions: int | None = None
        """The number of what was learned of actions, whether it can be read or not."""
        self.experiments = NO_EXPERIMENTS
        """Those whose arms are served here."""

    @property
    def models(self) -> Models:
        """What a batch that begins now is scored with."""
        return Models(self.card, self.others, self.grouping, self.choice, self.experiments)

    @property
    def versions(self) -> Versions:
        """Which models score."""
        others = {name: card.version for name, card in self.others.items()}
        if self.grouping is not None:
            others[GROUPING] = self.grouping.number
        if self.experiments.models is not None:
            others[EXPERIMENTS] = self.experiments.models.running.id
        return Versions(self.card.version, others)

    @property
    def head(self) -> Head:
        """The question that scores answer."""
        return self.policy.head

    async def load_policy(self) -> None:
        """Take up what the team has decided by now."""
        self.declaration = await self._connection.fetchval(QUERIES["declaration"])
        self.policy = await policy_now(self._connection, self._installed)

    async def is_superseded(self) -> bool:
        """Tell whether other models, of those that can be read, or groups are in force by now."""
        heads = [self.head.name, *(head.name for head in self.policy.others)]
        rows = await self._connection.fetch(
            QUERIES["versions_now"], heads, GROUPING, ACTIONS, EXPERIMENTS
        )
        others = {row["head"]: row["version"] for row in rows}
        primary, grouping = others.pop(self.head.name, 0), others.pop(GROUPING, None)
        actions, experiments = others.pop(ACTIONS, None), others.pop(EXPERIMENTS, None)
        known = None if self.grouping is None else self.grouping.number
        return (
            primary not in {self.card.version, self._unreadable}
            or grouping != known
            or actions != self._actions
            or experiments != self.experiments.number
            or others != self._seen
        )

    async def follow(self) -> None:
        """Score with the champions of now. No batch may be under way: it might make another one."""
        if await champion_version(self._connection, self.head.name) != self.trainer.version:
            await self._load_primary()
        self.card = self.trainer.scorecard()
        await self._load_rest()

    async def load(self) -> None:
        """Read the champions; go on without those that can't be read."""
        await self._load_primary()
        await self._load_rest()

    async def _load_rest(self) -> None:
        await self._load_others()
        await self._load_grouping()
        await self._load_actions()
        await self._load_experiments()

    async def _load_primary(self) -> None:
        try:
            version, learner = await load_learner(self._connection, self.policy)
        except UnreadableModelError as error:
            self._unreadable = error.version
            log.warning("scoring goes on without the champion", error=str(error))
        else:
            self.trainer = OnlineTrainer(learner, version)
            self.card = self.trainer.scorecard()
        log.info("scoring", model_version=self.card.version, learned=self.card.learned)

    async def _load_others(self) -> None:
        """Read the champions beside the primary head's; a head without one is not scored.

        No rule says anything of it: day zero would give every lead the same.
        """
        self._seen = await self._champions() if self.policy.others else {}
        trainers = {}
        for name in self._seen:
            known = self.trainers.get(name)
            if known is not None and known.version == self._seen[name]:
                trainers[name] = known
                continue
            try:
                version, learner = await load_learner(self._connection, self.policy.asking(name))
            except UnreadableModelError as error:
                log.warning("a head is not scored", head=name, error=str(error))
            else:
                trainers[name] = OnlineTrainer(learner, version)
                log.info("scoring", head=name, model_version=version)
        self.trainers = trainers
        self.others = {name: trainer.scorecard() for name, trainer in trainers.items()}

    async def _load_grouping(self) -> None:
        number = await self._connection.fetchval(QUERIES["grouping_number"])
        if number is None:
            self.grouping = None
        elif self.grouping is None or self.grouping.number != number:
            model = await self._connection.fetchval(QUERIES["grouping_model"], number)
            self.grouping = Grouping.from_json(number, orjson.loads(model))
            log.info("grouping", number=number)

    async def _load_actions(self) -> None:
        """Read what was learned of actions; where nothing decides that can be read, the rules do.

        No lead is scored anew for it: what was drawn stands, and what is drawn next follows it.
        """
        floor, learned, decides = self.policy.action_floor, None, False
        row = await self._connection.fetchrow(QUERIES["action_model"])
        self._actions = row["id"] if row else None
        if floor and row:
            decides = row["decides"]
            try:
                learned = LearnedActions.from_json(orjson.loads(row["model"]), floor)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                log.warning("the rules choose actions", number=self._actions, error=repr(error))
        self.choice = ActionChoice(floor, learned, decides) if floor else None

    async def _load_experiments(self) -> None:
        self.experiments = await read_experiments(self._connection, self.head.name, self.card.scale)

    async def _champions(self) -> dict[str, int]:
        names = [head.name for head in self.policy.others]
        return await champion_versions(self._connection, names)

    def take_up(self, version: int, trained: Trained) -> None:
        """Take up what was learned of a batch, once it is committed as a version."""
        self.trainer.version = version
        if trained.learned is not None:
            self.card = self.trainer.scorecard()
        if trained.champion is not None:
            _tell(self.head.name, trained.champion)

    def take_up_other(self, name: str, version: int, trained: Trained) -> None:
        """Take up what a head beside the primary one learned, once it is committed."""
        self.trainers[name].version = version
        if trained.champion is not None:
            _tell(name, trained.champion)
        self._seen[name] = version
        self.others[name] = self.trainers[name].scorecard()


def _tell(head: str, champion: NewChampion) -> None:
    log.info(
        "another model scores",
        head=head,
        champion=champion.name,
        before=champion.before,
        evaluated=champion.evaluated,
    )
