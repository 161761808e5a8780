"""Everything that runs, as processes of their own: the stream, the API and the admin."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from domain.rules import CONTACT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0
MEASURES = "COVERAGE_PROCESS_CONFIG"
"""The variable that has a child process measure which of its lines run."""

NAMES = ("Ana", "Bento", "Clara", "Davi", "Elisa", "Fabio", "Gil", "Helena", "Ivo", "Julia",
         "Karina", "Lauro", "Marta", "Nair", "Otto", "Pilar")  # fmt: skip


@dataclass
class Process:
    """A module run by this interpreter."""

    module: str
    env: Mapping[str, str]
    log: Path
    _running: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start it; of the admin alone it is measured what ran, for other tests do so of the rest.

        Measuring takes nearly as long again, and a browser waits for it.
        """
        env = {**os.environ, **self.env}
        if self.module != "ui":
            env.pop(MEASURES, None)
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(
                [sys.executable, "-m", self.module],
                cwd=ROOT, env=env, stdout=log, stderr=log,
            )  # fmt: skip

    @property
    def pid(self) -> int:
        """Its number."""
        assert self._running is not None
        return self._running.pid

    def stop(self) -> None:
        """Stop it, and wait until it is gone."""
        if self._running is not None:
            self._running.terminate()
            self._running.wait(30)
            self._running = None

    def kill(self) -> None:
        """End it as a crash would."""
        if self._running is not None:
            self._running.kill()
            self._running.wait(30)
            self._running = None


@dataclass
class Stack:
    """What runs, and how to use it."""

    database: str
    api: Process
    ui: Process
    ui_url: str
    http: httpx.Client

    def lead(self, name: str, **changes: str) -> dict[str, Any]:
        """Make a lead whose first score is 27 by the team's rules."""
        answers = {"uf": "SP", "orcamento_faixa": "5k-20k", "prazo_compra": "30d", **changes}
        answer = self.http.post(
            "/leads", json={"nome": name, "segmento_interesse": "CAVALOS", **answers}
        )
        answer.raise_for_status()
        lead: dict[str, Any] = answer.json()
        return lead

    def fire(self, lead_id: str, *kinds: str, days_ago: float = 0.0) -> None:
        """Record events, of now or of so many days ago."""
        at = (datetime.now(UTC) - timedelta(days=days_ago)).isoformat()
        for kind in kinds:
            body = {"lead_id": lead_id, "event_type": kind} | ({"ts": at} if days_ago else {})
            self.http.post("/events", json=body).raise_for_status()

    def read(self, lead_id: str) -> dict[str, Any]:
        """Return a lead."""
        lead: dict[str, Any] = self.http.get(f"/leads/{lead_id}").json()
        return lead

    def contacted_by(self, lead_id: str) -> list[str]:
        """Return by which channels a lead was contacted, the newest first."""
        items = self.http.get(f"/leads/{lead_id}/timeline").json()["items"]
        contacts = [item for item in items if (item["kind"], item["type"]) == ("event", CONTACT)]
        return [item["details"]["channel"] for item in contacts]

    def wait_for_api(self) -> None:
        """Return once the API answers."""
        _wait(f"{self.http.base_url}/health")

    @contextmanager
    def another_ui(self, home: Path) -> Iterator[tuple[str, Callable[[], None]]]:
        """Yield the address of one more admin, of a user with this home, and what starts it."""
        port = free_port()
        env = {**self.ui.env, "GALOPE_UI_PORT": str(port), "HOME": str(home)}
        process, url = Process("ui", env, home / "ui.log"), f"http://127.0.0.1:{port}"

        def start() -> None:
            process.start()
            _wait(f"{url}/_stcore/health")

        try:
            yield url, start
        finally:
            process.stop()


@contextmanager
def running(database: str, folder: Path) -> Iterator[Stack]:
    """Run the whole of Galope on a database that has it installed."""
    api_port, ui_port = free_port(), free_port()
    api_url, ui_url = f"http://127.0.0.1:{api_port}", f"http://127.0.0.1:{ui_port}"
    env = {
        "DATABASE_URL": database,
        "GALOPE_DEMO": "1",
        "GALOPE_API_PORT": str(api_port),
        "GALOPE_API_URL": api_url,
        "GALOPE_UI_PORT": str(ui_port),
    }
    with ExitStack() as stack:
        processes = {}
        for module in ("stream", "api", "ui"):
            processes[module] = Process(module, env, folder / f"{module}.log")
            processes[module].start()
            stack.callback(processes[module].stop)
        http = stack.enter_context(httpx.Client(base_url=api_url, timeout=20))
        _wait(f"{api_url}/health")
        _wait(f"{ui_url}/_stcore/health")
        yield Stack(database, processes["api"], processes["ui"], ui_url, http)


def _wait(url: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=2).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)  # there is nothing to await: the process is still coming up
    message = f"{url} did not answer within {PATIENCE_S:g} s"
    raise TimeoutError(message)


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
