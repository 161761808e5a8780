"""The replay format: a folder of leads, events and outcomes in gzipped CSV."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import pandas as pd

from domain.attributes import NOTHING, Attributes, read_attributes
from domain.outcomes import Outcome
from domain.policy import OURS, Policy
from domain.profile import profile_of
from offline.history import History
from postgres.errors import GalopeError

NEEDED = {
    "leads": ("lead_id", "created_at"),
    "events": ("lead_id", "event_type", "ts"),
    "outcomes": ("lead_id", "converted", "resolved_at"),
}
"""Files and the columns each must have; leads may have any others, which are the profile."""


def lead_uuid(lead_id: str) -> UUID:
    """Return a lead's id in the database: its own if a UUID, else one made from it.

    Examples
    --------
    >>> lead_uuid("173688") == lead_uuid("173688")
    True
    """
    try:
        return UUID(lead_id)
    except ValueError:
        return uuid5(NAMESPACE_URL, f"galope:lead:{lead_id}")


@dataclass(frozen=True, slots=True)
class Replay:
    """A recorded history.

    Parameters
    ----------
    leads
        lead_id (text), created_at (UTC), and the profile's columns; in order of creation.
    events
        lead_id, event_type, ts (UTC), metadata (JSON text or missing); in order of time.
    outcomes
        lead_id, converted (bool), resolved_at (UTC).
    """

    leads: pd.DataFrame
    events: pd.DataFrame
    outcomes: pd.DataFrame

    @classmethod
    def read(cls, folder: Path, *, outcomes: bool = True) -> "Replay":
        """Read a folder.

        Parameters
        ----------
        folder
            Where the files are.
        outcomes
            Whether there are outcomes; events alone answer a rolling head.

        Raises
        ------
        GalopeError
            When a file or a column is missing, or holds what can't be read; the message says which.
        """
        leads, events = (_table(folder, name) for name in ("leads", "events"))
        known = _table(folder, "outcomes") if outcomes else _none("outcomes")
        for table, name, column in (
            (leads, "leads", "created_at"),
            (events, "events", "ts"),
            (known, "outcomes", "resolved_at"),
        ):
            table[column] = _times(table[column], f"{folder}/{name}", column)
        known["converted"] = _answers(known["converted"], f"{folder}/outcomes")
        # An empty answer is that of a lead that is still open.
        known = known[known["converted"].notna()].reset_index(drop=True)
        for table, name, column in (
            (leads, "leads", "created_at"),
            (events, "events", "ts"),
            (known, "outcomes", "resolved_at"),
        ):
            _complete(table, f"{folder}/{name}", column)
        known["converted"] = known["converted"].astype(bool)
        return cls(
            leads.sort_values("created_at", kind="stable", ignore_index=True),
            events.sort_values("ts", kind="stable", ignore_index=True),
            known,
        )

    @property
    def profile_columns(self) -> list[str]:
        """The leads' columns beyond id and time."""
        return [column for column in self.leads.columns if column not in NEEDED["leads"]]

    def rows(self) -> Iterator[tuple[str, pd.Timestamp, dict[str, Any]]]:
        """Yield (lead_id, created_at, row of ``leads``) as importing writes it."""
        columns = self.profile_columns
        for values in self.leads[["lead_id", "created_at", *columns]].itertuples(index=False):
            lead_id, created_at, *answers = values
            row: dict[str, Any] = {"nome": f"Lead {lead_id}", "segmento_interesse": ""}
            row.update(zip(columns, map(_value, answers), strict=True))
            yield lead_id, created_at, row

    def histories(self, policy: Policy = OURS) -> Iterator[History]:
        """Yield every lead's history in order of creation, with what the policy reads of events."""
        seconds = epoch(self.events["ts"])
        events: dict[str, list[tuple[str, float]]] = {}
        carried: dict[str, dict[int, Attributes]] = {}
        for lead_id, kind, at, attributes in zip(
            self.events["lead_id"],
            self.events["event_type"],
            seconds,
            self._attributes(policy),
            strict=True,
        ):
            of_lead = events.setdefault(lead_id, [])
            if attributes is not NOTHING:
                carried.setdefault(lead_id, {})[len(of_lead)] = attributes
            of_lead.append((kind, at))
        outcomes = {
            lead_id: Outcome(converted, at, "import")
            for lead_id, converted, at in zip(
                self.outcomes["lead_id"],
                self.outcomes["converted"].tolist(),
                epoch(self.outcomes["resolved_at"]),
                strict=True,
            )
        }
        created = epoch(self.leads["created_at"])
        for (lead_id, _, row), created_at in zip(self.rows(), created, strict=True):
            yield History(
                lead_id,
                created_at,
                profile_of(row),
                events.get(lead_id, []),
                outcomes.get(lead_id),
                carried.get(lead_id, {}),
            )

    def _attributes(self, policy: Policy) -> Iterable[Attributes]:
        if "metadata" not in self.events or not (policy.event_labels or policy.event_amount):
            return repeat(NOTHING, len(self.events))
        return (
            carried_by(text, policy.event_labels, policy.event_amount)
            for text in self.events["metadata"]
        )


