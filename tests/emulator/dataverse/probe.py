"""A bare caller of the Dataverse twin, and the rows its tests begin with."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import quote

from tests.emulator import probing
from tests.emulator.dataverse.twin import DataverseTwin
from tests.emulator.wire import Answer

HOST = "http://127.0.0.1:7081"
ROOT = "/api/data/v9.2/"


class Said(probing.Said):
    """An answer of Dataverse, read."""

    @property
    def refusal(self) -> tuple[int, str]:
        """Status and code of a refusal, whose body has the documented shape."""
        error = self.json["error"]
        assert self.headers["content-type"] == "application/json; odata.metadata=minimal"
        assert isinstance(error["message"], str)
        assert error["message"]
        return self.status, error["code"]

    @property
    def message(self) -> str:
        return str(self.json["error"]["message"])


class Probe(probing.Caller[DataverseTwin, Said]):
    """A Dataverse twin and its caller. Addresses are relative to the root of the service, or absolute."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__(HOST)
        self.twin = DataverseTwin(clock=lambda: self.now, identity=self.identity, url=HOST, seed=seed)

    def put(self, target: str, body: object, **headers: str) -> Said:
        return self.send("PUT", target, body, **headers)

    def created(self, table: str, **values: Any) -> str:
        """The id of a row that a person made."""
        return self.twin.create(table, values)

    def company(self, code: str = "USMF") -> str:
        """The id of a company."""
        return self.created("cdm_companies", cdm_companycode=code, cdm_name=code.title())

    def account(self, number: str, company: str, **values: Any) -> str:
        """The id of an account of a company."""
        bind = {"msdyn_company@odata.bind": f"/cdm_companies({company})"}
        return self.created("accounts", accountnumber=number, name=f"Name {number}", **bind, **values)

    def webhook(self, message: str, table: str, **step: Any) -> str:
        """The id of an enabled step that calls a local address for a message of a table."""
        endpoint = self.created(
            "serviceendpoints", name="Koppel", contract=8, url="http://127.0.0.1:7071/hook", authtype=4, authvalue="key"
        )
        found = self.get(
            f"sdkmessagefilters?$filter=sdkmessageid/name eq '{message}' and primaryobjecttypecode eq '{table}'"
        ).rows[0]
        values = {
            "name": f"{message} of {table}",
            "stage": 40,
            "mode": 1,
            "sdkmessageid@odata.bind": f"/sdkmessages({found['_sdkmessageid_value']})",
            "sdkmessagefilterid@odata.bind": f"/sdkmessagefilters({found['sdkmessagefilterid']})",
            "eventhandler_serviceendpoint@odata.bind": f"/serviceendpoints({endpoint})",
        }
        return self.created("sdkmessageprocessingsteps", **values, **step)

    def _encoded(self, target: str) -> tuple[str, str]:
        path, _, query = target.removeprefix(HOST).removeprefix(ROOT).partition("?")
        return ROOT + quote(path, safe="/()=',$@%-._~!*:"), quote(query, safe="$=&,()'/:%@;-._~!*")

    def _read(self, answer: Answer) -> Said:
        return Said(answer)


part = partial(probing.part, media="application/json; type=entry")
"""A part of a batch with one request, as the product's own pages write it."""
