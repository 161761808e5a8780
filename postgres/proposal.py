"""A proposed ``galope.toml`` as text."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class ProposedSubject:
    """The table to score, and what each of its columns is taken for."""

    name: str
    table: str
    key: str
    created_at: str
    zoneless: bool
    where: str | None
    tracked_at: list[str] = field(default_factory=list)
    track: list[str] = field(default_factory=list)
    personal: dict[str, str] = field(default_factory=dict)
    """By column, why it is taken for personal."""
    profile: list[str] = field(default_factory=list)
    later: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ProposedSource:
    """A table whose rows are events, and why it is taken for one."""

    table: str
    why: str
    column: str
    at: str
    zoneless: bool
    where: str | None
    type: str | None


ZONE = (
    'timezone = "UTC"                       # its times say no zone; most programs mean UTC: check'
)


def _list(items: Sequence[str]) -> str:
    return json.dumps(list(items), ensure_ascii=False)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A file as it is proposed; as text it is one that can be installed."""

    subject: ProposedSubject
    sources: Sequence[ProposedSource]
    yes: Sequence[str]
    no: Sequence[str]

    def __str__(self) -> str:
        lines = [*self._subject(), *self._sources(), *self._outcomes()]
        return "\n".join(lines) + "\n"

    def _subject(self) -> Iterator[str]:
        subject = self.subject
        yield "# Proposed by `python -m stream --inspect`. Read it, change what is wrong, then:"
        yield "# python -m stream --install"
        yield ""
        yield f"[subject.{subject.name}]"
        yield f"table = {_text(subject.table)}"
        yield f"key = {_text(subject.key)}"
        yield f"created_at = {_text(subject.created_at)}"
        if subject.zoneless:
            yield ZONE
        if subject.where:
            yield f"where = {_text(subject.where)}"
        yield "# What scores may feed on: answers known before the outcome."
        yield f"profile = {_list(subject.profile)}"
        yield "# Only whether they are filled in is kept:"
        for name, why in subject.personal.items():
            if why != "by its name":
                yield f"#   {name}: {why}"
        yield f"personal = {_list(list(subject.personal))}"
        if subject.track:
            yield "# A change of these is an event of its own, such as " + (
                f"{(*self.yes, *self.no, subject.track[0] + ':…')[0]}."
            )
            yield f"track = {_list(subject.track)}"
            if subject.tracked_at:
                yield "# When they last changed, as far as a row says: for outcomes of the past."
                yield f"tracked_at = {_text(_first_of(subject.tracked_at))}"
        if subject.later:
            yield f"# Left out, as known only later, or no answer: {', '.join(subject.later)}"
        if subject.left_out:
            yield f"# Left out, as bookkeeping: {', '.join(subject.left_out)}"
        yield "# Scores go to galope.score; docs/reference/attach.md has how to write columns too."
        yield 'write = "table"'

    def _sources(self) -> Iterator[str]:
        for source in self.sources:
            yield ""
            yield f"# {source.table} {source.why}."
            yield "[[source]]"
            yield f"table = {_text(source.table)}"
            if source.where:
                yield f"where = {_text(source.where)}"
            yield f"subject.{self.subject.name} = {_text(source.column)}"
            yield f"at = {_text(source.at)}"
            if source.zoneless:
                yield ZONE
            if source.type:
                yield f"type = {_text(source.type)}"
        if not self.sources:
            yield ""
            yield "# No table refers to it and says when: only its own changes are events."

    def _outcomes(self) -> Iterator[str]:
        yield ""
        if self.yes:
            yield "# By what the values are called. Whichever comes last counts."
            yield "[head.qualify]"
            yield f"yes = {_list(self.yes)}"
            yield f"no = {_list(self.no)}"
            yield "horizon_days = 90                      # after so many days silence is a no"
        else:
            yield "# Nothing here is called won or converted. Say which events are a yes and a no:"
            yield "# [head.qualify]"
            yield '# yes = ["status:…"]'


def _first_of(columns: Sequence[str]) -> str:
    if len(columns) == 1:
        return columns[0]
    return f"coalesce({', '.join(columns)})"
