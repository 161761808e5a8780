"""What moves, for all readers of this server: one connection follows the API's live stream."""

from __future__ import annotations

import time
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

from domain.rules import CONTACT, IN_TOUCH
from ui.cards import Cards, ScoreChange
from ui.client import RefusedError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ui.client import Api

RELOAD_FROM = 200
"""Changes at once from which the whole board is read again, rather than lead by lead."""

RELOAD_S = 60.0
"""Seconds after which the board is read again: leads that were deleted elsewhere tell nobody."""

RETRY_S = 0.5
"""Seconds between attempts while the API is away."""

PAGE = 5_000
"""Leads that are read at once."""

MAX_CARDS = 50_000
"""Leads on the board at the most, the newest. Each takes a kilobyte, and a look at all of them
is had for every open board."""

PASSIVE_CAUSES = {
    "time", "model", "rebuild", "gone", CONTACT, "next_action_saved", "next_action_cleared",
}  # fmt: skip
"""Causes of a rescore that say nothing of a lead: cards keep what people or leads did last."""

LOSING = frozenset({"lost_interest", "invalid_contact", "reopened", "crm_manual_move"})
"""Events after which other leads may be lost; what the team adds to them shows within a minute."""

Update = dict[str, Any]


class LiveBoard:
    """Keeps the cards as they are in the database.

    Parameters
    ----------
    api
        Where to ask.
    cards
        What is kept.
    """

    def __init__(self, api: Api, cards: Cards) -> None:
        self._api = api
        self.cards = cards
        self._changes: SimpleQueue[Update | None] = SimpleQueue()
        self.loaded = False
        """Whether the board was ever read."""
        self.unavailable = False
        """Whether what is kept may be old."""
        self.cut = False
        """Whether there are more leads than are kept."""

    def start(self) -> None:
        """Begin, in threads that end with the process."""
        Thread(target=self._listen, name="galope listens", daemon=True).start()
        Thread(target=self._follow, name="galope follows", daemon=True).start()

    def _listen(self) -> None:
        """Follow the live stream for ever; the queue gets its changes, and None to read all."""
        last_id: str | None = None
        while True:
            try:
                self._changes.put(None)
                for message in self._api.messages("/stream/leads", last_id):
                    last_id = message.id or last_id
                    if message.name == "score":
                        self._changes.put(message.data)
            except (UnavailableError, RefusedError):
                self.unavailable = True
            time.sleep(RETRY_S)

    def _follow(self) -> None:
        """Apply what comes, for ever."""
        loaded_at = 0.0
        while True:
            updates = self._waiting(loaded_at + RELOAD_S - time.monotonic())
            try:
                if None in updates or len(updates) > RELOAD_FROM or not updates:
                    self.load(updates)
                    loaded_at = time.monotonic()
                else:
                    self._apply([update for update in updates if update is not None])
                self.unavailable = False
            except (UnavailableError, RefusedError):
                self._try_again()

    def _try_again(self) -> None:
        self.unavailable = True
        time.sleep(RETRY_S)
        self._changes.put(None)

    def _waiting(self, timeout: float) -> list[Update | None]:
        """Return what waits in the queue; nothing when nothing came in time."""
        updates: list[Update | None] = []
        try:
            updates.append(self._changes.get(timeout=max(timeout, 0.0)))
            while True:
                updates.append(self._changes.get_nowait())
        except Empty:
            return updates

    def load(self, updates: Sequence[Update | None] = ()) -> None:
        """Read the board anew, and say of these changes what moved."""
        self.cards.replace(self._all())
        self.load_lost()
        self.cards.set_contacts(self._api.get("/crm/contacts"))
        self.cards.set_owners(self._api.get("/crm/owners"))
        for update in updates:
            if update is not None and (change := score_change(update)):
                self.cards.set_change(update["lead_id"], change)
        self.loaded = True

    def read_again(self, lead_ids: Sequence[str]) -> None:
        """Read some leads anew, whether they are lost, and whom they are with."""
        for lead_id in lead_ids:
            try:
                self.cards.put(self._api.get(f"/leads/{lead_id}"))
            except RefusedError:  # deleted meanwhile
                self.cards.drop(lead_id)
        self.load_lost()
        self.cards.set_owners(self._api.get("/crm/owners"))

    def load_lost(self) -> None:
        """Read which leads are lost."""
        self.cards.set_lost(self._api.get("/crm/lost"))

    def _all(self) -> Iterator[dict[str, Any]]:
        """Yield the leads page by page. One that is deleted meanwhile may hide another one once."""
        offset, has_more = 0, True
        while has_more and offset < MAX_CARDS:
            page = self._api.get("/crm/board", limit=PAGE, offset=offset)["items"]
            yield from page
            offset += PAGE
            has_more = len(page) == PAGE
        self.cut = has_more

    def _apply(self, updates: list[Update]) -> None:
        latest: dict[str, ScoreChange | None] = {}
        for update in updates:
            latest[update["lead_id"]] = score_change(update) or latest.get(update["lead_id"])
        for lead_id, change in latest.items():
            try:
                self.cards.put(self._api.get(f"/leads/{lead_id}"), change)
            except RefusedError:  # deleted meanwhile
                self.cards.drop(lead_id)
        for update in updates:
            if update["cause"] in IN_TOUCH:
                self.cards.set_contacted(update["lead_id"], update["scored_at"])
        if any(update["cause"].partition(":")[0] in LOSING for update in updates):
            self.load_lost()


def score_change(update: Update) -> ScoreChange | None:
    """Return what a change says of its cause; None where nobody did anything."""
    before, after = update["score_before"], update["score"]
    if update["cause"] in PASSIVE_CAUSES:
        return None
    return ScoreChange(
        update["cause"], after - (before or 0), before, update["scored_at"], time.monotonic()
    )
