"""How a bench talks: options, progress on standard error, a table, and one line of JSON."""

import argparse
import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from local.cluster import PostgresError
from postgres.errors import GalopeError

Figures = dict[str, float]
"""What was measured, by name and unit."""

Step = Callable[[str], None]
"""Says what is done next."""


class BenchError(Exception):
    """A bench that cannot say what it was asked; the message says why, and what to do."""


def parser(
    module: str, description: str | None, **sizes: tuple[int | None, str]
) -> argparse.ArgumentParser:
    """Return a bench's command line: a whole number above zero for each of `sizes`, and ``--json``.

    Parameters
    ----------
    module
        The bench's name after ``python -m``.
    description
        What it measures: the module's own documentation.
    sizes
        Default and explanation by option.
    """
    command_line = argparse.ArgumentParser(
        prog=f"python -m {module}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for name, (default, what) in sizes.items():
        explained = what if default is None else f"{what} (default {default})"
        command_line.add_argument(
            f"--{name}", type=_above_zero, default=default, metavar="N", help=explained
        )
    command_line.add_argument(
        "--json", action="store_true", help="end with the figures as one line of JSON"
    )
    return command_line


def _above_zero(text: str) -> int:
    number = int(text)
    if number < 1:
        message = f"need a whole number above zero, have {text}"
        raise argparse.ArgumentTypeError(message)
    return number


@contextlib.contextmanager
def steps(total: int) -> Iterator[Step]:
    """Show a bar on standard error that moves with each step told."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    # Redrawn twice a second: the processor is wanted for what is measured.
    with Progress(*columns, console=Console(stderr=True), refresh_per_second=2) as progress:
        task = progress.add_task("starting Postgres", total=total)
        yield lambda step: progress.update(task, description=step, advance=1)


def show(title: str, figures: Figures, *, as_json: bool) -> None:
    """Print figures as a table, and as JSON where asked for."""
    table = Table(title=title, title_justify="left", show_header=False)
    for name, value in figures.items():
        table.add_row(name, f"{value:,.3f}".rstrip("0").rstrip("."))
    Console().print(table)
    if as_json:
        print(json.dumps(figures))


def main(
    argv: Sequence[str] | None,
    module: str,
    description: str | None,
    measure: Callable[[argparse.Namespace], Coroutine[Any, Any, Figures]],
    title: str,
    **sizes: tuple[int | None, str],
) -> int:
    """Run a bench whose options are all sizes; return the exit code.

    Parameters
    ----------
    argv
        The command line's words.
    module, description, sizes
        As of `parser`.
    measure
        Measures, given the options.
    title
        Of the figures; names of options in braces stand for their values.
    """
    options = parser(module, description, **sizes).parse_args(argv)
    return run(options, title.format_map(vars(options)), measure(options))


def run(options: argparse.Namespace, title: str, measure: Coroutine[Any, Any, Figures]) -> int:
    """Measure, show what was measured, return the exit code. Told to stop, stop every child."""
    try:
        figures = asyncio.run(_until_told(measure))
    except (BenchError, GalopeError, PostgresError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.stderr.write("stopped before the end; nothing was measured\n")
        return 130
    show(title, {name: round(value, 3) for name, value in figures.items()}, as_json=options.json)
    return 0


async def _until_told(measure: Coroutine[Any, Any, Figures]) -> Figures:
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await measure
