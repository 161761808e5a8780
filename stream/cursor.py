"""Where the stream is in the change log: by transaction visibility, never by id or time.

Ids and times are given out before commit, so a reader that remembers the largest one loses what
commits late. A snapshot says exactly which transactions were finished when it was taken; what is
visible in a later one and not in it is what is new. Snapshots are `(xmin, xmax, still running)`, as
asyncpg reads them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

TransactionSnapshot = tuple[int, int, tuple[int, ...]]
"""Transactions below xmin are finished, from xmax on not begun; between, those listed were
running."""


def is_visible(xid: int, snapshot: TransactionSnapshot) -> bool:
    """Tell whether a committed transaction was finished when the snapshot was taken.

    Examples
    --------
    >>> [is_visible(xid, (5, 9, (5, 7))) for xid in (4, 5, 6, 7, 9)]
    [True, False, True, False, False]
    """
    return xid < snapshot[0] or (xid < snapshot[1] and xid not in snapshot[2])


class LoggedChange(Protocol):
    """A row of the change log, by column."""

    def __getitem__(self, column: str, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Position:
    """The last position taken.

    Parameters
    ----------
    done
        Everything visible in it has been taken.
    window
        While a larger window is taken page by page, its upper end.
    after
        (transaction, row) of the last row taken inside the window.
    """

    done: TransactionSnapshot
    window: TransactionSnapshot | None = None
    after: tuple[int, int] = (0, 0)

    def advance(
        self, upto: TransactionSnapshot, taken: Sequence[LoggedChange], *, more: bool
    ) -> "Position":
        """Return the position after taking rows: inside the window, or past it without `more`."""
        if not more:
            return Position(upto)
        return replace(self, window=upto, after=(taken[-1]["xid"], taken[-1]["id"]))
