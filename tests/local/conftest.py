"""What the tests of local/ share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from local import places

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that Postgres can enter; pytest's own are closed to all but their owner."""
    with places.temporary_folder(in_memory=True) as folder:
        yield folder


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    """A named pipe: its reader waits until a child process has written to it."""
    path = tmp_path / "fifo"
    os.mkfifo(path)
    return path
