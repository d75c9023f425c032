"""The floor: what a careful person writes by hand for this one flow, with the same requests and the same table rows.

No maps, no lookups by coupling, no plans, no recovery: customers of F&O become accounts, equal ones are recognised,
changed accounts go back. What is left out is what Koppel is for; what it costs is the ratio.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

from azure.core import MatchConditions
from azure.core.exceptions import ServiceRequestError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient

from tests.bench.by_hand import ACCOUNT_COLUMNS, CUSTOMER_FIELDS, account_of, account_values, customer_values
from tests.bench.plumbing import Web, chunks, quoted, selected

FLOW: Final = "floor"
ORGANIZATION: Final = "PartyType eq 'Organization'"
PAGE: Final = 1000
BATCH: Final = 100
PRINTS: Final = 60 * 24
"""Bytes of fingerprints per coupling: as many as Koppel stores for the sixty lines of this flow."""

Row = Mapping[str, Any]


@dataclass(slots=True)
class Floor:
    """Both systems over plain httpx, and the table over the SDK. lookups: by table, company and code."""

    web: Web
    table: TableClient
    companies: dict[str, str] = field(default_factory=dict)
    lookups: dict[tuple[str, str, str], str] = field(default_factory=dict)

    # -- initial load

    async def load(self) -> int:
        """Creates an account for every customer that has none. How many."""
        await self._read_references()
        made = 0
        async for page in self._customers():
            wanted = [row for row in page if row["PartyType"] == "Organization"]
            numbers = [str(row["CustomerAccount"]) for row in wanted]
            found = await asyncio.gather(*(self._accounts_with(each) for each in chunks(numbers, 60)))
            there = {(row["_msdyn_company_value"], row["accountnumber"]) for rows in found for row in rows}
            new = [row for row in wanted if (self.companies[row["dataAreaId"]], row["CustomerAccount"]) not in there]
            await asyncio.gather(*(self._create(each) for each in chunks(new, BATCH)))
            made += len(new)
        return made

    async def _create(self, rows: Sequence[Row]) -> None:
        """One batch: claimed, created, settled."""
        ids = [str(uuid4()) for _ in rows]
        etags = await self._insert_claims(rows, ids)
        targets = [self._account(row, row_id) for row, row_id in zip(rows, ids, strict=True)]
        url = f"{self.web.dataverse}/accounts/Microsoft.Dynamics.CRM.CreateMultiple?tag=floor"
        await self.web.post(url, {"Targets": targets})
        settled = [
            (self._coupling(row, row_id, customer_values(row)), etag)
            for row, row_id, etag in zip(rows, ids, etags, strict=True)
        ]
        for chunk in chunks(settled, 50):
            operations: list[Any] = []
            for entity, etag in chunk:
                condition = {"etag": etag, "match_condition": MatchConditions.IfNotModified}
                operations.append(("update", entity, {"mode": UpdateMode.REPLACE, **condition}))
                operations.append(("create", self._journal(entity)))
            await submitted(self.table, operations)

    async def _insert_claims(self, rows: Sequence[Row], ids: Sequence[str]) -> list[str]:
        etags: list[str] = []
        for chunk in chunks(list(zip(rows, ids, strict=True)), 50):
            operations: list[Any] = []
            for row, row_id in chunk:
                identity = json.dumps([row["dataAreaId"], row["CustomerAccount"]])
                claim = {"PartitionKey": FLOW, "RowKey": f"d~{row_id}", "state": "claimed", "erp": identity,
                         "intent": "x" * 520, "op": "0" * 16, "since": now(), "busy": now()}  # fmt: skip
                operations.append(("create", claim))
                index = {"PartitionKey": FLOW, "RowKey": _key(row), "dv": row_id, "op": "0" * 16}
                operations.append(("create", index))
            answers = await submitted(self.table, operations)
            etags += [str(answer["etag"]) for answer in answers[::2]]
        return etags

    def _account(self, row: Row, row_id: str) -> dict[str, Any]:
        company = row["dataAreaId"]
        body = account_of(row, lambda table, code: self._lookup(company, table, code))
        body["msdyn_company@odata.bind"] = f"/cdm_companies({self.companies[company]})"
        return {"@odata.type": "Microsoft.Dynamics.CRM.account", "accountid": row_id, **body}

    def _coupling(self, row: Row, row_id: str, values: Sequence[str]) -> dict[str, Any]:
        printed = digest(values)
        identity = json.dumps([row["dataAreaId"], row["CustomerAccount"]])
        prints = (printed * (PRINTS // 8))[:PRINTS]
        return {"PartitionKey": FLOW, "RowKey": f"d~{row_id}", "state": "coupled", "erp": identity, "agreed": prints,
                "ke": printed, "kd": printed, "since": now(), "op": "0" * 16}  # fmt: skip

    def _journal(self, coupling: Row) -> dict[str, Any]:
        key = f"j~{random.getrandbits(63):020d}~{uuid4().hex[:16]}"
        return {"PartitionKey": FLOW, "RowKey": key, "dv": coupling["RowKey"], "what": "created in dataverse",
                "lines": "x" * 2600, "op": "0" * 16}  # fmt: skip

    # -- a pass in which nothing has changed

    async def compare(self) -> int:
        """Reads both sources and the ledger once, and counts what is as agreed."""
        agreed = await self._digests()
        equal = 0
        async for page in self._customers():
            for row in page:
                values = customer_values(row)
                equal += digest(values) in agreed
        async for page in self._accounts():
            for row in page:
                values = account_values(row)
                equal += digest(values) in agreed
        return equal

    async def _digests(self) -> set[bytes]:
        found: set[bytes] = set()
        query = self.table.query_entities(
            "PartitionKey eq @flow and RowKey ge 'd~' and RowKey lt 'd\x7f'",
            parameters={"flow": FLOW}, select=["RowKey", "erp", "state", "ke", "kd", "busy"],
        )  # fmt: skip
        async for page in query.by_page():
            async for entity in page:
                found |= {entity["ke"], entity["kd"]}
        return found

    # -- what has changed

    async def track(self) -> str:
        """Reads all accounts so that the service says where changes begin."""
        delta = ""
        prefer = f"odata.track-changes,odata.maxpagesize={PAGE}"
        url = f"{self.web.dataverse}/accounts?$select={','.join(ACCOUNT_COLUMNS)}"
        async for body in self.web.pages(url, prefer):
            delta = str(body.get("@odata.deltaLink", delta))
        return delta

    async def catch_up(self, delta: str) -> int:
        """Brings changed accounts to F&O: both rows read again, an intent, a conditional write, settled. How many."""
        changed: list[Row] = []
        async for body in self.web.pages(delta, f"odata.track-changes,odata.maxpagesize={PAGE}"):
            changed += [row for row in body["value"] if "reason" not in row]
        for chunk in chunks(changed, BATCH):
            await self._carry_back(chunk)
        return len(changed)

    async def _carry_back(self, rows: Sequence[Row]) -> None:
        couplings = await asyncio.gather(*(self.table.get_entity(FLOW, f"d~{row['accountid']}") for row in rows))
        keys = [json.loads(coupling["erp"]) for coupling in couplings]
        here = [_customer(*key) for key in keys]
        customers = await self.web.batch(self.web.finops, "GET", [f"{url}&{selected(CUSTOMER_FIELDS)}" for url in here])
        there = [f"accounts({row['accountid']})?{selected(ACCOUNT_COLUMNS)}" for row in rows]
        accounts = await self.web.batch(self.web.dataverse, "GET", there)
        intents = [{**coupling, "intent": "x" * 900, "busy": now()} for coupling in couplings]
        etags = await self._replace(intents, [str(coupling.metadata["etag"]) for coupling in couplings])
        bodies = [json.dumps({"OrganizationName": account["name"]}) for account in accounts]
        versions = [str(customer["@odata.etag"]) for customer in customers]
        written = await self.web.batch(self.web.finops, "PATCH", here, bodies, versions)
        settled = [
            {**coupling, "ke": digest(customer_values(row))} for coupling, row in zip(couplings, written, strict=True)
        ]
        journal = [self._journal(coupling) | {"lines": "x" * 200} for coupling in couplings]
        await self._replace(settled, etags, journal)

    async def _replace(
        self, entities: Sequence[Row], etags: Sequence[str], more: Sequence[dict[str, Any]] = ()
    ) -> list[str]:
        """One transaction per fifty entities."""
        result: list[str] = []
        for at in range(0, len(entities), 50):
            operations: list[Any] = [
                ("update", {k: v for k, v in entity.items() if k != "Timestamp"},
                 {"mode": UpdateMode.REPLACE, "etag": etag, "match_condition": MatchConditions.IfNotModified})
                for entity, etag in zip(entities[at : at + 50], etags[at : at + 50], strict=True)
            ]  # fmt: skip
            size = len(operations)
            operations += [("create", each) for each in more[at : at + 50]]
            answers = await submitted(self.table, operations)
            result += [str(answer["etag"]) for answer in answers[:size]]
        return result

    # -- the two systems

    async def _read_references(self) -> None:
        web, base = self.web, self.web.dataverse
        rows = await web.rows(f"{base}/cdm_companies?$select=cdm_companyid,cdm_companycode")
        self.companies = {str(row["cdm_companycode"]).lower(): str(row["cdm_companyid"]) for row in rows}
        codes = {value: key for key, value in self.companies.items()}
        for table, key, row_id in REFERENCES:
            striped = "" if table == "transactioncurrencies" else ",_msdyn_company_value"
            for row in await web.rows(f"{base}/{table}?$select={row_id},{key}{striped}"):
                company = codes[str(row["_msdyn_company_value"])] if striped else ""
                self.lookups[table, company, str(row[key]).lower()] = str(row[row_id])

    def _lookup(self, company: str, table: str, code: str) -> str | None:
        found = self.lookups.get((table, company, code.lower()))
        return found or self.lookups.get((table, "", code.lower()))

    async def _customers(self) -> AsyncIterator[Sequence[Row]]:
        for company in self.companies:
            after = ""
            while True:
                terms = [f"dataAreaId eq '{company}'", ORGANIZATION]
                terms += [f"CustomerAccount gt {quoted(after)}"] if after else []
                options = f"$filter={quote(' and '.join(terms))}&$orderby=CustomerAccount&$top={PAGE}"
                rows = await self.web.rows(
                    f"{self.web.finops}/CustomersV3?cross-company=true&{selected(CUSTOMER_FIELDS)}&{options}"
                )
                yield rows
                if len(rows) < PAGE:
                    break
                after = str(rows[-1]["CustomerAccount"])

    async def _accounts(self) -> AsyncIterator[Sequence[Row]]:
        url = f"{self.web.dataverse}/accounts?{selected(ACCOUNT_COLUMNS)}&$filter=customertypecode eq 3"
        async for body in self.web.pages(url, f"odata.maxpagesize={PAGE}"):
            yield body["value"]

    async def _accounts_with(self, numbers: Sequence[str]) -> Sequence[Row]:
        either = quote(" or ".join(f"accountnumber eq {quoted(number)}" for number in numbers))
        return await self.web.rows(f"{self.web.dataverse}/accounts?{selected(ACCOUNT_COLUMNS)}&$filter={either}")


REFERENCES: Final = (
    ("transactioncurrencies", "isocurrencycode", "transactioncurrencyid"),
    ("msdyn_customergroups", "msdyn_groupid", "msdyn_customergroupid"),
    ("msdyn_paymentterms", "msdyn_name", "msdyn_paymenttermid"),
    ("msdyn_paymentschedules", "msdyn_name", "msdyn_paymentscheduleid"),
    ("msdyn_paymentdays", "msdyn_name", "msdyn_paymentdayid"),
    ("msdyn_customerpaymentmethods", "msdyn_name", "msdyn_customerpaymentmethodid"),
    ("msdyn_vendors", "msdyn_vendoraccountnumber", "msdyn_vendorid"),
)


async def submitted(table: TableClient, operations: list[Any]) -> Sequence[Row]:
    """A transaction; once more if the connection broke before any answer: Azurite drops idle ones after seconds."""
    try:
        return await table.submit_transaction(operations)
    except ServiceRequestError:
        return await table.submit_transaction(operations)


def digest(values: Sequence[str]) -> bytes:
    """The fingerprint of a record."""
    return blake2b("\x1f".join(values).encode(), digest_size=8).digest()


def _customer(company: str, number: str) -> str:
    key = quote(quoted(number), safe="'")
    return f"CustomersV3(dataAreaId='{company}',CustomerAccount={key})?cross-company=true"


def _key(row: Row) -> str:
    return f"e~{row['dataAreaId']}~{quote(str(row['CustomerAccount']).lower(), safe='').replace('%', '=')}"


def now() -> str:
    """The moment, as the ledger writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
