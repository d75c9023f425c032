"""The F&O client over the strict twin: every verb, every company, every refusal, and pages that do not lose rows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from shared.errors import (
    CursorLost,
    Denied,
    Exists,
    Gone,
    KoppelError,
    Refused,
    Rejected,
    Stale,
    Throttled,
    TryLater,
    Unanswered,
)
from shared.mapping import Entity, entity
from shared.systems import Finops, Observation, Page, Reading
from tests.unit.systems.worlds import FinopsWorld, Script, answer, boundaries, connection

pytestmark = pytest.mark.usefixtures("impatient")

CUSTOMERS, GROUPS = entity("finops", "CustomersV3"), entity("finops", "CustomerGroups")
AFFIXES, LINES = entity("finops", "NameAffixes"), entity("finops", "PaymentScheduleLines")
CARDS, TERMS = entity("finops", "RetailLoyaltyCards"), entity("finops", "PaymentTerms")
NAMES = ["dataAreaId", "CustomerGroupId", "Description"]
READING = Reading(NAMES, companies=("usmf", "demf"), page=2)


async def attempt(work: Awaitable[Any]) -> Any:
    """What comes of it, a refusal too."""
    try:
        return await work
    except KoppelError as problem:
        return problem


async def all_of(*works: Awaitable[Any]) -> list[Any]:
    """What comes of things asked for in the same turn."""
    return await asyncio.gather(*map(attempt, works))


@pytest.fixture
def world() -> FinopsWorld:
    return FinopsWorld()


def known(world: FinopsWorld, code: str, company: str = "usmf", **values: Any) -> list[str]:
    """A customer group that is there; its identity."""
    world.twin.load("CustomerGroups", [{"dataAreaId": company, "CustomerGroupId": code, **values}])
    return [company, code]


def version_of(world: FinopsWorld, identity: Sequence[str]) -> str:
    return world.twin.etag("CustomerGroups", dict(zip(GROUPS.key, identity, strict=True))) or ""


def description(world: FinopsWorld, identity: Sequence[str]) -> Any:
    row = world.twin.row("CustomerGroups", dict(zip(GROUPS.key, identity, strict=True)))
    return row and row["Description"]


def group(code: str, company: str = "usmf", **more: str) -> dict[str, str]:
    """The body of a new customer group."""
    return {"dataAreaId": f'"{company}"', "CustomerGroupId": f'"{code}"', "Description": '"New"', **more}


# -- reading one record


async def test_read_of_nothing(world: FinopsWorld) -> None:
    """A record that is not there is None."""
    assert await world.client.read(GROUPS, ["usmf", "10"], NAMES) is None


async def test_read_of_an_unknown_entity(world: FinopsWorld) -> None:
    """An entity that this environment does not serve is a rejection: its records must never read as deleted."""
    unknown = Entity("finops", "Frobs", ("FrobId",), {"FrobId": CARDS.fields["CardNumber"]}, "Frob")
    with pytest.raises(Rejected, match="Frobs is not served"):
        await world.client.read(unknown, ["1"], ["FrobId"])


async def test_entities_are_looked_for_once(world: FinopsWorld) -> None:
    """Whether an entity is served is asked once, after the first record that is not there."""
    known(world, "10")
    for code in ("10", "20", "30", "40"):
        await world.client.read(GROUPS, ["usmf", code], NAMES)
    assert [line.count("(") for line in world.arrived.lines] == [1, 1, 0, 1, 1]


@pytest.mark.parametrize("company", ["usmf", "demf", "USMF", "DeMf"])
async def test_read(world: FinopsWorld, company: str) -> None:
    """A record of any company is found, whatever the letter case of its key."""
    known(world, "10", "demf", Description="German")
    known(world, "10", "usmf", Description="American")
    found = await world.client.read(GROUPS, [company, "10"], NAMES)
    assert found is not None
    assert found.row["Description"] == {"usmf": "American", "demf": "German"}[company.lower()]
    assert found.version == version_of(world, [company.lower(), "10"])


HOSTILE = [
    "O'Neil",
    "#1",
    "100%",
    "a&b",
    "a+b",
    "a=b",
    "a,b",
    "(x)",
    "ä",
    "a b",
    "%27",
    "*",
    "a*b",
    "a;b",
    "@p",
    "$x",
    "a/b",
    "a\\b",
    "a?b",
]


@pytest.mark.parametrize("code", HOSTILE)
async def test_read_of_hostile_keys(world: FinopsWorld, code: str) -> None:
    """Whatever characters a code holds, its record is read, and no other."""
    known(world, code.upper())
    known(world, "AXB")
    found = await world.client.read(GROUPS, ["usmf", code], NAMES)
    assert found is not None
    assert found.row["CustomerGroupId"] == code.upper()


@pytest.mark.parametrize("missing", [{"application": "missing"}, {"missing_roles": {"CustomerGroups"}}], ids=str)
async def test_read_without_permission(world: FinopsWorld, missing: Mapping[str, Any]) -> None:
    """A record we may not see is not absent."""
    for name, value in missing.items():
        setattr(world.twin.behaviour, name, value)
    with pytest.raises(Denied):
        await world.client.read(GROUPS, known(world, "10"), NAMES)
    with pytest.raises(Denied):
        await world.client.ping()


async def test_read_of_unknown_fields(world: FinopsWorld) -> None:
    """A field that does not exist is a rejection that names it."""
    with pytest.raises(Rejected, match="Frobnicate"):
        await world.client.read(GROUPS, known(world, "10"), ["Frobnicate"])


@pytest.mark.parametrize(
    "answered",
    [answer(404, {"content-type": "text/html"}, b"<html><h1>404 - File or directory not found.</h1></html>")],
)
async def test_absence_is_never_read_out_of_html(answered: httpx.Response) -> None:
    """A page of a gateway is not F&O saying that a record is gone."""
    client = Finops(connection(Script(answered)), boundaries())
    with pytest.raises(KoppelError):
        await client.read(GROUPS, ["usmf", "10"], NAMES)


async def test_reads_in_the_same_turn(world: FinopsWorld) -> None:
    """Reads asked for together are one request, and each gets its own record, None or refusal."""
    known(world, "10")
    known(world, "20", "demf")
    found = await all_of(
        world.client.read(GROUPS, ["usmf", "10"], NAMES),
        world.client.read(GROUPS, ["usmf", "20"], NAMES),
        world.client.read(GROUPS, ["demf", "20"], NAMES),
        world.client.read(GROUPS, ["demf", "20"], ["Frobnicate"]),
    )
    assert world.arrived.lines == ["POST /data/$batch", "GET /data/CustomerGroups"]
    assert [type(each) for each in found] == [Observation, type(None), Observation, Rejected]


async def test_decimals_are_exact(world: FinopsWorld) -> None:
    """Amounts arrive as they were written, digit by digit."""
    world.probe.customer("US-1", CreditLimit=Decimal("1234567.123456"))
    found = await world.client.read(CUSTOMERS, ["usmf", "US-1"], ["CreditLimit"])
    assert found is not None
    assert found.row["CreditLimit"] == "1234567.123456"


@pytest.mark.parametrize("many", [1, 3])
@pytest.mark.parametrize("kind", ["drop", "answer", "html"])
async def test_reads_without_an_answer(world: FinopsWorld, kind: str, many: int) -> None:
    """Reads that got no answer are asked again, alone or in a batch."""
    identity = known(world, "10")
    world.gate.order(kind, times=2)
    found = await all_of(*(world.client.read(GROUPS, identity, NAMES) for _ in range(many)))
    assert all(isinstance(each, Observation) for each in found)


# -- creating


@pytest.mark.parametrize("company", ["usmf", "demf"])
async def test_create(world: FinopsWorld, company: str) -> None:
    """A new record comes back as it is stored: numbers assigned, codes upper-cased."""
    found = await world.client.create(GROUPS, group("retail", company), NAMES)
    assert found is not None
    assert (found.row["CustomerGroupId"], found.row["dataAreaId"]) == ("RETAIL", company)
    assert found.version == version_of(world, [company, "RETAIL"])


async def test_create_with_a_number_of_its_own(world: FinopsWorld) -> None:
    """A record that F&O numbers comes back with its number."""
    world.probe.group()
    body = {"dataAreaId": '"usmf"', "OrganizationName": '"Fabrikam"', "CustomerGroupId": '"10"',
            "PartyType": '"Organization"'}  # fmt: skip
    found = await world.client.create(CUSTOMERS, body, ["CustomerAccount"])
    assert found is not None
    assert found.row["CustomerAccount"]


BAD: dict[str, tuple[Mapping[str, str], type[KoppelError]]] = {
    "too long": ({"Description": f'"{"x" * 99}"'}, Rejected),
    "unknown field": ({"Frobnicate": '"x"'}, Rejected),
    "unknown member": ({"IsSalesTaxIncludedInPrice": '"Maybe"'}, Rejected),
    "reference to nothing": ({"PaymentTermId": '"NET99"'}, Rejected),
    "code that is there": ({"CustomerGroupId": '"there"'}, Exists),
}


@pytest.mark.parametrize(("bad", "kind"), BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("good", [0, 5])
async def test_one_bad_record(world: FinopsWorld, good: int, bad: Mapping[str, str], kind: type[KoppelError]) -> None:
    """A record that F&O does not take gets its own refusal; it never holds back the others."""
    known(world, "THERE")
    bodies = [group(f"G{number}") for number in range(good)]
    bodies.insert(good // 2, {**group("bad"), **bad})
    found = await all_of(*(world.client.create(GROUPS, body, NAMES) for body in bodies))
    assert type(found.pop(good // 2)) is kind
    assert [each.row["CustomerGroupId"] for each in found] == [f"G{number}" for number in range(good)]
    assert len(world.arrived.requests) == 1


async def test_rejections_say_why(world: FinopsWorld) -> None:
    """The cause inside the Infolog is what a person reads."""
    found = await attempt(world.client.create(GROUPS, {**group("G1"), "PaymentTermId": '"NET99"'}, NAMES))
    assert isinstance(found, Rejected)
    assert "NET99" in str(found)
    assert "Infolog" not in str(found)


@pytest.mark.parametrize("many", [1, 3])
@pytest.mark.parametrize(
    "order",
    [
        {"kind": "drop_after"},
        {"kind": "drop"},
        {"kind": "answer_after", "status": 504},
        {"kind": "answer_after", "status": 500},
        {"kind": "html", "status": 502},
        {"kind": "truncate"},
    ],
    ids=str,
)
async def test_creates_without_an_answer(world: FinopsWorld, order: dict[str, Any], many: int) -> None:
    """A create that got no usable answer is never sent again: F&O would number a second record."""
    world.gate.order(**order)
    found = await all_of(*(world.client.create(GROUPS, group(f"G{number}"), NAMES) for number in range(many)))
    assert [type(each) for each in found] == [Unanswered] * many
    assert len(world.arrived.requests) <= 1


@pytest.mark.parametrize("many", [1, 3])
@pytest.mark.parametrize("pause", ["0.005", None])
async def test_creates_while_throttled(world: FinopsWorld, many: int, pause: str | None) -> None:
    """Throttled creates were not read: they are sent again, and carried out once; with or without Retry-After."""
    world.gate.order("answer", status=429, retry_after=pause, times=2)
    found = await all_of(*(world.client.create(GROUPS, group(f"G{number}"), NAMES) for number in range(many)))
    assert all(isinstance(each, Observation) for each in found)
    assert len(list(world.twin.rows("CustomerGroups"))) == many


async def test_deadlock(world: FinopsWorld) -> None:
    """A write that lost a deadlock was not carried out and may be tried later."""
    world.twin.behaviour.deadlock = 1
    with pytest.raises(Throttled):
        await world.client.create(GROUPS, group("G1"), NAMES)
    assert list(world.twin.rows("CustomerGroups")) == []


# -- updating


@pytest.mark.parametrize("company", ["usmf", "demf"])
async def test_update(world: FinopsWorld, company: str) -> None:
    """An update sends only the fields given, and answers with the record as stored and its new version."""
    identity = known(world, "10", company)
    version = version_of(world, identity)
    found = await world.client.update(GROUPS, identity, {"Description": '"New"'}, version, NAMES)
    assert found.row["Description"] == "New"
    assert found.version == version_of(world, identity) != version
    assert world.twin.history[-1].sent == ("Description",)


async def test_update_of_a_changed_record(world: FinopsWorld) -> None:
    """A record that somebody changed since is left alone, however F&O puts it."""
    identity = known(world, "10", Description="Old")
    version = version_of(world, identity)
    world.twin.update("CustomerGroups", dict(zip(GROUPS.key, identity, strict=True)), {"Description": "Theirs"})
    with pytest.raises(Stale):
        await world.client.update(GROUPS, identity, {"Description": '"Ours"'}, version, NAMES)
    world.twin.behaviour.update_conflict = 1
    with pytest.raises(Stale):
        await world.client.update(GROUPS, identity, {"Description": '"Ours"'}, version_of(world, identity), NAMES)
    assert description(world, identity) == "Theirs"


@pytest.mark.parametrize("status", [400, 404])
async def test_update_of_nothing(world: FinopsWorld, status: int) -> None:
    """A record that is gone stays gone."""
    world.twin.behaviour.missing_row_status["CustomerGroups"] = status
    with pytest.raises(Gone):
        await world.client.update(GROUPS, ["usmf", "10"], {"Description": '"Ours"'}, 'W/"x"', NAMES)
    with pytest.raises(Gone):
        await world.client.delete(GROUPS, ["usmf", "10"], 'W/"x"')
    assert list(world.twin.rows("CustomerGroups")) == []


async def test_updates_in_the_same_turn(world: FinopsWorld) -> None:
    """Updates asked for together are one request; each succeeds or fails by itself, and the rest is carried out."""
    rows = [known(world, str(number), Description="Old") for number in range(5)]
    versions = [version_of(world, identity) for identity in rows]
    keys = [dict(zip(GROUPS.key, identity, strict=True)) for identity in rows]
    world.twin.update("CustomerGroups", keys[1], {"Description": "Theirs"})
    world.twin.delete("CustomerGroups", keys[2])
    bodies = [{"Description": '"Ours"'}] * 3 + [{"Description": f'"{"x" * 99}"'}, {"Description": '"Ours"'}]
    found = await all_of(
        *(
            world.client.update(GROUPS, identity, body, version, NAMES)
            for identity, body, version in zip(rows, bodies, versions, strict=True)
        )
    )
    assert [type(each) for each in found] == [Observation, Stale, Gone, Rejected, Observation]
    assert world.arrived.lines == ["POST /data/$batch"]
    assert [description(world, identity) for identity in rows] == ["Ours", "Theirs", None, "Old", "Ours"]


async def test_a_batch_that_ends_early() -> None:
    """Requests that a batch answer says nothing about are unanswered, those it tells of are not."""
    content = b"--r\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 412 Precondition Failed\r\n\r\n{}\r\n--r--\r\n"
    script = Script(answer(412, {"content-type": "multipart/mixed; boundary=r"}, content))
    client = Finops(connection(script), boundaries())
    found = await all_of(*(client.update(GROUPS, ["usmf", str(number)], {}, "W/", NAMES) for number in range(3)))
    assert [type(each) for each in found] == [Stale, Unanswered, Unanswered]


async def test_batches_ask_to_go_on(world: FinopsWorld) -> None:
    """A batch says that one failed request must not keep the others from being carried out."""
    await all_of(*(world.client.read(GROUPS, ["usmf", str(number)], NAMES) for number in range(2)))
    assert "odata.continue-on-error" in world.arrived.requests[0].headers.get("prefer", "")


async def test_a_batch_answered_by_a_page() -> None:
    """A gateway's page in place of a batch answer leaves every write in it unanswered."""
    script = Script(answer(502, {"content-type": "text/html"}, b"<html></html>"))
    client = Finops(connection(script), boundaries())
    found = await all_of(*(client.update(GROUPS, ["usmf", str(number)], {}, "W/", NAMES) for number in range(3)))
    assert [type(each) for each in found] == [Unanswered] * 3
    assert len(script.requests) == 1


