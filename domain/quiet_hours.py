"""Hours in which a team turns to nobody: what falls due then is due once they are over."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import NamedTuple


class QuietHours(NamedTuple):
    """From when to when a team turns to nobody, each day, by the clock of its time zone.

    Parameters
    ----------
    begin, end
        Where it ends no later than it begins, it goes on past midnight.
    """

    begin: time
    end: time

    @property
    def is_whole_day(self) -> bool:
        """Whether no hour of a day is left."""
        return self.begin == self.end

    def over(self, moment: datetime) -> datetime:
        """Return when the hours that a moment falls into are over; else the moment itself.

        Examples
        --------
        >>> night = QuietHours(time(20), time(8))
        >>> night.over(datetime(2026, 5, 4, 23, 30)).isoformat()
        '2026-05-05T08:00:00'
        >>> night.over(datetime(2026, 5, 4, 9, 30)).isoformat()
        '2026-05-04T09:30:00'
        """
        hour = moment.time()
        past_midnight = self.end <= self.begin
        evening, morning = hour >= self.begin, hour < self.end
        if not (evening or morning if past_midnight else evening and morning):
            return moment
        day = moment.date() + timedelta(days=0 if morning else 1)
        return datetime.combine(day, self.end, moment.tzinfo)

    def to_json(self) -> dict[str, str]:
        """Return them as JSON values."""
        return {name: f"{hour:%H:%M}" for name, hour in self._asdict().items()}

    @classmethod
    def from_json(cls, values: Mapping[str, str]) -> "QuietHours":
        """Return what `to_json` wrote."""
        return cls(time.fromisoformat(values["begin"]), time.fromisoformat(values["end"]))