def carried_by(text: Any, labels: Sequence[str], amount: str | None) -> Attributes:
    """Return what an event carries, of what is declared, from its metadata as JSON text.

    Examples
    --------
    >>> carried_by('{"family": "tack", "amount": "-9.50"}', ["family"], "amount")
    Attributes(labels=('family=tack',), amount=-9.5)
    """
    try:
        values = json.loads(text) if isinstance(text, str) else {}
    except ValueError:
        return NOTHING
    if not isinstance(values, dict):
        return NOTHING
    found = read_attributes(values, labels, amount)
    return found if found.labels or found.amount is not None else NOTHING


def epoch(times: "pd.Series[pd.Timestamp]") -> list[float]:
    """Return times in seconds since 1970, as Postgres gives them back."""
    microseconds: list[int] = times.dt.as_unit("us").astype("int64").tolist()
    return [at / 1e6 for at in microseconds]


def _none(name: str) -> pd.DataFrame:
    return pd.DataFrame(columns=list(NEEDED[name]), dtype="object")


def _table(folder: Path, name: str) -> pd.DataFrame:
    path = folder / f"{name}.csv.gz"
    try:
        table = pd.read_csv(path, dtype={"lead_id": str})
    except FileNotFoundError as error:
        message = f"{path} is missing: the replay format has leads, events and outcomes as .csv.gz."
        raise GalopeError(message) from error
    except (OSError, ValueError) as error:
        message = f"{path} can't be read as gzipped CSV: {error}."
        raise GalopeError(message) from error
    missing = [column for column in NEEDED[name] if column not in table.columns]
    if missing:
        message = f"{path} has no column {', '.join(missing)}: it needs {', '.join(NEEDED[name])}."
        raise GalopeError(message)
    return table


def _times(column: "pd.Series[Any]", where: str, name: str) -> "pd.Series[pd.Timestamp]":
    try:
        return pd.to_datetime(column, utc=True, format="ISO8601").dt.as_unit("us")
    except ValueError as error:
        message = f"{where}.csv.gz: column {name} has a time that is not ISO 8601: {error}."
        raise GalopeError(message) from error


ANSWERS = {
    **dict.fromkeys(("1", "1.0", "t", "true", "y", "yes"), True),
    **dict.fromkeys(("0", "0.0", "f", "false", "n", "no"), False),
}
"""What databases and spreadsheets write for yes and no, in small letters."""


def _answers(column: "pd.Series[Any]", where: str) -> "pd.Series[Any]":
    """Return yes and no as booleans; what is empty stays so."""
    written = column.astype("string").str.strip().str.lower()
    unknown = written[written.notna() & (written != "") & ~written.isin(list(ANSWERS))]
    if len(unknown):
        message = (
            f"{where}.csv.gz: column converted has {unknown.iloc[0]!r}, which is neither yes nor"
            " no: write 1 or 0."
        )
        raise GalopeError(message)
    return written.map(ANSWERS)


def _complete(table: pd.DataFrame, where: str, column: str) -> None:
    """Make sure that every row has its time."""
    empty = table[table[column].isna()]
    if len(empty):
        message = (
            f"{where}.csv.gz: column {column} is empty in {len(empty)} rows, first for lead"
            f" {empty['lead_id'].iloc[0]}."
        )
        raise GalopeError(message)


def _value(answer: Any) -> Any:
    if pd.isna(answer):
        return None
    return answer.item() if hasattr(answer, "item") else answer


def metadata(text: Any) -> str | None:
    """Return an event's metadata as JSON text; what is not JSON is kept as a JSON string."""
    if not isinstance(text, str):
        return None
    try:
        json.loads(text)
    except ValueError:
        return json.dumps(text)
    return text
