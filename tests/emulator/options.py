"""The options of `./koppel`: what each command can be told, known before anything is installed.

`python -m tests.emulator.options COMMAND --help` lists them.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from tests.emulator.local import SUITES, Ports

SIDES: Final = ("dataverse", "finops", "business_central")
LAST_PORT: Final = 65535


def up() -> argparse.ArgumentParser:
    """`./koppel up`."""
    about = "The local house, from nothing to live in one command. Ledger and demo data begin anew with each start."
    parser = argparse.ArgumentParser(prog="koppel up", description=about)
    parser.add_argument("--once", action="store_true", help="stop after the first synchronisation")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    parser.add_argument("--replace", action="store_true", help="end the local house that is running here, if one is")
    parser.add_argument("--customers", type=_number, default=2000, help="how many customers the demo has (2000)")
    parser.add_argument("--empty", choices=SIDES, default="", help="begin with nothing to synchronise on this side")
    parser.add_argument("--suites", default=",".join(SUITES), help=f"suites to run ({','.join(SUITES)})")
    for word, port in Ports().by_word().items():
        parser.add_argument(f"--{word}-port", type=_port, default=port, help=f"default {port}", metavar="PORT")
    return parser


def ports_of(parser: argparse.ArgumentParser, given: argparse.Namespace) -> Ports:
    """The ports that were named; the parser refuses one that is named twice."""
    ports = Ports(
        host=given.host_port,
        tables=given.azurite_port,
        dataverse=given.dataverse_port,
        finops=given.finops_port,
        business_central=given.business_central_port,
    )
    chosen = ports.by_word()
    for port in sorted({*chosen.values()}):
        words = [f"--{word}-port" for word, each in chosen.items() if each == port]
        if len(words) > 1:
            parser.error(f"{' and '.join(words)} are both {port}: each needs a port of its own")
    return ports


def bench() -> argparse.ArgumentParser:
    """`./koppel bench`."""
    parser = argparse.ArgumentParser(prog="koppel bench", description="What Koppel costs above a floor by hand.")
    sizes = parser.add_argument("--customers", type=_number, nargs="+", default=[2000, 20000])
    sizes.help = "sizes to measure; default 2000 20000"
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--full", action="store_true", help="synchronise the whole suite instead, killed in the middle")
    return parser


def simulate() -> argparse.ArgumentParser:
    """`./koppel simulate`."""
    about = "Histories by the thousand on all cores, or one of them told line by line."
    parser = argparse.ArgumentParser(prog="koppel simulate", description=about)
    parser.add_argument("--seed", type=int, help="play this history only")
    parser.add_argument("--trace", action="store_true", help="with --seed: tell it line by line")
    bugs = "break one rule of the engine at a time; which of its tests notices? WORDS: only bugs whose names hold them"
    parser.add_argument("--mutants", metavar="WORDS", nargs="?", const="", help=bugs)
    parser.add_argument("--crashes", action="store_true", help="golden scenarios, killed at every moment, and twice")
    parser.add_argument("--interleavings", action="store_true", help="two instances at once, in every order")
    parser.add_argument("--restores", action="store_true", help="days of work that a restore in place undoes, or hides")
    parser.add_argument("--most", type=int, default=10**9, help="with --interleavings: histories for each meeting")
    parser.add_argument("--seeds", type=int, default=200, help="how many histories (200)")
    suite = "only histories about that suite; as many, from the first of them on"
    parser.add_argument("--suite", choices=("dual_write", "prospect_to_cash", "business_central"), help=suite)
    parser.add_argument("--first", type=int, default=0, help="the first seed (0)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at once (one per core)")
    return parser


def test() -> argparse.ArgumentParser:
    """`./koppel test`: what it does not know itself goes to pytest."""
    about = "Everything that must pass: lint, format, types, import rules, tests. What else follows goes to pytest."
    parser = argparse.ArgumentParser(prog="koppel test", description=about)
    parser.add_argument("--all", action="store_true", help="the long forms, too, which take hours")
    return parser


def check() -> argparse.ArgumentParser:
    """`./koppel check`."""
    return argparse.ArgumentParser(prog="koppel check", description="Lint, format, types and import rules only.")


def status() -> argparse.ArgumentParser:
    """`./koppel status`."""
    about = "Whether a local house of this checkout is running, and where. The exit code is 1 if none is."
    return argparse.ArgumentParser(prog="koppel status", description=about)


def down() -> argparse.ArgumentParser:
    """`./koppel down`."""
    about = "Ends the local house of this checkout, and what a killed one left behind."
    return argparse.ArgumentParser(prog="koppel down", description=about)


def setup() -> argparse.ArgumentParser:
    """`./koppel setup`."""
    about = (
        "What needs an administrator of Dataverse, with your own sign-in: az login first, with an account that is "
        "System Administrator and System Customizer. It makes the app's user, its role, change tracking, and columns. "
        "Nothing of your sign-in is kept; a second time it does nothing."
    )
    parser = argparse.ArgumentParser(prog="koppel setup", description=about)
    where = "the environment, such as https://contoso.crm4.dynamics.com"
    parser.add_argument("--dataverse", required=True, metavar="ADDRESS", help=where)
    parser.add_argument("--app", required=True, metavar="CLIENT_ID", help="client id that the app signs in with")
    parser.add_argument("--suites", default="business_central", help="suites that are on (business_central)")
    parser.add_argument("--columns", action="store_true", help="make the columns of these suites, too")
    return parser


PARSERS: Final[Mapping[str, Callable[[], argparse.ArgumentParser]]] = {
    "up": up, "down": down, "status": status, "setup": setup, "test": test, "check": check, "bench": bench,
    "simulate": simulate,
}  # fmt: skip


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return int(text)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= LAST_PORT):
        raise argparse.ArgumentTypeError(f"{text!r} is no port: use a number from 1 to {LAST_PORT}")
    return int(text)


def main(arguments: Sequence[str]) -> None:
    """Reads the options of one command; with --help they are listed."""
    PARSERS[arguments[0]]().parse_args(arguments[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
