"""`./koppel up`: the local house, from nothing to live in one command."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import httpx
from rich.console import Console

from functions.suites import shipped
from tests.emulator import azurite, options
from tests.emulator.azurite import SetUpError
from tests.emulator.business_central.service import AUDIENCE
from tests.emulator.identity import APP_ID, APP_SECRET, TENANT
from tests.emulator.local import BUSINESS_CENTRAL, Ports
from tests.emulator.operating import House
from tests.emulator.own_settings import prepare
from tests.emulator.processes import Processes, demand_free, processes
from tests.emulator.running import end
from tests.emulator.starting import start
from tests.emulator.suites import chosen_suites
from tests.emulator.summary import WIDTH, show, show_flows, summary
from tests.emulator.watching import step, watched


def main() -> int:
    """Sets the house up, plans, approves, synchronises, prints what came of it, and syncs until it is stopped."""
    given, ports = _arguments()
    console = Console(stderr=True, width=None if sys.stderr.isatty() else WIDTH)
    signal.signal(signal.SIGTERM, _interrupted)
    try:
        prepare(given.suites, ports)
        if given.replace and (ended := end()) is not None:
            console.print(f"koppel: ended process {ended['pid']}: {ended['command']}", markup=False, highlight=False)
        with processes(ports=ports.serving(given.suites)) as running:
            return _run(given, ports, running, console)
    except SetUpError as problem:
        console.print(f"koppel: {problem}", style="red", markup=False, highlight=False, soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        console.print("\nkoppel: stopped", highlight=False)
        return 0


def _interrupted(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _arguments() -> tuple[argparse.Namespace, Ports]:
    parser = options.up()
    given = parser.parse_args()
    ports = options.ports_of(parser, given)
    try:
        given.suites = chosen_suites(given.suites)
    except SetUpError as problem:
        parser.error(str(problem))
    return given, ports


def _run(given: argparse.Namespace, ports: Ports, running: Processes, console: Console) -> int:
    demand_free(ports.serving(given.suites))
    began = time.monotonic()
    with step(console, "fetching Azurite, unless it is there"):
        azurite.fetch()
    with step(console, f"starting ledger, twins with {given.customers} customers, and host"):
        start(ports, running, given.customers, given.empty, given.suites)
    with httpx.Client(timeout=600) as client:
        house = House(ports, client)
        started = time.monotonic() - began
        with step(console, "registering webhooks, looking at both systems"):
            report = house.prepare(given.suites)
        _show(report, console)
        plan = _plan(house, given.suites, running, console)
        if not given.json:
            show_flows("Match report: what would be done", plan, console)
        tallies, ready = dict[str, Any](), time.monotonic()
        for suite in given.suites:
            house.approve(suite)
            tallies |= watched(house.synchronise(suite), "synchronising", running.check, console)["tallies"]
        told = {
            "preflight": report["findings"],
            "plan": plan,
            **_summary(house, given.suites, tallies, time.monotonic() - ready),
            "start_seconds": round(started, 2),
        }
        if given.json:
            print(json.dumps(told, ensure_ascii=False, indent=2))  # noqa: T201 - this is the command's answer
        else:
            show(told, Console(width=WIDTH))
        if given.once:
            return 0
        _invite(ports, given.suites, console)
        while True:
            running.check()
            time.sleep(0.5)


def _show(report: Mapping[str, Any], console: Console) -> None:
    """Prints what the preflight found. Raises SetUpError if it found an error."""
    for finding in report["findings"]:
        where, code = ", ".join(finding["flows"]) or "everything", finding["code"] and f" [{finding['code']}]"
        line = f"  {finding['severity']}{code}: {finding['what']}; {finding['remedy']} ({where})"
        console.print(line, highlight=False, markup=False)
    if not report["sound"]:
        raise SetUpError("the preflight found errors: nothing was synchronised")
    if not report["findings"]:
        console.print("  the preflight found nothing in the way", highlight=False)


def _plan(house: House, suites: Sequence[str], running: Processes, console: Console) -> dict[str, Any]:
    """The match report of every flow, in the order in which flows are synchronised."""
    found: dict[str, Any] = {}
    for suite in suites:
        order = watched(house.plan(suite), "planning", running.check, console)["flows"]
        reports = {told["flow"]: told for told in house.reports(suite)}
        found |= {name: {part: reports[name][part] for part in ("rows", "counts", "reasons")} for name in order}
    return found


def _summary(house: House, suites: Sequence[str], tallies: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    opened = [row for suite in suites for row in house.opened(suite)]
    return summary(tallies, opened, seconds, house.calls())


def _invite(ports: Ports, suites: Sequence[str], console: Console) -> None:
    token = (
        f"curl -s {ports.dataverse_url}/{TENANT}/oauth2/v2.0/token -d grant_type=client_credentials "
        f"-d client_id={APP_ID} -d client_secret={APP_SECRET} -d scope=URL/.default"
    )
    if BUSINESS_CENTRAL in suites:
        token += f"; for Business Central URL is {AUDIENCE}"
    systems = {"host": ports.host_url, "Dataverse": ports.dataverse_url, "F&O": ports.finops_url}
    systems |= {"Business Central": ports.business_central_url} if BUSINESS_CENTRAL in suites else {}
    console.print(
        f"live: {', '.join(f'{name} {url}' for name, url in systems.items())}; Ctrl-C stops\n"
        "Ledger and demo data live as long as this does: the next start begins anew\n"
        f"a token for any of the systems: {token}\n"
        f"running: {', '.join(suites)}; there is also: {', '.join(sorted({*shipped()} - {*suites}))} (--suites)",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


if __name__ == "__main__":
    sys.exit(main())
