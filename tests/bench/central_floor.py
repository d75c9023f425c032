"""The floor for Business Central: what a careful person writes by hand to bring its customers to Dataverse.

As in `floor.py` without maps, plans and recovery: customers that are not blocked become accounts, unless there is one
with their number, or with their name and postal code.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

from azure.data.tables.aio import TableClient

from tests.bench.couplings import Claim, claimed, settled
from tests.bench.floor import Row
from tests.bench.plumbing import Web, chunks, quoted, selected

FLOW: Final = "central"
PAGE: Final = 1000
BATCH: Final = 100
SEARCHES: Final = 60
_ALIKE: Final = {
    "displayName": "name", "addressLine1": "address1_line1", "addressLine2": "address1_line2",
    "postalCode": "address1_postalcode", "city": "address1_city", "country": "address1_country",
    "state": "address1_stateorprovince", "email": "emailaddress1", "website": "websiteurl",
    "phoneNumber": "telephone1", "creditLimit": "creditlimit",
}  # fmt: skip
_READ: Final = ("id", "number", "blocked", "salespersonCode", "currencyCode", "shipmentMethodId", "paymentTermsId",
                "lastModifiedDateTime", *_ALIKE)  # fmt: skip
_ACCOUNT: Final = ("accountid", "accountnumber", "_ownerid_value", "_transactioncurrencyid_value", "customertypecode",
                   "address1_freighttermscode", "paymenttermscode", "statecode", *_ALIKE.values())  # fmt: skip
_CHOICES: Final = {
    "paymentTermsId": ("paymentTerms", "paymenttermscode"),
    "shipmentMethodId": ("shipmentMethods", "address1_freighttermscode"),
}
"""Per field: the set that it refers to, and the choice of an account that holds the same."""


@dataclass(slots=True)
class CentralFloor:
    """Both systems over plain httpx, and the table over the SDK. company: the id of the one whose customers go.

    options: numbers of choices by field and id; users: by the code of a salesperson. made: how many accounts.
    """

    web: Web
    table: TableClient
    company: str
    options: dict[tuple[str, str], int] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    currencies: dict[str, str] = field(default_factory=dict)
    made: int = 0

    async def load(self) -> int:
        """Creates an account for every customer that has none. How many."""
        await self._read_references()
        async for page in self._customers():
            there = await self._there(page)
            new = [row for row in page if not there & {(row["number"],), (row["displayName"], row["postalCode"])}]
            await asyncio.gather(*(self._create(each) for each in chunks(new, BATCH)))
            self.made += len(new)
        return self.made

    async def _create(self, rows: Sequence[Row]) -> None:
        """One batch: claimed, created, settled."""
        claims = [Claim(FLOW, str(uuid4()), json.dumps([self.company, row["id"]])) for row in rows]
        claims = await claimed(self.table, claims)
        targets = [self._account(row, claim.row_id) for row, claim in zip(rows, claims, strict=True)]
        url = f"{self.web.dataverse}/accounts/Microsoft.Dynamics.CRM.CreateMultiple?tag=floor"
        await self.web.post(url, {"Targets": targets})
        made = [
            (claim, [str(value) for value in row.values()], [str(value) for value in target.values()])
            for claim, row, target in zip(claims, rows, targets, strict=True)
        ]
        await settled(self.table, made, 800, "dataverse")

    def _account(self, row: Row, row_id: str) -> dict[str, Any]:
        body = {"accountid": row_id, "customertypecode": 3, **{column: row[name] for name, column in _ALIKE.items()}}
        body |= {column: self.options.get((name, row[name])) for name, (_, column) in _CHOICES.items()}
        if currency := self.currencies.get(row["currencyCode"]):
            body["transactioncurrencyid@odata.bind"] = f"/transactioncurrencies({currency})"
        if user := self.users.get(row["salespersonCode"]):
            body["ownerid@odata.bind"] = f"/systemusers({user})"
        return {"@odata.type": "Microsoft.Dynamics.CRM.account", **{key: each for key, each in body.items() if each}}

    # -- the two systems

    async def _read_references(self) -> None:
        base = self.web.dataverse
        for name, (listed, column) in _CHOICES.items():
            numbers = await self._numbers(column)
            rows = await self._rows(listed, ("id", "code"))
            self.options |= {
                (name, row["id"]): numbers[fold] for row in rows if (fold := row["code"].lower()) in numbers
            }
        url = f"{base}/transactioncurrencies?$select=transactioncurrencyid,isocurrencycode"
        self.currencies = {row["isocurrencycode"]: row["transactioncurrencyid"] for row in await self.web.rows(url)}
        url = f"{base}/systemusers?$select=systemuserid,internalemailaddress&$filter=isdisabled eq false"
        users = {str(row["internalemailaddress"]).lower(): row["systemuserid"] for row in await self.web.rows(url)}
        people = await self._rows("salespeoplePurchasers", ("code", "email"))
        self.users = {row["code"]: users[mail] for row in people if (mail := row["email"].lower()) in users}

    async def _numbers(self, column: str) -> Mapping[str, int]:
        """The numbers of a choice of accounts, by their labels in small letters."""
        attribute = f"EntityDefinitions(LogicalName='account')/Attributes(LogicalName='{column}')"
        found = await self.web.get(
            f"{self.web.dataverse}/{attribute}/Microsoft.Dynamics.CRM.PicklistAttributeMetadata"
            "?$select=LogicalName&$expand=OptionSet($select=Options)"
        )
        options = found["OptionSet"]["Options"]
        return {str(each["Label"]["LocalizedLabels"][0]["Label"]).lower(): int(each["Value"]) for each in options}

    async def _rows(self, name: str, columns: Sequence[str]) -> Sequence[Row]:
        return await self.web.rows(f"{self._place(name)}?{selected(columns)}")

    async def _customers(self) -> AsyncIterator[Sequence[Row]]:
        url = f"{self._place('customers')}?{selected(_READ)}&$filter={quote(_OPEN)}"
        async for body in self.web.pages(url, f"odata.maxpagesize={PAGE}"):
            yield body["value"]

    def _place(self, name: str) -> str:
        return f"{self.web.central}/v2.0/companies({self.company})/{name}"

    async def _there(self, rows: Sequence[Row]) -> set[tuple[Any, ...]]:
        """The numbers, and the names with postal codes, of accounts that some of these customers may be."""
        numbers = [f"accountnumber eq {quoted(row['number'])}" for row in rows]
        names = [
            f"(name eq {quoted(row['displayName'])} and address1_postalcode eq {quoted(row['postalCode'])})"
            for row in rows
        ]
        asked = [*chunks(numbers, SEARCHES), *chunks(names, SEARCHES)]
        found = await asyncio.gather(*(self._accounts(each) for each in asked))
        accounts = [row for some in found for row in some]
        keys = {(row["accountnumber"],) for row in accounts}
        return keys | {(row["name"], row["address1_postalcode"]) for row in accounts}

    async def _accounts(self, either: Sequence[str]) -> Sequence[Row]:
        return await self.web.rows(
            f"{self.web.dataverse}/accounts?{selected(_ACCOUNT)}&$filter={quote(' or '.join(either))}"
        )


_OPEN: Final = "blocked eq ' '"