async def test_success_without_the_row() -> None:
    """An update that F&O answers with 204 succeeded, whether or not it was asked for the row."""
    client = Finops(connection(Script(answer(204), answer(204))), boundaries())
    for work in (client.update(GROUPS, ["usmf", "10"], {}, "W/", NAMES), client.create(GROUPS, {}, NAMES)):
        assert not isinstance(await attempt(work), Rejected)


# -- deleting


async def test_delete(world: FinopsWorld) -> None:
    """A record is deleted at the version that was seen, and at no other."""
    identity = known(world, "10", "demf")
    version = version_of(world, identity)
    world.twin.update("CustomerGroups", dict(zip(GROUPS.key, identity, strict=True)), {"Description": "Theirs"})
    with pytest.raises(Stale):
        await world.client.delete(GROUPS, identity, version)
    await world.client.delete(GROUPS, identity, version_of(world, identity))
    assert list(world.twin.rows("CustomerGroups")) == []


async def test_delete_that_is_restricted(world: FinopsWorld) -> None:
    """A record that others need is not deleted; the refusal is a rejection."""
    world.probe.customer("US-1")
    identity = ["usmf", "10"]
    found = await attempt(world.client.delete(GROUPS, identity, version_of(world, identity)))
    assert type(found) is Rejected


