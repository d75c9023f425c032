"""The long forms, on all cores: every scenario with every death, one after the other and twice."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import product
from multiprocessing import get_context

from tests.simulation.crashes import in_full, twice
from tests.simulation.golden import SCENARIOS

FORMS = {"once": in_full, "twice": twice}


def surveys(jobs: int) -> Iterator[tuple[str, int]]:
    """A line for every scenario and form, and how many of its plays went wrong."""
    tasks = list(product(FORMS, range(len(SCENARIOS))))
    with get_context("fork").Pool(jobs) as pool:
        yield from pool.imap(_survey, tasks, chunksize=1)


def _survey(task: tuple[str, int]) -> tuple[str, int]:
    logging.getLogger("stamina").setLevel(logging.ERROR)
    form, number = task
    survey = FORMS[form](SCENARIOS[number])
    lines = [f"{survey.scenario.name}, cut off {form}: {survey.plays} moments, {len(survey.broken)} broken"]
    return "\n    ".join([*lines, *survey.told()]), len(survey.broken)
