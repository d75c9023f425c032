"""What is installed: everything is pinned, what the requirements bring along included."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.emulator.azurite import ROOT


def pins(name: str) -> dict[str, Requirement]:
    """The pins of a file that hold for this Python, by package."""
    lines = (ROOT / name).read_text("utf-8").splitlines()
    found = [Requirement(line) for line in lines if line and line[0] not in "#-"]
    return {canonicalize_name(each.name): each for each in found if each.marker is None or each.marker.evaluate()}


DIRECT = pins("requirements.txt") | pins("requirements-dev.txt")
PINNED = DIRECT | pins("constraints.txt")


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


def test_every_package_is_pinned() -> None:
    """Two installations of the requirements hold the same versions of everything, down to the last package."""
    seen: set[str] = set()
    for name, requirement in DIRECT.items():
        for package in needed(name, set(requirement.extras), seen):
            try:
                installed = version(package)
            except PackageNotFoundError:
                continue
            assert package in PINNED, f"{package} is not pinned: add it to constraints.txt"
            assert str(PINNED[package].specifier) == f"=={installed}"


def test_nothing_is_pinned_twice() -> None:
    """What is required directly is pinned where it is required, and nowhere else."""
    assert not pins("constraints.txt").keys() & DIRECT.keys()


def test_every_installation_is_constrained() -> None:
    """Whoever installs the requirements, the deployment included, gets the constraints with them."""
    assert "-c constraints.txt" in (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    assert "-r requirements.txt" in (ROOT / "requirements-dev.txt").read_text("utf-8").splitlines()