async def test_every_request_crosses_companies(world: FinopsWorld) -> None:
    """Whatever is asked for, alone, in a batch or in a page, may lie in any company."""
    client, identity = world.client, known(world, "10", "demf")
    await client.read(GROUPS, identity, NAMES)
    await all_of(*(client.read(GROUPS, identity, NAMES) for _ in range(2)))
    await client.create(GROUPS, group("20", "demf"), NAMES)
    await client.update(GROUPS, identity, {"Description": '"x"'}, version_of(world, identity), NAMES)
    await client.find(GROUPS, [(GROUPS.fields["Description"], "x")], NAMES)
    [page async for page in client.pages(GROUPS, READING, None)]
    await client.delete(GROUPS, identity, version_of(world, identity))
    await client.ping()
    assert len(world.parts) >= 9
    assert all("cross-company=true" in part for part in world.parts)


# -- searching


def code_is(value: str, company: str = "usmf") -> list[Any]:
    return [(GROUPS.fields["dataAreaId"], company), (GROUPS.fields["CustomerGroupId"], value)]


def described(value: str, company: str = "usmf") -> list[Any]:
    return [(GROUPS.fields["dataAreaId"], company), (GROUPS.fields["Description"], value)]


@pytest.mark.parametrize("value", ["RETAIL", "retail", "Retail  "])
async def test_find_by_key(world: FinopsWorld, value: str) -> None:
    """A record is found by its key without regard to letter case and trailing blanks."""
    known(world, "RETAIL")
    (found,) = await world.client.find(GROUPS, code_is(value.rstrip()), NAMES)
    assert found.row["CustomerGroupId"] == "RETAIL"


