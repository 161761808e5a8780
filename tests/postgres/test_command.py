"""How a command ends at a terminal."""

from __future__ import annotations

import asyncpg
import pytest

from postgres.command import command
from postgres.errors import GalopeError
from postgres.settings import Settings


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (GalopeError("No Postgres answers. Start it."), 1, "No Postgres answers. Start it.\n"),
        (
            asyncpg.InsufficientPrivilegeError("permission denied for table leads"),
            1,
            "The database refused or was lost: permission denied for table leads.\n",
        ),
        (
            asyncpg.InterfaceError("connection is closed"),
            1,
            "The database refused or was lost: connection is closed.\n",
        ),
        (PermissionError(13, "Permission denied", "reports"), 1, "Permission denied: 'reports'\n"),
        (KeyboardInterrupt(), 130, "\n"),
    ],
)
def test_ends_in_a_sentence(
    error: BaseException, code: int, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    @command
    def main() -> int:
        raise error

    assert main() == code
    assert capsys.readouterr().err.endswith(sentence)


def test_says_which_setting_cannot_be(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GALOPE_POLL_MS", "often")

    @command
    def main() -> int:
        return Settings().poll_ms

    assert main() == 2
    assert "Setting GALOPE_POLL_MS can't be 'often'" in capsys.readouterr().err


def test_a_fault_of_the_program_keeps_its_traceback() -> None:
    @command
    def main() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        main()


def test_gives_the_exit_code_back() -> None:
    @command
    def main(code: int) -> int:
        return code

    assert main(3) == 3
