"""A lock holds all that it needs, for every Python and platform, and nothing resolves it anew.

What a package requires is read from the package as installed here. The few that a lock has for
another Python or platform only are not, so CI runs these tests on each Python that it finds.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

PROJECT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text())
RUNTIME: list[str] = PYPROJECT["project"]["dependencies"]
SUPPORTED = SpecifierSet(PYPROJECT["project"]["requires-python"])
PYTHONS = [f"3.{minor}" for minor in range(30) if f"3.{minor}" in SUPPORTED]
LOCKS = {
    "requirements.lock": RUNTIME,
    "requirements-dev.lock": [*RUNTIME, *PYPROJECT["dependency-groups"]["dev"]],
}
AFTER = f"3.{int(PYTHONS[-1].partition('.')[2]) + 1}"
PLATFORMS = [
    ("linux", "Linux", "posix", "x86_64"),
    ("linux", "Linux", "posix", "aarch64"),
    ("darwin", "Darwin", "posix", "x86_64"),
    ("darwin", "Darwin", "posix", "arm64"),
    ("win32", "Windows", "nt", "AMD64"),
    ("win32", "Windows", "nt", "ARM64"),
]
PLAIN_LINUX = {"python_version": "3.12", "sys_platform": "linux"}
RESOLVES = re.compile(
    r"\bpip3?(\.\d+)? install\b(?![^&|;]*--no-deps)[^&|;]*\s(-r\b|--requirement\b)"
)


def joined(text: str) -> list[str]:
    """Return a text's lines, those that a backslash continues as one."""
    return text.replace("\\\n", " ").splitlines()


def pins(text: str) -> list[Requirement]:
    lines = [line for line in joined(text) if line[:1] != "#"]
    return [Requirement(line.partition(" --hash=")[0]) for line in lines]


def environments(python: str) -> Iterator[dict[str, str]]:
    here = {name: str(value) for name, value in default_environment().items()}
    for patch in ("0", "30"):
        for sys_platform, system, os_name, machine in PLATFORMS:
            full = f"{python}.{patch}"
            yield here | {
                "python_version": python, "python_full_version": full,
                "implementation_name": "cpython", "implementation_version": full,
                "platform_python_implementation": "CPython",
                "sys_platform": sys_platform, "platform_system": system, "os_name": os_name,
                "platform_machine": machine,
            }  # fmt: skip


def applies(requirement: Requirement, environment: Mapping[str, str], extra: str = "") -> bool:
    marker = requirement.marker
    return marker is None or marker.evaluate({**environment, "extra": extra})


def version_of(pin: Requirement) -> str:
    (only,) = pin.specifier
    return only.version


@cache
def installed(name: str, version: str) -> tuple[tuple[Requirement, ...], SpecifierSet] | None:
    """Return what an installed package requires, and of which Python; None when it is not here."""
    for found in metadata.distributions(name=name):
        if found.version == version:
            pythons = found.metadata.get_all("Requires-Python", [""])[0]
            return tuple(map(Requirement, found.requires or [])), SpecifierSet(pythons)
    return None


def required_here(pin: Requirement) -> Iterable[Requirement]:
    found = installed(pin.name, version_of(pin))
    return found[0] if found else ()


def unmet(
    roots: Iterable[str],
    lock: Iterable[Requirement],
    environment: Mapping[str, str],
    required_by: Callable[[Requirement], Iterable[Requirement]] = required_here,
) -> tuple[set[str], set[NormalizedName]]:
    """Return the requirements that the lock does not meet, and its packages that nothing needs."""
    pinned = {canonicalize_name(pin.name): pin for pin in lock if applies(pin, environment)}
    missing: set[str] = set()
    done: set[tuple[NormalizedName, str]] = set()
    open_ = [root for root in map(Requirement, roots) if applies(root, environment)]
    while open_:
        wanted = open_.pop()
        name = canonicalize_name(wanted.name)
        pin = pinned.get(name)
        if pin is None or not wanted.specifier.contains(version_of(pin), prereleases=True):
            missing.add(str(wanted))
            continue
        for extra in {"", *wanted.extras} - {extra for known, extra in done if known == name}:
            done.add((name, extra))
            open_ += [each for each in required_by(pin) if applies(each, environment, extra)]
    return missing, set(pinned) - {name for name, _ in done}


def resolving(text: str) -> list[str]:
    return [line for line in joined(text) if RESOLVES.search(line)]