@pytest.mark.parametrize(("value", "expected"), [("A*", ["A*"]), ("*", []), ("A*B", []), ("AXB", ["AXB"])])
@pytest.mark.parametrize("by", [code_is, described], ids=["key", "field"])
async def test_wildcards_mean_nothing(world: FinopsWorld, by: Any, value: str, expected: list[str]) -> None:
    """F&O takes an asterisk for anything; a search for a code with one finds that code alone."""
    for code in ("A*", "AXB", "AYB"):
        known(world, code, Description=code)
    found = await world.client.find(GROUPS, by(value), NAMES)
    assert [each.row["CustomerGroupId"] for each in found] == expected


async def test_wildcards_beside_others(world: FinopsWorld) -> None:
    """A code with an asterisk takes nothing from searches that share its request, and gives nothing to them."""
    for code in ("A*", "AXB"):
        known(world, code, Description=code)
    found = await all_of(*(world.client.find(GROUPS, described(value), NAMES) for value in ("A*", "AXB", "none")))
    assert [[each.row["CustomerGroupId"] for each in rows] for rows in found] == [["A*"], ["AXB"], []]
    assert len(world.arrived.requests) == 1


@pytest.mark.parametrize("value", [each for each in HOSTILE if "*" not in each])
async def test_find_hostile_values(world: FinopsWorld, value: str) -> None:
    """Whatever characters a text holds, its record is found, and no other."""
    known(world, "10", Description=value)
    known(world, "20", Description="other")
    (found,) = await world.client.find(GROUPS, described(value), NAMES)
    assert found.row["CustomerGroupId"] == "10"


