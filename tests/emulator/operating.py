"""The local house, operated over its own API as anybody would from outside."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Final

import httpx

from tests.emulator.azurite import SetUpError
from tests.emulator.local import KEYS, OPERATOR_KEY, Ports

OPERATOR: Final = {"x-koppel-key": OPERATOR_KEY}
HOST: Final = {"x-functions-key": KEYS["_master"]}
"""What fires a function by hand: it is the host that is asked for it, and not the app."""
NOT_READY: Final = 503
LOOK: Final = 2.0
"""Seconds between two looks at a job."""


@dataclass(slots=True)
class House:
    """The running local house, spoken to over its own API."""

    ports: Ports
    client: httpx.Client

    def get(self, path: str) -> Any:
        return self._checked(self.client.get(f"{self.ports.host_url}{path}", headers=OPERATOR))

    def calls(self) -> Mapping[str, Any]:
        """How many requests were sent to each system, by kind: also while one of them asks for a pause."""
        answer = self.client.get(f"{self.ports.host_url}/api/operations/ready", headers=OPERATOR)
        told = answer.json() if answer.status_code == NOT_READY else self._checked(answer)
        found: Mapping[str, Any] = told["calls"]
        return found

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self._checked(self.client.post(f"{self.ports.host_url}{path}", headers=OPERATOR, json=body or {}))

    def pump(self) -> None:
        """One run of the pump, at once."""
        url = f"{self.ports.host_url}/admin/functions/operations_pump"
        self._checked(self.client.post(url, headers=HOST, json={}))

    def _checked(self, answer: httpx.Response) -> Any:
        if answer.status_code >= 400:
            raise SetUpError(f"the host answers {answer.status_code} to {answer.request.url}:\n{answer.text}")
        return answer.json() if answer.content else {}

    def plan(self, suite: str) -> Iterator[Mapping[str, Any]]:
        """Makes the match reports of all flows of a suite; the job after every step."""
        return self.follow(self.post(f"/api/operations/reports/{suite}/all/plan")["job"])

    def reports(self, suite: str) -> list[Mapping[str, Any]]:
        """The match report of every flow of a suite."""
        found: list[Mapping[str, Any]] = self.get(f"/api/operations/reports/{suite}/all")["reports"]
        return found

    def approve(self, suite: str) -> None:
        """Approves the last plan of all flows of a suite."""
        self.post(f"/api/operations/reports/{suite}/all/approve", {"report": self.reports(suite)[0]["report"]})

    def opened(self, suite: str) -> list[Mapping[str, Any]]:
        """Every record of a suite that waits or is parked."""
        found: list[Mapping[str, Any]] = self.get(f"/api/operations/parked/{suite}/all?limit=1000000")["records"]
        return found

    def prepare(self, suites: Sequence[str] = ()) -> Mapping[str, Any]:
        """Makes what suites need in Dataverse, registers the webhooks, then looks at everything; the report of the
        preflight.
        """
        for suite in suites:
            self.post(f"/api/operations/setup/{suite}")
        self.post("/api/operations/webhooks")
        report: Mapping[str, Any] = self.get("/api/operations/preflight")
        return report

    def synchronise(self, suite: str) -> Iterator[Mapping[str, Any]]:
        """Runs the first synchronisation of all flows of a suite; the job after every step."""
        return self.follow(self.begin(suite))

    def begin(self, suite: str) -> str:
        """Begins the first synchronisation of all flows of a suite; the id of its job."""
        job: str = self.post(f"/api/operations/flows/{suite}/all/run", {"initial": True})["job"]
        return job

    def follow(self, job_id: str) -> Iterator[Mapping[str, Any]]:
        """Pumps until a job is over; the job every few seconds, and after every run of the pump. While a job waits for
        a system, so do we.
        """
        pumping, before = ThreadPoolExecutor(1), dict[str, Any]()
        try:
            while True:
                run = pumping.submit(self.pump)
                while not wait([run], LOOK).done:
                    yield self.get(f"/api/operations/jobs/{job_id}")
                run.result()
                job = self.get(f"/api/operations/jobs/{job_id}")
                yield job
                if job["state"] != "running":
                    return
                if job == before:
                    time.sleep(LOOK)
                before = job
        finally:
            pumping.shutdown(wait=False)  # whoever is interrupted ends the host next, and with it a run that goes on
