"""What moves, for all readers of this server: one connection follows the API's live stream."""

from __future__ import annotations

import time
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

from ui.cards import Cards, Why
from ui.client import AwayError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ui.client import Api

CROWD = 200
"""Changes at once from which the whole board is read again, rather than lead by lead."""

RELOAD = 60.0
"""Seconds after which the board is read again: leads that were deleted elsewhere tell nobody."""

RETRY = 0.5
"""Seconds between attempts while the API is away."""

PAGE = 5_000
"""Leads that are read at once."""

ALL = 50_000
"""Leads on the board at the most, the newest. Each takes a kilobyte, and a look at all of them
is had for every open board."""

BY_ITSELF = {"time", "model", "rebuild", "gone"}
"""Causes of a rescore that are nothing a lead did."""

Change = dict[str, Any]


class Live:
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
        self._changes: SimpleQueue[Change | None] = SimpleQueue()
        self.loaded = False
        """Whether the board was ever read."""
        self.away = False
        """Whether what is kept may be old."""
        self.cut = False
        """Whether there are more leads than are kept."""

    def start(self) -> None:
        """Begin, in threads that end with the process."""
        Thread(target=self._listen, name="galope listens", daemon=True).start()
        Thread(target=self._follow, name="galope follows", daemon=True).start()

    def _listen(self) -> None:
        """Follow the live stream for ever; the queue gets its changes, and None to read all."""
        last: str | None = None
        while True:
            try:
                self._changes.put(None)
                for message in self._api.messages("/stream/leads", last):
                    last = message.id or last
                    if message.name == "score":
                        self._changes.put(message.data)
            except (AwayError, RefusedError):
                self.away = True
            time.sleep(RETRY)

    def _follow(self) -> None:
        """Apply what comes, for ever."""
        loaded_at = 0.0
        while True:
            changes = self._waiting(loaded_at + RELOAD - time.monotonic())
            try:
                if None in changes or len(changes) > CROWD or not changes:
                    self.load(changes)
                    loaded_at = time.monotonic()
                else:
                    self._apply([one for one in changes if one is not None])
                self.away = False
            except (AwayError, RefusedError):
                self._try_again()

    def _try_again(self) -> None:
        self.away = True
        time.sleep(RETRY)
        self._changes.put(None)

    def _waiting(self, patience: float) -> list[Change | None]:
        """Return what waits in the queue; nothing when nothing came in time."""
        found: list[Change | None] = []
        try:
            found.append(self._changes.get(timeout=max(patience, 0.0)))
            while True:
                found.append(self._changes.get_nowait())
        except Empty:
            return found

    def load(self, changes: Sequence[Change | None] = ()) -> None:
        """Read the board anew, and say of these changes what moved."""
        self.cards.replace(self._all())
        for change in changes:
            if change is not None and (why := why_of(change)):
                self.cards.explain(change["lead_id"], why)
        self.loaded = True

    def _all(self) -> Iterator[dict[str, Any]]:
        """Yield the leads page by page. One that is deleted meanwhile may hide another one once."""
        read, more = 0, True
        while more and read < ALL:
            page = self._api.get("/crm/board", limit=PAGE, offset=read)["items"]
            yield from page
            read += PAGE
            more = len(page) == PAGE
        self.cut = more

    def _apply(self, changes: list[Change]) -> None:
        moved: dict[str, Why | None] = {}
        for change in changes:
            moved[change["lead_id"]] = why_of(change) or moved.get(change["lead_id"])
        for lead_id, why in moved.items():
            try:
                self.cards.put(self._api.get(f"/leads/{lead_id}"), why)
            except RefusedError:  # deleted meanwhile
                self.cards.drop(lead_id)


def why_of(change: Change) -> Why | None:
    """Return what a change says of its cause; None where nothing happened and nothing moved."""
    before, after = change["score_before"], change["score"]
    if before == after and change["cause"] in BY_ITSELF:
        return None
    return Why(
        change["cause"], after - (before or 0), before, change["scored_at"], time.monotonic()
    )