def written() -> Iterator[Path]:
    """Everything in the checkout that people or machines run commands from."""
    for folder in (PROJECT, PROJECT / ".ci", PROJECT / "docs"):
        for path in folder.iterdir() if folder == PROJECT else folder.rglob("*"):
            commands = path.suffix in ("", ".md", ".yml", ".yaml", ".sh")
            # Coverage's data has no suffix either.
            if commands and path.is_file() and not path.name.startswith(".coverage"):
                yield path


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_meets_every_requirement_of_its_packages(name: str, python: str) -> None:
    lock = pins((PROJECT / name).read_text())
    for environment in environments(python):
        assert unmet(LOCKS[name], lock, environment) == (set(), set()), environment


@pytest.mark.parametrize("python", PYTHONS)
def test_every_locked_package_runs_on_the_python_it_is_locked_for(python: str) -> None:
    lock = pins((PROJECT / "requirements-dev.lock").read_text())
    for environment in environments(python):
        here = [pin for pin in lock if applies(pin, environment)]
        assert len({pin.name for pin in here}) == len(here), "two versions for one Python"
        for pin in here:
            _, pythons = installed(pin.name, version_of(pin)) or ((), SpecifierSet())
            assert environment["python_full_version"] in pythons, pin


def test_what_is_locked_for_this_python_and_platform_is_installed_and_read() -> None:
    lock = pins((PROJECT / "requirements-dev.lock").read_text())
    here = [pin for pin in lock if pin.marker is None or pin.marker.evaluate()]
    assert [str(pin) for pin in here if installed(pin.name, version_of(pin)) is None] == []


def test_what_runs_in_a_container_is_what_was_tested() -> None:
    runtime, tested = ((PROJECT / name).read_text().split("\n", 2)[2] for name in LOCKS)
    blocks = re.compile(r"^\S.*(?:\n .*)*", re.MULTILINE)
    assert set(blocks.findall(runtime)) < set(blocks.findall(tested))


@pytest.mark.parametrize(
    ("lock", "missing", "unneeded"),
    [
        ("a==1\nb==2\ntoml==1", set(), set()),
        ("a==1\nb==2", {"toml; extra == 'all'"}, set()),
        ("a==1\nb==2\ntoml==1 ; sys_platform == 'win32'", {"toml; extra == 'all'"}, set()),
        ("a==1\nb==1\ntoml==1", {"b[all]>=2"}, {"b", "toml"}),
        ("a==1\nb==2\ntoml==1\nc==1", set(), {"c"}),
    ],
)
def test_finds_what_a_lock_lacks_and_what_it_has_for_nothing(
    lock: str, missing: set[str], unneeded: set[str]
) -> None:
    required = {
        "a": ["b[all]>=2", 'old; python_version < "3"'],
        "b": ['toml; extra == "all"', 'more; extra == "other"'],
    }
    found, idle = unmet(
        ["a"], pins(lock), PLAIN_LINUX, lambda pin: map(Requirement, required.get(pin.name, []))
    )
    assert {text.replace('"', "'") for text in found} == missing
    assert idle == unneeded


def test_a_lock_names_versions_and_hashes_and_no_place() -> None:
    line = re.compile(r"#.*|[\w.\-]+==[\w.]+( ; [^:]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    for name in LOCKS:
        lines = (PROJECT / name).read_text().splitlines()
        assert [each for each in lines if not line.fullmatch(each)] == []
        assert not any("://" in each for each in lines)


def test_a_lock_is_installed_and_never_resolved() -> None:
    commands = [command for path in written() for command in resolving(path.read_text())]
    assert commands == []


def test_both_installations_end_with_a_check() -> None:
    for name in ("Makefile", "Dockerfile"):
        (command,) = [each for each in joined((PROJECT / name).read_text()) if "--no-deps" in each]
        assert "--require-hashes" in command
        assert "pip check" in command.partition("--no-deps")[2]


@pytest.mark.parametrize(
    ("command", "faulty"),
    [
        ("pip install -r requirements.lock", True),
        ("pip install --require-hashes \\\n  --requirement=requirements.lock && pip check", True),
        ("python -m pip install -qq --require-hashes -r $(LOCK)", True),
        ("pip install -r a.lock && pip install --no-deps b", True),
        ("pip install --no-deps --require-hashes -r requirements.lock", False),
        ("pip install uv && uv pip compile -r requirements.in", False),
    ],
)
def test_finds_a_command_that_resolves_a_lock(command: str, faulty: bool) -> None:
    assert bool(resolving(command)) == faulty


def test_the_supported_pythons_are_the_same_everywhere() -> None:
    text = f"Python {PYTHONS[0]} to {PYTHONS[-1]}"
    makefile = (PROJECT / "Makefile").read_text()
    first, after = (version.replace(".", ", ") for version in (PYTHONS[0], AFTER))
    assert text in makefile
    assert f"({first}) <= sys.version_info < ({after})" in makefile
    assert text in (PROJECT / "README.md").read_text()
