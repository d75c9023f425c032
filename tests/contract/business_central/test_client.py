"""Our client against the twin: each understands the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from shared.errors import Denied, Exists, Gone, KoppelError, NoField, Rejected, SignedOut, Stale
from shared.mapping import Entity, entity
from shared.systems import BusinessCentral, Limiter, Observation, Page, Reading
from tests.emulator.business_central.probe import DE, HOST, US, Probe
from tests.emulator.wire import TwinTransport, direct
from tests.unit.systems.worlds import boundaries, connection

CUSTOMERS = entity("business_central", "customers")
RATES = entity("business_central", "currencyExchangeRates")
COLUMNS = ["number", "displayName", "city", "creditLimit", "lastModifiedDateTime"]
NOBODY = "11111111-1111-4111-a111-111111111111"


class Tokens:
    """Signs in as the app."""

    scheme = "Bearer"

    def __init__(self, probe: Probe) -> None:
        self.probe = probe

    async def token(self) -> str:
        return self.probe.token

    async def renew(self) -> None:
        self.probe.pass_time(0)

    async def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def client(probe: Probe) -> BusinessCentral:
    """Our client over the twin."""
    transport = TwinTransport({HOST.removeprefix("http://"): direct(probe.twin)})
    reached = connection(
        transport, base=f"{HOST}/v2.0/Sandbox/api", limiter=Limiter(5, 5), tokens=Tokens(probe)
    )  # fmt: skip
    return BusinessCentral(reached, boundaries())


def identity(probe: Probe, target: str, company: str = DE) -> tuple[str, str]:
    return probe.twin.company(company).id, target[-37:-1]


async def rows(pages: AsyncIterator[Page]) -> tuple[list[Observation], Any]:
    """All rows of all pages, and the mark at the end."""
    found: list[Observation] = []
    mark = None
    async for page in pages:
        found += page.rows
        mark = page.mark or mark
    return found, mark


def codes(found: list[Observation], name: str = "number") -> list[str]:
    return [str(each.row[name]) for each in found]


async def test_who_is_there(probe: Probe, client: BusinessCentral) -> None:
    """The companies by id, and something small that tells whether one may sign in."""
    await client.ping()
    assert await client.companies() == {probe.twin.company(name).id: name for name in (DE, US)}


async def test_a_record(probe: Probe, client: BusinessCentral, c100: str) -> None:
    """Is read, changed at its version, refused at an older one, deleted, and gone."""
    who = identity(probe, c100)
    seen = await client.read(CUSTOMERS, who, COLUMNS)
    assert seen is not None
    assert (seen.row["company"], seen.row["number"]) == (who[0], "C100")
    changed = await client.update(CUSTOMERS, who, {"city": '"Odense"', "creditLimit": "12.50"}, seen.version, COLUMNS)
    assert (changed.row["city"], Decimal(str(changed.row["creditLimit"]))) == ("Odense", Decimal("12.5"))
    with pytest.raises(Stale):
        await client.update(CUSTOMERS, who, {"city": '"Aarhus"'}, seen.version, COLUMNS)
    with pytest.raises(Stale):
        await client.delete(CUSTOMERS, who, seen.version)
    await client.delete(CUSTOMERS, who, changed.version)
    assert await client.read(CUSTOMERS, who, COLUMNS) is None
    await client.confirm_gone(CUSTOMERS, who)
    with pytest.raises(Gone):
        await client.update(CUSTOMERS, who, {"city": '"X"'}, changed.version, COLUMNS)


async def test_a_create(probe: Probe, client: BusinessCentral) -> None:
    """The answer holds the id and the number that the service gave."""
    company = probe.twin.company(US).id
    made = await client.create(CUSTOMERS, {"company": f'"{company}"', "displayName": '"Trey"'}, COLUMNS)
    assert made is not None
    assert (made.row["company"], made.row["number"]) == (company, "C00010")
    seen = await client.read(CUSTOMERS, (company, str(made.row["id"])), COLUMNS)
    assert seen is not None
    assert seen.version == made.version


@pytest.mark.parametrize("size", [2, 150])
async def test_many_at_once(probe: Probe, client: BusinessCentral, size: int) -> None:
    """They travel in batches, and one that is refused holds nobody else up."""
    company = probe.company
    made = await asyncio.gather(
        *(client.create(CUSTOMERS, {"company": f'"{company}"', "number": f'"C{each:05d}"',
                                    "displayName": f'"{"" if each == 1 else "X"}"'}, COLUMNS) for each in range(size)),
        return_exceptions=True,
    )  # fmt: skip
    assert isinstance(made[1], Rejected)
    assert sum(isinstance(each, Observation) for each in made) == size - 1
    assert len(probe.get("customers").rows) == size - 1


@pytest.mark.parametrize(
    ("name", "value", "number"),
    [
        ("number", "a/b & o'c 100%", "A/B & O'C 100%"),
        ("displayName", "ADATUM'S & co", "C100"),
        ("city", "Ærø +1", "C100"),
    ],
)
async def test_searches(probe: Probe, client: BusinessCentral, name: str, value: str, number: str) -> None:
    """By a code or a text, whatever its letter case and marks; in every company, or in one."""
    probe.customer("A/B & O'C 100%")
    probe.customer("C100", displayName="Adatum's & Co", city="Ærø +1")
    condition = (CUSTOMERS.fields[name], value)
    assert codes(await client.find(CUSTOMERS, [condition], COLUMNS)) == [number]
    company = (CUSTOMERS.fields["company"], probe.twin.company(US).id)
    assert await client.find(CUSTOMERS, [company, condition], COLUMNS) == []


async def test_everything(probe: Probe, client: BusinessCentral) -> None:
    """All pages of all companies, and where changes begin."""
    for number in range(5):
        probe.customer(f"C{number}", US if number == 3 else DE)
    found, mark = await rows(client.pages(CUSTOMERS, Reading(COLUMNS, page=2, track=True), None))
    assert sorted(codes(found)) == ["C0", "C1", "C2", "C3", "C4"]
    probe.pass_time(3600)
    probe.twin.update(DE, "customers", probe.twin.id_of(DE, "customers", "C2"), {"city": "Odense"})
    found, mark = await rows(client.changes(CUSTOMERS, Reading(COLUMNS), mark))
    assert "C2" in codes(found)
    probe.pass_time(3600)
    reading = Reading(COLUMNS, companies=[probe.company])
    found, _ = await rows(client.changes(CUSTOMERS, reading, mark))
    assert codes(found) == ["C2"]


async def test_a_change_of_a_long_transaction(probe: Probe, client: BusinessCentral) -> None:
    """It is seen although its stamp is older than what was seen before it."""
    for number in ("C1", "C2"):
        probe.customer(number)
    _, mark = await rows(client.pages(CUSTOMERS, Reading(COLUMNS, track=True), None))
    probe.pass_time(3600)
    probe.twin.update(DE, "customers", probe.twin.id_of(DE, "customers", "C1"), {"city": "Odense"})
    _, mark = await rows(client.changes(CUSTOMERS, Reading(COLUMNS), mark))
    probe.twin.behaviour.late_commits = [300.0]
    probe.twin.update(DE, "customers", probe.twin.id_of(DE, "customers", "C2"), {"city": "Aarhus"})
    found, _ = await rows(client.changes(CUSTOMERS, Reading(COLUMNS), mark))
    assert "C2" in codes(found)


async def test_rates_are_read_from_the_database(probe: Probe, client: BusinessCentral) -> None:
    """Although their page reads from the replica unless it is told otherwise."""
    probe.there("currencies", {"code": "USD"})
    rate = probe.there("currencyExchangeRates", {"currencyCode": "USD", "startingDate": "2025-01-01"})
    probe.twin.behaviour.replica_lag = 3600
    probe.pass_time(60)
    probe.twin.update(DE, "currencyExchangeRates", rate[-37:-1], {"exchangeRateAmount": 2})
    found, _ = await rows(client.pages(RATES, Reading(["exchangeRateAmount"]), None))
    assert [each.row["exchangeRateAmount"] for each in found] == [2]


CASES: list[tuple[dict[str, str], type[KoppelError], str]] = [
    ({"displayName": '""'}, Rejected, ""),
    ({"state": f'"{"x" * 31}"'}, Rejected, "too-long"),
    ({"country": '"XX"'}, Rejected, "not-found"),
    ({"blocked": '"Foo"'}, Rejected, "member"),
    ({"balanceDue": "5"}, Rejected, ""),
    ({"number": '"C200"'}, Exists, ""),
    ({"nothing": "5"}, NoField, ""),
]


@pytest.mark.parametrize(("body", "kind", "cause"), CASES, ids=[next(iter(each[0])) for each in CASES])
async def test_refusals(
    probe: Probe, client: BusinessCentral, c100: str, body: dict[str, str], kind: type[KoppelError], cause: str
) -> None:
    """Are told apart by their codes."""
    probe.customer("C200")
    with pytest.raises(kind) as caught:
        await client.update(CUSTOMERS, identity(probe, c100), body, "*", COLUMNS)
    if isinstance(caught.value, Rejected) and cause:
        assert caught.value.cause == cause


async def test_who_may_not(probe: Probe, client: BusinessCentral, c100: str) -> None:
    """No permission, no company, no app."""
    probe.twin.behaviour.missing_permissions = {"customers"}
    with pytest.raises(Denied):
        await client.read(CUSTOMERS, identity(probe, c100), COLUMNS)
    probe.twin.behaviour.missing_permissions = set()
    probe.twin.close(DE)
    with pytest.raises(Denied):
        await client.confirm_gone(CUSTOMERS, (probe.company, NOBODY))
    probe.twin.behaviour.application = "missing"
    with pytest.raises(SignedOut):
        await client.companies()


async def test_too_many(probe: Probe, client: BusinessCentral) -> None:
    """A 429 without a word of when is waited for and tried again."""
    probe.twin.behaviour.refuse_concurrent = 2
    assert await client.companies()
    probe.twin.behaviour.refuse_busy, probe.twin.behaviour.retry_after = 1, 0
    assert await client.companies()


async def test_all_sets_can_be_read(probe: Probe, client: BusinessCentral) -> None:
    """With every field that their schemas have."""
    probe.customer("C1")
    for name in ("customers", "vendors", "contacts", "items", "currencies", "unitsOfMeasure", "companyInformation"):
        found: Entity = entity("business_central", name)
        shown = [each for each, field in found.fields.items() if not field.elsewhere]
        assert isinstance((await rows(client.pages(found, Reading(shown), None)))[0], list)


async def test_a_link_that_is_lost(probe: Probe, client: BusinessCentral) -> None:
    """The company is read from its beginning."""
    for number in range(4):
        probe.customer(f"C{number}")
    reading = Reading(COLUMNS, companies=[probe.company], page=2)
    first = await anext(aiter(client.pages(CUSTOMERS, reading, None)))
    assert first.cursor is not None
    link = first.cursor["next"].replace("skiptoken=", "skiptoken=x")
    found, _ = await rows(client.pages(CUSTOMERS, reading, {**first.cursor, "next": link}))
    assert codes(found) == ["C0", "C1", "C2", "C3"]
