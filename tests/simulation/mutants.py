"""Seeded bugs: one rule of the engine broken at a time, in memory, to see that the laws and the tests bite.

A mutant is a piece of source and what stands in its place when its module is loaded in a process of its own. Nothing of
this is ever written to a file, and the product knows nothing of it.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from io import StringIO
from types import CodeType, ModuleType
from typing import Final

import pytest

from tests.simulation.seeded import MUTANTS, Mutant

LIBRARIES: Final = ("azure.data.tables", "azure.functions", "azure.identity", "hypothesis", "httpx", "odata_query",
                    "pydantic_settings", "stamina", "werkzeug", "yaml")  # fmt: skip


class Hook(MetaPathFinder):
    """Loads one module with its seeded bug."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self.mutant.module:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        assert spec is not None and spec.origin is not None  # noqa: PT018 - one fact
        spec.loader = _Loader(fullname, spec.origin, self.mutant)
        return spec


class _Loader(SourceFileLoader):
    def __init__(self, fullname: str, path: str, mutant: Mutant) -> None:
        super().__init__(fullname, path)
        self.mutant = mutant

    def get_code(self, fullname: str) -> CodeType | None:
        source = self.get_data(self.path).decode()
        if source.count(self.mutant.old) != 1:
            raise LookupError(f"{self.mutant.name}: {fullname} no longer says what it breaks")
        return compile(source.replace(self.mutant.old, self.mutant.new), self.path, "exec", dont_inherit=True)


def infect(number: int) -> Mutant:
    """Seeds a bug in this process, before the module is loaded."""
    mutant = MUTANTS[number]
    assert mutant.module not in sys.modules, f"{mutant.module} is loaded already"
    sys.meta_path.insert(0, Hook(mutant))
    return mutant


def hunt(number: int, seeds: int, suite: str = "") -> str:
    """Plays histories in this process, which must be a new one, until a law is broken: which, and in which history.

    suite: one whose histories have seeds of their own.
    """
    infect(number)
    logging.getLogger("stamina").setLevel(logging.ERROR)
    logging.getLogger("koppel").setLevel(logging.CRITICAL + 1)
    play = import_module("tests.simulation.story").play
    for seed in range(seeds):
        try:
            broken = play(seed, suite).broken
        except Exception as problem:  # noqa: BLE001 - a bug may end a history in any way
            return f"seed {seed} ends with {problem!r}"
        if broken:
            return f"seed {seed}: {broken[0]}"
    return ""


class _First:
    """A pytest plugin that keeps the first test that failed."""

    def __init__(self) -> None:
        self.failed = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._look(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._look(report)

    def _look(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid


def by_tests(number: int) -> str:
    """Runs the tests that are to catch a mutant, in this process, which must be a new one; the first that fails."""
    mutant, first = infect(number), _First()
    known = "ignore::pytest.PytestAssertRewriteWarning"  # what `prepare` has loaded
    with redirect_stdout(StringIO()) as told:
        ended = pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-W", known, *mutant.tests], plugins=[first])
    if not first.failed and ended != pytest.ExitCode.OK:
        raise RuntimeError(f"the tests of {mutant.name!r} did not run: {told.getvalue()}")
    return first.failed


def prepare() -> None:
    """Loads what all tests need and no bug is seeded in, so that the processes to come need not."""
    for name in LIBRARIES:
        import_module(name)
