"""The long forms, on all cores: every scenario with every death, once and twice; every meeting in every order."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from multiprocessing import get_context
from typing import Final

from tests.simulation import golden_trades
from tests.simulation.crashes import in_full, twice
from tests.simulation.golden import SCENARIOS
from tests.simulation.interleavings import explore
from tests.simulation.meetings import MEETINGS

FORMS: Final = {"once": in_full, "twice": twice}
TRADES: Final = {"once": golden_trades.once, "twice": golden_trades.twice}

Line = tuple[str, int]
"""What is told of one search, and how much went wrong in it."""


def crashes(jobs: int) -> Iterator[Line]:
    """A line for every scenario and form."""
    yield from _all(_survey, list(product(FORMS, range(len(SCENARIOS)))), jobs)
    yield from _all(_traded, list(product(TRADES, golden_trades.SCENES, (True, False))), jobs)


def interleavings(jobs: int, most: int) -> Iterator[Line]:
    """A line for every meeting."""
    yield from _all(partial(_explored, most), range(len(MEETINGS)), jobs)


def _all(work: Callable[..., Line], tasks: Sequence[object], jobs: int) -> Iterator[Line]:
    with get_context("fork").Pool(jobs, _hush) as pool:
        yield from pool.imap(work, tasks, chunksize=1)


def _hush() -> None:
    logging.getLogger("stamina").setLevel(logging.ERROR)


def _survey(task: tuple[str, int]) -> Line:
    form, number = task
    survey = FORMS[form](SCENARIOS[number])
    line = f"{survey.scenario.name}, cut off {form}: {survey.plays} moments, {len(survey.broken)} broken"
    return "\n    ".join([line, *survey.told()]), len(survey.broken)


def _traded(task: tuple[str, str, bool]) -> Line:
    form, name, connector = task
    plays, broken = 0, list[str]()
    for cuts in TRADES[form](name, connector=connector):
        plays += 1
        if found := golden_trades.cut_off(name, *cuts, connector=connector)[0]:
            broken.append(f"{' and '.join(map(str, cuts))}: {'; '.join(found)}")
    pages = "the connector's pages" if connector else "the standard pages"
    line = f"{name} ({pages}), cut off {form}: {plays} moments, {len(broken)} broken"
    return "\n    ".join([line, *broken]), len(broken)


def _explored(most: int, number: int) -> Line:
    found = explore(MEETINGS[number], most)
    extent = "every order" if found.whole else "not every order"
    line = (
        f"{found.name}: {found.histories} histories of up to {found.steps} steps, {found.states} states, "
        f"{found.ends} ends, {extent}, {len(found.broken)} broken"
    )
    return "\n    ".join([line, *found.told()]), len(found.broken)
