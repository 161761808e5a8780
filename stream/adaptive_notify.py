"""Whether writers get more done when they need not notify of their changes."""

BUSY = 1_000.0
"""Changes a second from which it is worth finding out."""

WINDOW = 0.1
"""Seconds over which changes are counted."""

GAIN = 1.5
"""How many times as many changes must come without NOTIFY for it to stay off."""

REST = 60.0
"""Seconds from a trial that gains nothing to the next: it costs its moment's freshness."""


class AdaptiveNotify:
    """Tells whether writers should notify, by trying.

    NOTIFY takes a database-wide lock at commit, flush included, so writers that notify commit one
    after the other. With few writers that costs nothing, and their changes are seen at once. Many
    writers would get twice as much done without; polling finds their changes as well, and takes
    more at once. Neither their number nor their rate tells which it is. So while there is much to
    do NOTIFY is switched off, and stays off for as long as a lot more comes that way. A trial that
    gains nothing is not repeated for a minute.

    Examples
    --------
    >>> notify = AdaptiveNotify()
    >>> for twentieth in range(1, 6):
    ...     notify.count(100, at=twentieth / 20)
    >>> notify.enabled
    False
    """

    def __init__(self) -> None:
        self.enabled = True
        self._since = 0.0
        self._changes = 0
        self._rate = 0.0
        """Changes a second in the last window."""
        self._notified = 0.0
        """The rate before NOTIFY was switched off."""
        self._rests_until = 0.0

    def count(self, changes: int, at: float) -> None:
        """Count changes taken at `at`, in seconds of a clock that never goes back."""
        self._changes += changes
        if at - self._since < WINDOW:
            return
        rate, before = self._changes / (at - self._since), self._rate
        if not self.enabled:
            enough = GAIN * self._notified
            self.enabled = rate < enough
            # Not only what had waited: after a slow moment it is worth finding out again at once.
            if min(rate, before) >= enough:
                self._rests_until = at
        # With one busy window, many writers may only just have come, or gone.
        elif min(rate, before) >= BUSY and at >= self._rests_until:
            self.enabled, self._notified, self._rests_until = False, rate, at + REST
        self._since, self._changes, self._rate = at, 0, rate
