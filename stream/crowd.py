"""Whether writers get more done when they need not announce their changes."""

BUSY = 1_000.0
"""Changes a second from which it is worth finding out."""

WINDOW = 0.1
"""Seconds over which changes are counted, and for which the other way is tried."""

GAIN = 1.5
"""How many times as many changes must come unannounced for the hand to be down."""

REST = 10.0
"""Seconds between trials."""


class Crowd:
    """Tells when the hand should be up, by trying.

    NOTIFY takes a database-wide lock at commit, flush included, so writers that announce commit one
    after the other. A few don't notice, and are heard at once. Many would get twice as much done;
    looking again and again finds their changes as well, and takes more at once. Neither their
    number nor their rate tells which it is. So while there is much to do the other way is tried for
    a moment every few seconds, and the hand is down if a lot more comes that way.

    Examples
    --------
    >>> crowd = Crowd()
    >>> for twentieth in range(1, 6):
    ...     crowd.count(100, at=twentieth / 20)
    >>> crowd.hand_up
    False
    """

    def __init__(self) -> None:
        self.hand_up = True
        self._since = 0.0
        self._changes = 0
        self._rate = 0.0
        """Changes a second in the last window."""
        self._on_trial = False
        self._rests_until = 0.0

    def count(self, changes: int, at: float) -> None:
        """Count changes taken at `at`, in seconds of a clock that never goes back."""
        self._changes += changes
        if at - self._since < WINDOW:
            return
        rate, before = self._changes / (at - self._since), self._rate
        if self._on_trial:
            announced, unannounced = (rate, before) if self.hand_up else (before, rate)
            self.hand_up = unannounced < GAIN * announced
            self._on_trial, self._rests_until = False, at + REST
        elif min(rate, before) < BUSY:
            # With one window busy, the crowd may only just have come, or gone.
            self.hand_up = True
        elif at >= self._rests_until:
            self.hand_up, self._on_trial = not self.hand_up, True
        self._since, self._changes, self._rate = at, 0, rate
