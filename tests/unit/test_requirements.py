"""What is installed: all is pinned, what the requirements bring along included, down to the bytes of its files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, requires, version

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.emulator.azurite import ROOT

HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
PYTHONS = ("3.11", "3.12", "3.13")
APP, ALL = "requirements.txt", "requirements-dev.txt"


def entries(name: str) -> list[tuple[Requirement, int]]:
    """The requirements of a file, each with how many hashes it has."""
    text = (ROOT / name).read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and line[0] not in "#-"]
    return [(Requirement(HASH.sub("", line).strip()), len(HASH.findall(line))) for line in lines]


def pins(name: str, python: str = "") -> Mapping[str, str]:
    """Packages and their versions, as far as they are for this Python, or for that one."""
    world = {"python_version": python, "python_full_version": f"{python}.0"} if python else {}
    return {
        canonicalize_name(each.name): str(each.specifier)
        for each, _ in entries(name)
        if each.marker is None or each.marker.evaluate(world)
    }


def needed(package: str, extras: set[str], seen: set[str]) -> Iterator[str]:
    """A package and everything it needs, as far as it is installed."""
    if package in seen:
        return
    seen.add(package)
    yield package
    for line in requires(package) or ():
        need = Requirement(line)
        wanted = need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in extras | {""})
        if wanted:
            yield from needed(canonicalize_name(need.name), set(need.extras), seen)


@pytest.mark.parametrize(("asked", "listed"), [("requirements.in", APP), ("requirements-dev.in", ALL)])
def test_every_package_is_pinned(asked: str, listed: str) -> None:
    """Two installations hold the same versions of everything, down to the last package."""
    pinned, seen = pins(listed), set[str]()
    for requirement, _ in entries(asked):
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        for package in needed(canonicalize_name(requirement.name), set(requirement.extras), seen):
            try:
                installed = version(package)
            except PackageNotFoundError:
                continue
            assert pinned.get(package) == f"=={installed}", f"{package} is pinned otherwise: make {listed} anew"


@pytest.mark.parametrize("name", [APP, ALL])
def test_every_package_has_its_hashes(name: str) -> None:
    """An index that has another file under the same version is refused: once one has hashes, pip demands all."""
    assert [each.name for each, hashes in entries(name) if not hashes] == []
    text = (ROOT / name).read_text("utf-8")
    assert not re.findall(r"^-", text, re.MULTILINE)


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(("asked", "listed"), [("requirements.in", APP), ("requirements-dev.in", ALL)])
def test_what_is_required_is_what_is_installed(asked: str, listed: str, python: str) -> None:
    """Whoever changes a version makes the list anew: it holds just what is asked for, under each Python."""
    assert pins(asked, python).items() <= pins(listed, python).items()


@pytest.mark.parametrize("python", PYTHONS)
def test_what_is_tested_is_what_is_deployed(python: str) -> None:
    """The app's packages are the same in the deployment and here; nothing of the tests is deployed."""
    assert pins(APP, python).items() <= pins(ALL, python).items()
    assert not pins(APP, python).keys() & pins("requirements-dev.in", python).keys()