async def test_find_in_one_company(world: FinopsWorld) -> None:
    """The same text in two companies is two records; a search names its company."""
    known(world, "10", Description="Same")
    known(world, "20", "demf", Description="Same")
    found = await all_of(*(world.client.find(GROUPS, described("same", each), NAMES) for each in ("usmf", "demf")))
    assert [[each.row["CustomerGroupId"] for each in rows] for rows in found] == [["10"], ["20"]]


async def test_find_by_enumeration_and_number(world: FinopsWorld) -> None:
    """Enumerations and numbers are compared as such, not as texts."""
    known(world, "10", IsSalesTaxIncludedInPrice="Yes")
    known(world, "20", IsSalesTaxIncludedInPrice="No")
    conditions = [(GROUPS.fields["dataAreaId"], "usmf"), (GROUPS.fields["IsSalesTaxIncludedInPrice"], "Yes")]
    (found,) = await world.client.find(GROUPS, conditions, [*NAMES, "IsSalesTaxIncludedInPrice"])
    assert found.row["CustomerGroupId"] == "10"
    world.twin.load(
        "PaymentTerms", [{"dataAreaId": "usmf", "Name": f"N{days}", "NumberOfDays": days} for days in (10, 30)]
    )
    (found,) = await world.client.find(TERMS, [(TERMS.fields["NumberOfDays"], "30")], ["Name", "NumberOfDays"])
    assert found.row["Name"] == "N30"


