"""The local house, operated over its own API as anybody would from outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from tests.emulator.azurite import SetUpError
from tests.emulator.local import KEYS, OPERATOR_KEY, Ports

OPERATOR: Final = {"x-koppel-key": OPERATOR_KEY}
HOST: Final = {"x-functions-key": KEYS["_master"]}
"""What fires a function by hand: it is the host that is asked for it, and not the app."""


@dataclass(slots=True)
class House:
    """The running local house, spoken to over its own API."""

    ports: Ports
    client: httpx.Client

    def get(self, path: str) -> Any:
        return self._checked(self.client.get(f"{self.ports.host_url}{path}", headers=OPERATOR))

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
        self.post(f"/api/operations/reports/{suite}/all/approve")

    def opened(self, suite: str) -> list[Mapping[str, Any]]:
        """Every record of a suite that waits or is parked."""
        found: list[Mapping[str, Any]] = self.get(f"/api/operations/parked/{suite}/all?limit=1000000")["records"]
        return found

    def prepare(self) -> Mapping[str, Any]:
        """Registers the webhooks, then looks at everything; the report of the preflight."""
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
        """Pumps until a job is over; the job after every step."""
        while True:
            self.pump()
            job = self.get(f"/api/operations/jobs/{job_id}")
            yield job
            if job["state"] != "running":
                return
