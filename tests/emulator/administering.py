"""`./koppel setup`: reads its options and hands over to what sets up with an administrator's sign-in."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from functions.by_administrator import run
from functions.suites import shipped
from shared.settings import words_in
from tests.emulator.options import setup


def main(arguments: Sequence[str]) -> int:
    """One run; the exit code."""
    parser = setup()
    given = parser.parse_args(arguments)
    suites = words_in(given.suites)
    if not suites or not set(suites) <= set(shipped()):
        parser.error(f"--suites {given.suites}: name any of {', '.join(shipped())}")
    return run(given.dataverse, given.app, suites, columns=given.columns)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