# -- pages


async def pages_of(
    world: FinopsWorld, reading: Reading = READING, cursor: Mapping[str, Any] | None = None
) -> list[Page]:
    return [page async for page in world.client.pages(GROUPS, reading, cursor)]


def codes_of(pages: Sequence[Page]) -> list[tuple[str, str]]:
    return [(row.row["dataAreaId"], row.row["CustomerGroupId"]) for page in pages for row in page.rows]


ROWS = [("usmf", code) for code in ("1", "10", "2", "A", "AA")] + [("demf", code) for code in ("1", "B")]


@pytest.fixture
def filled(world: FinopsWorld) -> FinopsWorld:
    for company, code in ROWS:
        known(world, code, company)
    return world


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
async def test_pages(filled: FinopsWorld, size: int) -> None:
    """A pass reads every row once, company by company in key order; only the last page has no cursor."""
    pages = await pages_of(filled, Reading(NAMES, companies=("usmf", "demf"), page=size))
    assert codes_of(pages) == ROWS
    assert all(len(page.rows) <= size for page in pages)
    assert [page.cursor is None for page in pages] == [False] * (len(pages) - 1) + [True]
    assert all(row.version for page in pages for row in page.rows)


async def test_pages_of_nothing(world: FinopsWorld) -> None:
    """Empty companies are read to their end."""
    pages = await pages_of(world)
    assert codes_of(pages) == []
    assert pages[-1].cursor is None


async def test_pages_go_on_anywhere(filled: FinopsWorld) -> None:
    """From the cursor behind any page the rest is read, and nothing twice."""
    pages = await pages_of(filled)
    for place, page in enumerate(pages[:-1]):
        assert page.cursor is not None
        assert codes_of(await pages_of(filled, cursor=dict(page.cursor))) == codes_of(pages[place + 1 :])


async def test_rows_that_move_while_we_read(filled: FinopsWorld) -> None:
    """Rows inserted and deleted before the place we are at lose and double nothing of the rest."""
    seen: list[tuple[str, str]] = []
    async for page in filled.client.pages(GROUPS, READING, None):
        seen += codes_of([page])
        if seen[-1] == ("usmf", "10"):
            known(filled, "0")
            filled.twin.delete("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": "1"})
            known(filled, "9")
    assert seen == [*ROWS[:3], ("usmf", "9"), *ROWS[3:]]


@pytest.mark.parametrize("most", [1, 2, 3])
async def test_servers_with_smaller_pages(filled: FinopsWorld, most: int) -> None:
    """A server that gives fewer rows than asked for, and a link, loses nothing."""
    filled.twin.behaviour.max_page_size = most
    assert codes_of(await pages_of(filled, Reading(NAMES, companies=("usmf", "demf"), page=3))) == ROWS


@pytest.mark.parametrize("code", ["O'NEIL", "A&B", "100%", "A B", "A+B", "#1", "A*", "Ä"])
async def test_pages_behind_hostile_codes(world: FinopsWorld, code: str) -> None:
    """A page may end at any code: the next one begins behind it."""
    for each in (code, code + "X"):
        known(world, each)
    pages = await pages_of(world, Reading(NAMES, companies=("usmf",), page=1))
    assert codes_of(pages) == [("usmf", code), ("usmf", code + "X")]


