"""`./koppel simulate`: histories by the thousand on all cores, or one of them told line by line.

A seed says which suite its history is about: dual_write, or, one in five, prospect_to_cash. Those of business_central
have seeds of their own, which change no other history.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import count, islice
from multiprocessing import get_context
from time import monotonic
from typing import TYPE_CHECKING

from rich.console import Console

from tests.emulator.options import simulate
from tests.simulation import mutants
from tests.simulation.counted import told
from tests.simulation.seeded import MUTANTS

if TYPE_CHECKING:
    from tests.simulation.story import Played

CONSOLE = Console(highlight=False, markup=False, soft_wrap=True)
OF_THEIR_OWN = frozenset({"business_central"})
"""Suites whose histories have seeds of their own: they are no part of what the others share."""
EVERY = 5.0
"""Seconds between lines of progress."""


def main() -> int:
    """The exit code: 1 if a law was broken."""
    options = simulate().parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":  # the order of sets must be the same wherever a seed is replayed
        module = ["-m", "tests.simulation", *sys.argv[1:]]
        os.execve(sys.executable, [sys.executable, *module], {**os.environ, "PYTHONHASHSEED": "0"})  # noqa: S606 - ourselves
    logging.getLogger("stamina").setLevel(logging.ERROR)
    if options.mutants is not None:
        return _hunt(options.jobs, options.mutants)
    if options.crashes or options.interleavings:
        return _survey(options)
    if options.restores:
        return _restores(range(options.first, options.first + options.seeds), options.jobs)
    own = options.suite if options.suite in OF_THEIR_OWN else ""
    if options.seed is not None:
        return _one(options.seed, own, told=options.trace)
    return _many(_chosen(options, own), options.jobs, own)


def _chosen(options: argparse.Namespace, own: str) -> Sequence[int]:
    """So many seeds, of all or of those that are about one suite. own: one whose seeds are its own."""
    if own:
        return range(options.first, options.first + options.seeds)
    from tests.simulation.temper import suite_of  # noqa: PLC0415 - a seeded bug comes before the engine is loaded

    fitting = (seed for seed in count(options.first) if options.suite in {None, suite_of(seed)})
    return list(islice(fitting, options.seeds))


def _one(seed: int, own: str, *, told: bool) -> int:
    from tests.simulation.story import play  # noqa: PLC0415 - a seeded bug comes before the engine is loaded

    played = play(seed, own)
    CONSOLE.print("\n".join(played.lines if told else played.broken or ["every law holds"]))
    return 1 if played.broken else 0


def _many(seeds: Sequence[int], jobs: int, own: str) -> int:
    began = shown = monotonic()
    total, done, broken = Counter[str](), 0, 0
    passed, seen, orders = Counter[str](), Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for played in _played(seeds, jobs, own):
        done += 1
        broken += bool(played.broken)
        total.update(edits=played.edits, requests=played.requests, restarts=played.restarts)
        passed.update(played.passed)
        seen.update(played.seen)
        orders.update(played.orders)
        for text in played.broken:
            CONSOLE.print(f"seed {played.seed}: {text}")
        if monotonic() - shown > EVERY:
            shown = monotonic()
            CONSOLE.print(f"{done} of {len(seeds)} histories, {broken} broken, {done / (shown - began):.1f} a second")
    CONSOLE.print(
        f"{done} histories in {monotonic() - began:.0f} s: {total['edits']} edits, {total['requests']} requests, "
        f"{sum(seen.values())} faults, {total['restarts']} restarts, {broken} with a broken law"
    )
    _show_coverage(passed, seen)
    CONSOLE.print("\n" + "\n".join(told(orders)))
    return 1 if broken else 0


def _hunt(jobs: int, words: str) -> int:
    """Seeded bugs, and which of their tests caught them."""
    numbers = [number for number, mutant in enumerate(MUTANTS) if words in mutant.name]
    began, survived = monotonic(), 0
    mutants.prepare()
    with get_context("fork").Pool(jobs, maxtasksperchild=1) as pool:
        for number, by in zip(numbers, pool.imap(mutants.by_tests, numbers, chunksize=1), strict=True):
            survived += not by
            CONSOLE.print(f"{MUTANTS[number].name}: {by or 'NOBODY NOTICES'}")
    caught = len(numbers) - survived
    CONSOLE.print(f"{len(numbers)} seeded bugs in {monotonic() - began:.0f} s, {caught} caught")
    return 1 if survived else 0


def _survey(options: argparse.Namespace) -> int:
    """Every golden scenario with every death, or every meeting in every order."""
    from tests.simulation import surveys  # noqa: PLC0415 - as above

    jobs, broken = options.jobs, 0
    for line, wrong in surveys.crashes(jobs) if options.crashes else surveys.interleavings(jobs, options.most):
        broken += wrong
        CONSOLE.print(line)
    return 1 if broken else 0


def _restores(seeds: range, jobs: int) -> int:
    """Histories of restores in place and of hidden rows."""
    from tests.simulation.restores import play  # noqa: PLC0415 - as above

    broken = 0
    with get_context("fork").Pool(jobs) as pool:
        for seed, (plot, wrong) in zip(seeds, pool.imap(play, seeds), strict=True):
            broken += bool(wrong)
            for text in wrong:
                CONSOLE.print(f"restore {seed}: {text} ({plot})")
    CONSOLE.print(f"{len(seeds)} restores, {broken} with a broken law")
    return 1 if broken else 0


def _played(seeds: Sequence[int], jobs: int, own: str) -> Iterator[Played]:
    """Histories as they end. Their stories stay behind: a broken one is replayed by its seed."""
    briefly = partial(_briefly, own=own)
    if jobs == 1:
        yield from map(briefly, seeds)
        return
    with get_context("fork").Pool(jobs) as pool:
        yield from pool.imap_unordered(briefly, seeds, chunksize=5)


def _briefly(seed: int, own: str) -> Played:
    logging.getLogger("stamina").setLevel(logging.ERROR)
    from tests.simulation.story import play  # noqa: PLC0415 - the same

    played = play(seed, own)
    played.lines.clear()
    return played


def _show_coverage(passed: Counter[str], seen: Counter[tuple[str, str]]) -> None:
    """How often each fault met each step of the protocol; a dot where it cannot, or did not."""
    faults = sorted({fault for step, fault in seen if step not in {"mood", "rework", "oddity"}})
    width = max((len(step) for step in passed), default=4)
    CONSOLE.print(f"\n{'step':{width}} {'passed':>9} " + " ".join(f"{fault[:9]:>9}" for fault in faults))
    for step in sorted(passed):
        counts = " ".join(f"{seen[step, fault] or '.':>9}" for fault in faults)
        CONSOLE.print(f"{step:{width}} {passed[step]:>9} {counts}")
    moods = [f"{name} ({count})" for (step, name), count in sorted(seen.items()) if step == "mood"]
    CONSOLE.print(f"\nmoods of the systems: {', '.join(moods) or 'none'}")
    odd = [f"{name} ({count})" for (step, name), count in sorted(seen.items()) if step == "oddity"]
    CONSOLE.print(f"odd about installations: {', '.join(odd) or 'nothing'}")


if __name__ == "__main__":
    sys.exit(main())
