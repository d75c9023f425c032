"""A bare caller of the F&O twin, and the rows its tests begin with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from tests.emulator import probing
from tests.emulator.finops.twin import FinopsTwin
from tests.emulator.wire import Answer

HOST = "http://127.0.0.1:7082"
CROSS = "cross-company=true"


class Said(probing.Said):
    """An answer of F&O, read."""

    def column(self, name: str) -> list[Any]:
        """The values of a property, row by row."""
        return [row[name] for row in self.rows]

    @property
    def refusal(self) -> tuple[int, str]:
        """Status and text of a refusal, whose body has the documented shape: the service's, or the router's."""
        if self.status == 404 and not self.answer.body:
            return self.status, ""
        assert self.headers["content-type"] == "application/json; odata.metadata=minimal"
        if self.json.keys() == {"Message"}:
            assert self.status == 404
            return self.status, self.json["Message"]
        assert self.json.keys() == {"error"}
        error = self.json["error"]
        assert error["code"] == ""
        if self.status == 401:
            assert error.keys() == {"code", "message"}
            return self.status, error["message"]
        assert error.keys() == {"code", "message", "innererror"}
        assert error["message"] == "An error has occurred."
        assert error["innererror"].keys() == {"message", "type"}
        assert error["innererror"]["type"]
        return self.status, error["innererror"]["message"]

    @property
    def message(self) -> str:
        return self.refusal[1]


class Probe(probing.Caller[FinopsTwin, Said]):
    """An F&O twin and its caller. Addresses are relative to `/data/`, from the root, or absolute."""

    def __init__(self, seed: int = 0, companies: Sequence[str] = ("usmf", "demf")) -> None:
        super().__init__(HOST)
        self.twin = FinopsTwin(clock=lambda: self.now, identity=self.identity, url=HOST, seed=seed, companies=companies)

    def group(self, code: str = "10", company: str = "usmf", **values: Any) -> Mapping[str, Any]:
        """A customer group that is simply there."""
        self.twin.load("CustomerGroups", [{"dataAreaId": company, "CustomerGroupId": code, **values}])
        return {"dataAreaId": company, "CustomerGroupId": code}

    def customer(self, number: str, company: str = "usmf", **values: Any) -> str:
        """The address of an organisation customer that is simply there, in a group that is too."""
        self.group(company=company)
        row = organization(dataAreaId=company, CustomerAccount=number, **values)
        self.twin.load("CustomersV3", [row])
        return f"CustomersV3(dataAreaId='{company}',CustomerAccount='{number}')"

    def _encoded(self, target: str) -> tuple[str, str]:
        target = target.removeprefix(HOST)
        path, _, query = (target if target.startswith("/") else f"/data/{target}").partition("?")
        return quote(path, safe="/()=',$%-._~"), quote(query, safe="$=&,()'/:%*-._~+")

    def _read(self, answer: Answer) -> Said:
        return Said(answer)


def organization(**values: Any) -> dict[str, Any]:
    """What the least customer needs."""
    return {"PartyType": "Organization", "OrganizationName": "Contoso", "CustomerGroupId": "10", **values}