async def test_pages_in_scope(filled: FinopsWorld) -> None:
    """A filter is pushed to the server together with company and place."""
    known(filled, "A", Description="O'Neil & Söhne")
    reading = Reading(NAMES, "Description eq 'O''Neil & Söhne'", ("usmf", "demf"), page=1)
    assert codes_of(await pages_of(filled, reading)) == [("usmf", "A")]


async def test_companies_that_change_during_a_pass(filled: FinopsWorld) -> None:
    """A pass goes on in the company it was in, also if the list of companies is another by now."""
    (*_, last) = [page for page in await pages_of(filled) if page.rows and page.rows[0].row["dataAreaId"] == "usmf"]
    assert last.cursor is not None
    rest = await pages_of(filled, Reading(NAMES, companies=("demf",), page=2), dict(last.cursor))
    assert codes_of(rest) == [("demf", "1"), ("demf", "B")]


async def test_pages_of_all_companies(filled: FinopsWorld) -> None:
    """A reading that names no companies means all of them: never an empty pass that looks like an empty table."""
    assert sorted(codes_of(await pages_of(filled, Reading(NAMES, page=2)))) == sorted(ROWS)


async def test_companies_that_join_during_a_pass(filled: FinopsWorld) -> None:
    """A company that joins is read after the one that the pass was in; those that are done are not read again."""
    pages = await pages_of(filled)
    (cursor,) = [page.cursor for page in pages if codes_of([page]) == ROWS[2:4]]
    assert cursor is not None
    rest = await pages_of(filled, Reading(NAMES, companies=("demf", "usmf"), page=2), dict(cursor))
    assert codes_of(rest) == ROWS[4:]
    nothing = await pages_of(filled, Reading(NAMES, companies=("usmf",), page=2), dict(pages[-2].cursor or {}))
    assert codes_of(nothing) == []
    assert nothing[-1].cursor is None


async def test_pages_of_all_companies_go_on_anywhere(world: FinopsWorld) -> None:
    """The same code in many companies, more of them than a page holds, is neither lost nor doubled."""
    for company in ("usmf", "demf"):
        for code in ("1", "2"):
            known(world, code, company)
    reading = Reading(NAMES, page=1)
    pages = await pages_of(world, reading)
    assert codes_of(pages) == [("demf", "1"), ("demf", "2"), ("usmf", "1"), ("usmf", "2")]
    for place, page in enumerate(pages[:-1]):
        assert page.cursor is not None
        assert codes_of(await pages_of(world, reading, dict(page.cursor))) == codes_of(pages[place + 1 :])


async def test_keys_of_several_parts_that_move_while_we_read(world: FinopsWorld) -> None:
    """A key of several parts is compared part by part: rows that come and go behind us lose and double nothing."""
    names = ["dataAreaId", "PaymentScheduleName", "LineNumber"]
    for name in ("A", "B", "C"):
        world.twin.load("PaymentSchedules", [{"dataAreaId": "usmf", "Name": name}])

    def line(name: str, number: int) -> dict[str, Any]:
        return {"dataAreaId": "usmf", "PaymentScheduleName": name, "LineNumber": number}

    world.twin.load("PaymentScheduleLines", [line(name, number) for name in ("A", "B") for number in (1, 2, 3)])
    seen: list[tuple[str, int]] = []
    async for page in world.client.pages(LINES, Reading(names, companies=("usmf",), page=2), None):
        seen += [(row.row["PaymentScheduleName"], int(Decimal(row.row["LineNumber"]))) for row in page.rows]
        if seen[-1] == ("A", 2):
            world.twin.delete("PaymentScheduleLines", line("A", 1))
            world.twin.load("PaymentScheduleLines", [line("A", 0), line("C", 1)])
    assert seen == [("A", 1), ("A", 2), ("A", 3), ("B", 1), ("B", 2), ("B", 3), ("C", 1)]


async def test_pages_of_global_entities(world: FinopsWorld) -> None:
    """An entity without companies is read by its key alone."""
    for number in range(5):
        world.twin.load("RetailLoyaltyCards", [{"CardNumber": f"C{number}"}])
    reading = Reading(["CardNumber"], companies=("usmf",), page=2)
    pages = [page async for page in world.client.pages(CARDS, reading, None)]
    assert [row.row["CardNumber"] for page in pages for row in page.rows] == [f"C{number}" for number in range(5)]


