"""Who runs Postgres and where, for root and for everybody else."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from typing import TYPE_CHECKING

import asyncpg
import pytest

from local import places
from local.postgres import FAST, running

if TYPE_CHECKING:
    from pathlib import Path

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs it as somebody else")
as_anybody = pytest.mark.skipif(os.geteuid() == 0, reason="root runs it as somebody else")


@as_anybody
def test_everybody_runs_it_as_themselves(tmp_path: Path) -> None:
    assert places.account_for(tmp_path) is None
    assert places.placed(tmp_path) == tmp_path


@as_root
def test_root_runs_a_new_one_as_nobody(folder: Path) -> None:
    account = places.account_for(folder / "pgdata")
    assert account is not None
    assert account.pw_name == places.UNPRIVILEGED


@as_root
def test_root_runs_an_existing_one_as_its_owner(folder: Path) -> None:
    owner = pwd.getpwnam("daemon")
    (folder / "PG_VERSION").write_text("18\n")
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    assert places.account_for(folder) == owner


@as_root
@pytest.mark.postgres
async def test_root_keeps_elsewhere_what_postgres_cannot_enter(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "SHARED_HOME", folder)
    tmp_path.chmod(0o700)
    place = places.placed(tmp_path / "pgdata")
    assert place.parent == folder
    with running(tmp_path / "pgdata", parameters=FAST) as dsn:
        connection = await asyncpg.connect(dsn)
        assert await connection.fetchval("SHOW data_directory") == str(place)
        await connection.close()
    assert tmp_path.stat().st_mode & 0o077 == 0, "nobody was let in"


@as_root
def test_root_copies_programs_out_that_postgres_cannot_enter(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "SHARED_HOME", folder / "home")
    monkeypatch.setattr(places, "_can_enter", lambda *_: False)
    account = pwd.getpwnam(places.UNPRIVILEGED)
    programs = places.programs(account)
    assert programs.is_relative_to(folder / "home")
    assert places.programs(account) == programs
    psql = [str(programs / "psql"), "--version"]  # it needs the libraries beside the package
    subprocess.run(psql, check=True, cwd="/", capture_output=True, **places.identity(account))


@as_root
def test_a_copy_that_another_process_made_meanwhile_is_used(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "SHARED_HOME", folder / "home")
    monkeypatch.setattr(places, "_can_enter", lambda *_: False)
    account = pwd.getpwnam(places.UNPRIVILEGED)
    copytree = shutil.copytree
    copies = []

    def overtaken(source: Path, target: Path, *, symlinks: bool) -> Path:
        monkeypatch.setattr(shutil, "copytree", copytree)
        copies.append(places.programs(account))
        return copytree(source, target, symlinks=symlinks)

    monkeypatch.setattr(shutil, "copytree", overtaken)
    assert [places.programs(account)] == copies
    assert [path.name for path in (folder / "home").iterdir()] == [f"postgres-{places.VERSION}"]


def test_folders_are_open_to_pass_through_whatever_the_umask(folder: Path) -> None:
    before = os.umask(0o077)
    try:
        places.make_folders(folder / "some" / "where")
    finally:
        os.umask(before)
    assert (folder / "some").stat().st_mode & 0o777 == 0o755
    assert (folder / "some" / "where").stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize(("room", "in_memory"), [(0, True), (1 << 60, False)])
def test_files_are_in_memory_where_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int, *, in_memory: bool
) -> None:
    memory = tmp_path / "memory"
    memory.mkdir()
    monkeypatch.setattr(places, "MEMORY", memory)
    monkeypatch.setattr(places, "ROOM", room)
    with places.temporary_folder(in_memory=True) as folder:
        assert (folder.parent == memory) is in_memory
    assert not folder.exists()


def test_a_system_without_files_in_memory_has_them_on_its_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "MEMORY", tmp_path / "none")
    with places.temporary_folder(in_memory=True) as folder:
        assert folder.is_dir()
