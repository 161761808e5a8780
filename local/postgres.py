"""The Postgres that comes with Galope, for a machine that has none."""

from __future__ import annotations

import fcntl
import os
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

from local import places
from local.cluster import HOST, Cluster, PostgresError, beside

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def binary(name: str) -> Path:
    """Return the path of a bundled executable.

    Parameters
    ----------
    name
        Such as ``"pgbench"`` or ``"psql"``.

    Raises
    ------
    PostgresError
        When the bundle has no such executable.
    """
    path = places.programs() / name
    if not path.exists():
        msg = f"The bundled Postgres {places.VERSION} has no {name!r}; see {path.parent}."
        raise PostgresError(msg)
    return path


@contextmanager
def throwaway(parameters: Mapping[str, str] | None = None, *, fast: bool = False) -> Iterator[str]:
    """Run a Postgres in a temporary folder and remove it all at the end.

    Parameters
    ----------
    parameters
        Server settings by name, over the defaults.
    fast
        Give up durability for speed: no fsync, and files in memory where there is room. For tests;
        never for a bench that measures commits.

    Yields
    ------
    str
        The address of an empty database, ``postgresql://…``.
    """
    settings = {**(FAST if fast else {}), **(parameters or {})}
    with (
        places.temporary_folder(in_memory=fast) as folder,
        running(folder / "pgdata", parameters=settings) as dsn,
    ):
        yield dsn


@contextmanager
def running(
    data_dir: Path, *, port: int | None = None, parameters: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Run a Postgres on a data folder, made if missing, and stop it cleanly at the end.

    Beside the folder it keeps a ``.password`` and a ``.lock`` file. A server that a killed process
    left behind on the same folder is stopped first.

    Parameters
    ----------
    data_dir
        The folder. `local.places.placed` tells where it goes when Postgres cannot enter it.
    port
        On 127.0.0.1; a free one when not given.
    parameters
        Server settings by name, such as ``{"work_mem": "64MB"}``.

    Yields
    ------
    str
        The address of the database ``galope``, with its password.

    Raises
    ------
    PostgresError
        When another process uses the folder, when the folder is another account's or another major
        version's, or when the server does not start.
    """
    folder = places.placed(data_dir)
    places.make_folders(folder.parent)
    cluster = Cluster(folder, places.account_for(folder))
    with _locked(folder):
        cluster.ensure_made()
        cluster.stop()
        port = port or _free_port()
        try:
            cluster.start(port, parameters or {})
            yield cluster.dsn(port)
        finally:
            cluster.stop()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder for this process; the system lets go of it even after kill -9."""
    path = beside(folder, ".lock")
    try:
        lock = path.open("a+")
    except PermissionError as error:
        msg = f"No permission to write {path}: made by another user? Run as that one, or move it."
        raise PostgresError(msg) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            msg = (
                f"Another process (PID {lock.read().strip()}) already runs Postgres on {folder}:"
                " another `make run`? Stop it with Ctrl-C in its terminal first."
            )
            raise PostgresError(msg) from error
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