async def test_pages_of_keys_that_cannot_be_compared(world: FinopsWorld) -> None:
    """An entity whose key is an enumeration or has several parts is read over the server's links, in scope."""
    world.twin.behaviour.max_page_size = 2
    rows = [{"Type": "PersonalPrefix", "Affix": f"A{number}"} for number in range(5)]
    world.twin.load("NameAffixes", rows)
    pages = [page async for page in world.client.pages(AFFIXES, Reading(["Type", "Affix"], page=2), None)]
    assert sorted(row.row["Affix"] for page in pages for row in page.rows) == [f"A{number}" for number in range(5)]
    assert pages[-1].cursor is None


async def test_pages_of_several_companies_over_links(world: FinopsWorld) -> None:
    """Entities read over links keep to the companies that were asked for."""
    for company in ("usmf", "demf"):
        world.twin.load("PaymentSchedules", [{"dataAreaId": company, "Name": "Q"}])
        world.twin.load("PaymentScheduleLines", [
            {"dataAreaId": company, "PaymentScheduleName": "Q", "LineNumber": number} for number in (1, 2)
        ])  # fmt: skip
    for companies, count in ((("usmf",), 2), (("usmf", "demf"), 4), ((), 4)):
        reading = Reading(["dataAreaId", "LineNumber"], companies=companies)
        pages = [page async for page in world.client.pages(LINES, reading, None)]
        assert sum(len(page.rows) for page in pages) == count


async def test_pages_outlive_their_token(filled: FinopsWorld) -> None:
    """A token that runs out in the midst of a pass is renewed, and the pass goes on where it was."""
    seen: list[tuple[str, str]] = []
    async for page in filled.client.pages(GROUPS, READING, None):
        seen += codes_of([page])
        filled.probe.now += timedelta(hours=2)
    assert seen == ROWS
    assert filled.tokens.renewals >= 3


@pytest.mark.parametrize("kind", ["drop", "answer", "html"])
async def test_pages_without_an_answer(filled: FinopsWorld, kind: str) -> None:
    """A page that got no answer is asked for again."""
    filled.gate.order(kind, skip=1, times=2)
    assert codes_of(await pages_of(filled)) == ROWS


async def test_pages_without_permission(filled: FinopsWorld) -> None:
    """A table we may not read is not empty."""
    filled.twin.behaviour.missing_roles.add("CustomerGroups")
    with pytest.raises(Denied):
        await pages_of(filled)


async def test_changes(world: FinopsWorld) -> None:
    """F&O has no change feed: whoever asks is told to read everything."""
    with pytest.raises(CursorLost):
        [page async for page in world.client.changes(GROUPS, READING, {})]


BASE = "https://contoso.operations.dynamics.com/data"


def linked(*links: str) -> tuple[Finops, Script]:
    script = Script(*(httpx.Response(200, json={"value": [], "@odata.nextLink": link}) for link in links))
    return Finops(connection(script, base=BASE), boundaries()), script


@pytest.mark.parametrize("link", ["https://evil.example/data/CustomerGroups?$skiptoken=1", "//evil.example/data",
                                  "https://contoso.operations.dynamics.com.evil.example/data"])  # fmt: skip
async def test_links_to_other_hosts(link: str) -> None:
    """A link that leads away is refused: our token goes with it."""
    client, script = linked(link)
    with pytest.raises(Refused):
        await client.query(GROUPS, "", NAMES)
    assert len(script.requests) == 1


async def test_links_that_go_in_circles() -> None:
    """A page that links to itself ends the pass with an error instead of going on for ever."""
    client, script = linked(*[f"{BASE}/CustomerGroups?$skiptoken=1"] * 9)
    with pytest.raises(Unanswered, match="same page link"):
        await client.query(GROUPS, "", NAMES)
    assert len(script.requests) == 2


async def test_ping_of_nobody() -> None:
    """If nobody is there, a ping says: later."""
    client = Finops(connection(Script(*[httpx.ConnectError("refused")] * 9)), boundaries())
    with pytest.raises(TryLater):
        await client.ping()


async def test_throttled_by_the_twin(world: FinopsWorld) -> None:
    """The limits of the service are obeyed: what is refused unread is sent again, and answered in the end."""
    world.twin.behaviour.refuse_busy = 2
    world.twin.behaviour.retry_after = False
    assert await world.client.read(GROUPS, known(world, "10"), NAMES) is not None
