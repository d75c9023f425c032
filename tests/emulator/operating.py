"""The local house, operated over its own API as anybody would from outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from tests.emulator.azurite import SetUpError
from tests.emulator.local import KEYS, Ports

MASTER: Final = {"x-functions-key": KEYS["_master"]}


@dataclass(slots=True)
class House:
    """The running local house, spoken to over its own API."""

    ports: Ports
    client: httpx.Client

    def get(self, path: str) -> Any:
        return self._checked(self.client.get(f"{self.ports.host_url}{path}", headers=MASTER))

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self._checked(self.client.post(f"{self.ports.host_url}{path}", headers=MASTER, json=body))

    def _checked(self, answer: httpx.Response) -> Any:
        if answer.status_code >= 400:
            raise SetUpError(f"the host answers {answer.status_code} to {answer.request.url}:\n{answer.text}")
        return answer.json() if answer.content else {}

    def plan(self) -> Iterator[Mapping[str, Any]]:
        """Makes the match reports of all flows; the job after every step."""
        return self.follow(self.post("/api/operations/reports/dual_write/all/plan")["job"])

    def reports(self) -> list[Mapping[str, Any]]:
        """The match report of every flow."""
        found: list[Mapping[str, Any]] = self.get("/api/operations/reports/dual_write/all")["reports"]
        return found

    def approve(self) -> None:
        self.post("/api/operations/reports/dual_write/all/approve")

    def prepare(self) -> Mapping[str, Any]:
        """Registers the webhooks, then looks at everything; the report of the preflight."""
        self.post("/api/operations/webhooks")
        report: Mapping[str, Any] = self.get("/api/operations/preflight")
        return report

    def synchronise(self) -> Iterator[Mapping[str, Any]]:
        """Runs the first synchronisation of all flows; the job after every step."""
        return self.follow(self.begin())

    def begin(self) -> str:
        """Begins the first synchronisation of all flows; the id of its job."""
        job: str = self.post("/api/operations/flows/dual_write/all/run", {"initial": True})["job"]
        return job

    def follow(self, job_id: str) -> Iterator[Mapping[str, Any]]:
        """Pumps until a job is over; the job after every step."""
        while True:
            self.post("/admin/functions/operations_pump")
            job = self.get(f"/api/operations/jobs/{job_id}")
            yield job
            if job["state"] != "running":
                return
