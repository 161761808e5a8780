"""What `make run` says in the terminal."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, assert_never
from urllib.parse import urlsplit

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from local.supervisor import Died, Report, Started, Stopped

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Screen:
    """One line for each thing that happens, and one panel that says where everything is."""

    console: Console = field(default_factory=lambda: Console(highlight=False))

    def doing(self, what: str) -> None:
        """Say what starts now."""
        self.console.print(f"[bold cyan]▸[/] {escape(what)}")

    def remark(self, what: str) -> None:
        """Say something worth knowing about it."""
        self.console.print(f"  [dim]{escape(what)}[/]")

    def failed(self, why: str) -> None:
        """Say why everything stops."""
        self.console.print(f"[bold red]✗[/] {escape(why)}")

    def tell(self, report: Report) -> None:
        """Say what became of a service."""
        match report:
            case Started(service, pid):
                self.console.print(f"[green]▸[/] {service} runs (PID {pid})")
            case Stopped(service, how):
                self.console.print(f"[green]▸[/] {service} stopped ({how})")
            case Died(service, how, lines, retry_in_s):
                self.console.print(f"[yellow]![/] {service} ended with {how}; its last lines:")
                for line in lines:
                    self.remark(line)
                self.console.print(f"[yellow]▸[/] {service} starts again in {retry_in_s:g} s")
            case _:
                assert_never(report)

    def summary(self, places: Sequence[tuple[str, str]], commands: Sequence[str]) -> None:
        """Say where everything is and what to try next."""
        table = Table.grid(padding=(0, 2))
        for name, place in places:
            table.add_row(f"[dim]{name}[/]", escape(place))
        for name, command in zip(["Try", *[""] * len(commands)], commands, strict=False):
            table.add_row(f"[dim]{name}[/]", escape(command))
        table.add_row("[dim]Stop[/]", "Ctrl-C here; `make run` continues with the same data")
        self.console.print(Panel(table, title="Galope is running", border_style="green"))

    def restore(self) -> None:
        """Give the terminal back as it was, whatever a child that was stopped left of it."""
        self.console.show_cursor()


def without_password(dsn: str) -> str:
    """Return an address that can be shown.

    Examples
    --------
    >>> without_password("postgresql://ana:secret@127.0.0.1:5432/galope")
    'postgresql://ana@127.0.0.1:5432/galope'
    """
    address = urlsplit(dsn)
    user, _, host = address.netloc.rpartition("@")
    name = user.partition(":")[0]
    return address._replace(netloc=f"{name}@{host}" if name else host, query="").geturl()


def shown(path: Path) -> str:
    """Return a path as a person here would type it.

    Examples
    --------
    >>> shown(Path.cwd() / "sql")
    'sql'
    """
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def interpreter() -> str:
    """Return this interpreter as a person here would type it."""
    return shown(Path(sys.executable))
