"""The machine bites: a rule of the engine that is broken on purpose is noticed."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.simulation.seeded import MUTANTS, Mutant

SOON = (
    "a losing value is not kept",
    "an update has no journal row",
    "what was written to the ERP is put back as it was",
)
"""A few of the seeded bugs, found in histories within seconds."""
JUDGED = (
    "the loser of a conflict wins",
    "whoever is not the master wins a first match",
    "every conflict waits for a person",
    "every record is parked",
    "a new record is parked for no reason",
    "a delete is never carried over",
    "set aside lines are told to be in sync",
    "an explanation shows the sides the wrong way round",
    "an explanation leaves out what is open",
    "the journal tells new and old values the wrong way round",
    "a conflict has no loser",
    "a create has no journal row",
    "a delete has no journal row",
    "a constant overwrites what somebody has set",
    "a coupling is stored without its index row",
    "a deferred line is forgotten",
)
"""Those that only a judge who believes nothing sees in a history; a score of them is enough for most."""
OF_TRADE = (
    "whoever is not the master wins a first match",
    "the oldest rate of a currency counts",
    "a delete is never carried over",
)
"""Those that histories of business_central show, too."""
HUNT = "import sys; from tests.simulation.mutants import hunt; print(hunt(int(sys.argv[1]), 200, *sys.argv[2:]))"
CAUGHT = "import sys; from tests.simulation.mutants import by_tests; print(by_tests(int(sys.argv[1])))"
LEAST = 400


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_every_seeded_bug_still_finds_what_it_breaks(mutant: Mutant) -> None:
    """The product changes, and so do its tests; a bug that can no longer be seeded would seem to be caught."""
    found = find_spec(mutant.module)
    assert found is not None
    assert Path(str(found.origin)).read_text("utf-8").count(mutant.old) == 1
    assert mutant.tests, "it names no test that fails under it"
    for each in mutant.tests:
        path, _, test = each.partition("::")
        assert f"def {test}" in Path(path).read_text("utf-8"), each


@pytest.mark.parametrize("name", SOON)
def test_a_seeded_bug_breaks_a_law(name: str, *suite: str) -> None:
    """Its process tells which law, in which history."""
    number = [mutant.name for mutant in MUTANTS].index(name)
    command = [sys.executable, "-W", "ignore", "-c", HUNT, str(number), *suite]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own interpreter
    assert ": law " in done.stdout or ": told " in done.stdout


@pytest.mark.long
@pytest.mark.parametrize("name", JUDGED)
def test_histories_catch_what_people_would_not_see(name: str) -> None:
    """Beside the tests that it names."""
    test_a_seeded_bug_breaks_a_law(name)


@pytest.mark.long
@pytest.mark.parametrize("name", OF_TRADE)
def test_histories_of_business_central_catch_them(name: str) -> None:
    """Beside the tests that it names."""
    test_a_seeded_bug_breaks_a_law(name, "business_central")


def test_there_are_many_seeded_bugs() -> None:
    """Each under a name of its own."""
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= LEAST


@pytest.mark.long
@pytest.mark.parametrize("name", [mutant.name for mutant in MUTANTS])
def test_every_seeded_bug_is_caught(name: str) -> None:
    """By the tests that it names."""
    number = [mutant.name for mutant in MUTANTS].index(name)
    command = [sys.executable, "-W", "ignore", "-c", CAUGHT, str(number)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own interpreter
    assert done.stdout.strip(), f"nobody notices that {name}"
