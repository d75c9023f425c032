"""`./koppel bench --full`: the full synchronisation of the whole suite on the local house, killed in the middle.

Planned first, approved, begun; then the host is killed without a word, started again, and carries on. At the end nobody
may be there twice, and a further pass may find nothing to write.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from azure.data.tables import TableClient

from tests.bench.census import Census
from tests.bench.stage import CUSTOMERS, free_ports
from tests.emulator import azurite
from tests.emulator.azurite import SetUpError
from tests.emulator.local import Ports
from tests.emulator.operating import House
from tests.emulator.processes import Processes, processes
from tests.emulator.starting import start, start_host
from tests.emulator.summary import records

SUITE: Final = "dual_write"
STARTS: Final = {"half-filled": "", "empty Dataverse": "dataverse"}
LOOK: Final = 1.0
"""Seconds between looks at the ledger, until it is time to kill."""
PATIENCE: Final = 900.0
"""Seconds that the records of a killed worker may take until they are taken over."""


@dataclass(slots=True)
class Full:
    """What one full synchronisation came to. customers: half of them again are persons, half are contact persons.

    seconds: of the synchronisation, all included. idle_seconds: of those, waited until leases and claims of the dead
    had run out.
    """

    begin: str
    customers: int
    records: int = 0
    plan_seconds: float = 0.0
    seconds: float = 0.0
    idle_seconds: float = 0.0
    killed_after: float = 0.0
    coupled_when_killed: int = 0
    peak: float = 0.0
    again_seconds: float = 0.0
    flows: list[str] = field(default_factory=list)
    states: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class _Stage:
    """The local house during one full synchronisation."""

    ports: Ports
    running: Processes
    house: House
    census: Census
    told: Full

    def play(self) -> None:
        began = time.monotonic()
        planned = _last(self.house.plan(SUITE))
        self.told.plan_seconds = time.monotonic() - began
        if planned["errors"]:
            raise SetUpError(f"the dry run ends with {planned['errors']}")
        self.told.flows = planned["flows"]
        self.house.approve(SUITE)
        doubled = self.census.doubled()
        began = time.monotonic()
        job_id = self.house.begin(SUITE)
        self._kill_in_the_middle(began)
        job = self._carry_on(job_id)
        self._finish_what_died()
        self.told.seconds = time.monotonic() - began
        self.told.wrong += [f"{name}: {problem}" for name, problem in job["errors"].items()]
        self.told.wrong += sorted(f"doubled: {name}" for name in self.census.doubled() - doubled)
        self._look_again()

    def _kill_in_the_middle(self, began: float) -> None:
        """Kills the host while it works, once every other customer is coupled, and starts another."""
        with ThreadPoolExecutor(1) as pool:
            working = pool.submit(self._work)
            while (coupled := self._count("d~", [CUSTOMERS])) < self.told.customers // 2:
                self.running.check()
                if working.done():
                    raise SetUpError("the synchronisation was over before it could be killed: take more customers")
                time.sleep(LOOK)
            host = self.running.children["host"]
            self._note_peak()
            os.killpg(host.pid, signal.SIGKILL)
            host.wait()
        self.told.killed_after, self.told.coupled_when_killed = time.monotonic() - began, coupled
        start_host(self.ports, self.running)

    def _work(self) -> None:
        """One run of the pump; it does not live to answer."""
        with httpx.Client(timeout=3600) as client, contextlib.suppress(httpx.TransportError, SetUpError):
            House(self.ports, client).pump()

    def _carry_on(self, job_id: str) -> Mapping[str, Any]:
        """Follows the job to its end: nothing happens until the lease of the dead has run out."""
        began, steps = time.monotonic(), self.house.follow(job_id)
        with ThreadPoolExecutor(1) as pool:
            following = pool.submit(_last, steps)
            while not following.done() and self._count("d~", [CUSTOMERS]) <= self.told.coupled_when_killed:
                time.sleep(LOOK)
            self.told.idle_seconds += time.monotonic() - began
            return following.result()

    def _finish_what_died(self) -> None:
        """Records that were being created when their worker died are taken over when its claims have run out."""
        began = time.monotonic()
        while self._count("h~", self.told.flows) and not self.told.wrong:
            if time.monotonic() > began + PATIENCE:
                self.told.wrong.append(f"hints are left after {PATIENCE:.0f} s")
            time.sleep(LOOK)
            self.house.pump()
        self.told.idle_seconds += time.monotonic() - began

    def _count(self, kind: str, flows: Sequence[str]) -> int:
        """Ledger rows of a kind, straight from the table."""
        with TableClient.from_connection_string(self.ports.ledger_connection, "koppel") as table:
            queries = [f"PartitionKey eq '{flow}' and RowKey ge '{kind}' and RowKey lt '{kind}~'" for flow in flows]
            return sum(1 for query in queries for _ in table.query_entities(query, select=["RowKey"]))

    def _look_again(self) -> None:
        """A further compare pass: everything is equal or set aside, and nothing is written."""
        before, began = self.census.versions(), time.monotonic()
        asked = self.house.post("/api/operations/sync/dual_write/all", {"what": "everything"})
        job = _last(self.house.follow(asked["job"]))
        self.told.again_seconds = time.monotonic() - began
        counts = sum((Counter(tally["counts"]) for tally in job["tallies"].values()), Counter[str]())
        self.told.states = dict(sorted(counts.items()))
        self.told.records = sum(records(tally) for tally in job["tallies"].values())
        self.told.wrong += [f"a further pass: {name}: {problem}" for name, problem in job["errors"].items()]
        written = dict(self.census.versions().items() ^ before.items())
        self.told.wrong += [f"a further pass writes {name}" for name in sorted(written)]
        self._note_peak()

    def _note_peak(self) -> None:
        status = Path(f"/proc/{self.running.children['host'].pid}/status").read_text("ascii")
        (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
        self.told.peak = max(self.told.peak, int(line.split()[1]) / 1024)


def full(customers: int, begin: str) -> Full:
    """Plays one full synchronisation. Raises SetUpError if it cannot be played at all."""
    azurite.fetch()
    told = Full(begin, customers)
    ports = free_ports()
    with processes() as running, httpx.Client(timeout=3600) as client:
        start(ports, running, customers, STARTS[begin])
        house = House(ports, client)
        findings = [finding["what"] for finding in house.prepare()["findings"] if finding["severity"] != "note"]
        if findings:
            raise SetUpError("\n".join(findings))
        _Stage(ports, running, house, Census(ports, client), told).play()
    return told


def _last(steps: Iterator[Mapping[str, Any]]) -> Mapping[str, Any]:
    job: Mapping[str, Any] = {}
    for job in steps:
        time.sleep(0.0 if job["state"] != "running" else LOOK)
    return job
