"""Whom an answer is about: what names another record is nobody's answer, nor are those that came with it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from shared.errors import Denied, Gone, Unanswered
from shared.systems import Finops, Observation
from shared.systems._answers import named, own, to_be
from shared.systems._multipart import Part, PartAnswer
from tests.emulator.mixed_up import KINDS
from tests.unit.systems.dataverse.accounts import ACCOUNTS, CONTACTS, NAMES, account, dataverse, new_id
from tests.unit.systems.dataverse.accounts import known as known_account
from tests.unit.systems.finops.groups import GROUPS, group, version_of
from tests.unit.systems.finops.groups import NAMES as GROUP_NAMES
from tests.unit.systems.finops.groups import known as known_group
from tests.unit.systems.worlds import (
    DataverseWorld,
    FinopsWorld,
    Script,
    all_of,
    answer,
    attempt,
    boundaries,
    connection,
)

pytestmark = pytest.mark.usefixtures("impatient")
MANY = 5
PLACES = range(MANY)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def told(row: dict[str, Any], status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, json={"@odata.etag": 'W/"1"', **row}, headers=headers)


async def kinds_of(*works: Any) -> list[type]:
    return [type(each) for each in await all_of(*works)]


# -- answers that travelled together


@pytest.mark.parametrize("place", PLACES)
async def test_mixed_up_reads_of_dataverse(kind: str, place: int) -> None:
    """No row is taken for another, and none for absent."""
    world = DataverseWorld()
    ids = [known_account(world, f"C-{number}")[0] for number in range(MANY)]
    world.gate.order(kind, path="batch", place=place)
    assert await kinds_of(*(world.client.read(ACCOUNTS, [row_id], NAMES) for row_id in ids)) == [Unanswered] * MANY


@pytest.mark.parametrize("place", PLACES)
async def test_mixed_up_updates_of_dataverse(kind: str, place: int) -> None:
    """Nobody knows which of them were carried out."""
    world = DataverseWorld()
    rows = [known_account(world, f"C-{number}") for number in range(MANY)]
    world.gate.order(kind, path="batch", place=place)
    works = (world.client.update(ACCOUNTS, [row_id], {"name": '"x"'}, version, NAMES) for row_id, version in rows)
    assert await kinds_of(*works) == [Unanswered] * MANY


@pytest.mark.parametrize("place", PLACES)
async def test_mixed_up_creates_of_dataverse(kind: str, place: int) -> None:
    """The ids of rows that were created in bulk are those that were sent, all of them, in their order."""
    world = DataverseWorld()
    world.gate.order(kind, path="CreateMultiple", place=place)
    works = (world.client.create(ACCOUNTS, account(number), NAMES) for number in range(MANY))
    assert await kinds_of(*works) == [Unanswered] * MANY


@pytest.mark.parametrize("place", PLACES)
async def test_mixed_up_reads_of_the_erp(kind: str, place: int) -> None:
    """The same for records of the ERP, by their keys."""
    world = FinopsWorld()
    keys = [known_group(world, str(number)) for number in range(MANY)]
    world.gate.order(kind, path="batch", place=place)
    works = (world.client.read(GROUPS, key, ["Description"]) for key in keys)
    assert await kinds_of(*works) == [Unanswered] * MANY


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("deed", ["update", "delete", "create"])
async def test_mixed_up_writes_of_the_erp(kind: str, place: int, deed: str) -> None:
    """Each write is alone in a change set; its answer repeats its content id, or names its record."""
    world = FinopsWorld()
    world.gate.order(kind, path="batch", place=place)
    if deed == "create":
        works: Any = (world.client.create(GROUPS, group(str(number)), GROUP_NAMES) for number in range(MANY))
    else:
        keys = [known_group(world, str(number)) for number in range(MANY)]
        client, versions = world.client, [version_of(world, key) for key in keys]
        works = (
            client.delete(GROUPS, key, version)
            if deed == "delete"
            else client.update(GROUPS, key, {"Description": '"x"'}, version, GROUP_NAMES)
            for key, version in zip(keys, versions, strict=True)
        )
    assert await kinds_of(*works) == [Unanswered] * MANY


async def test_an_absence_names_its_own_row() -> None:
    """A row that is missing is named by the refusal: where that names another, the answers are mixed up."""
    world = DataverseWorld()
    there = known_account(world, "C-1")[0]
    asked = [new_id(1), new_id(2), there]
    works = [world.client.read(ACCOUNTS, [row_id], NAMES) for row_id in asked]
    assert await kinds_of(*works) == [type(None), type(None), Observation]
    world.gate.order("parts swapped", path="batch", place=1)
    works = [world.client.read(ACCOUNTS, [row_id], NAMES) for row_id in asked]
    assert await kinds_of(*works) == [Unanswered] * len(asked)


async def test_an_absence_names_its_own_table() -> None:
    """A read asks for one row, so whatever else is missing was asked for by somebody else."""
    world = DataverseWorld()
    world.gate.order("parts swapped", path="batch", place=0)
    works = [world.client.read(table, [new_id(1)], [table.id]) for table in (ACCOUNTS, CONTACTS)]
    assert await kinds_of(*works) == [Unanswered] * len(works)


# -- answers that came alone


@pytest.mark.parametrize(
    ("status", "row", "headers"),
    [
        (200, {"accountid": new_id(2)}, {}),
        (200, {"accountid": new_id(1), "@odata.context": "https://x/$metadata#contacts(name)/$entity"}, {}),
        (204, {}, {"odata-entityid": f"https://x/api/data/v9.2/accounts({new_id(2)})"}),
    ],
)
async def test_rows_of_others(status: int, row: dict[str, Any], headers: dict[str, str]) -> None:
    """An id, a table, or a header that names another row is not believed, in whatever answer it stands."""
    client, _ = dataverse(*[told(row, status, **headers)] * 9)
    for work in (
        client.read(ACCOUNTS, [new_id(1)], NAMES),
        client.update(ACCOUNTS, [new_id(1)], {}, "W/", NAMES),
        client.create(ACCOUNTS, account(1), NAMES),
    ):
        assert type(await attempt(work)) is Unanswered


@pytest.mark.parametrize("body", [{"Ids": [new_id(2), new_id(1)]}, {"Ids": [new_id(1)]}, {"Ids": []}, {}])
async def test_ids_of_others(body: dict[str, Any]) -> None:
    """New rows whose ids are not told, or told otherwise, may or may not be there."""
    client, _ = dataverse(httpx.Response(200, json=body))
    works = (client.create(ACCOUNTS, account(number), NAMES) for number in (1, 2))
    assert await kinds_of(*works) == [Unanswered] * 2


async def test_pages_of_others() -> None:
    """Rows of another table answer no search."""
    page = {"@odata.context": "https://x/$metadata#contacts(contactid)", "value": []}
    client, _ = dataverse(*[httpx.Response(200, json=page)] * 9)
    assert type(await attempt(client.query(ACCOUNTS, "name eq 'x'", NAMES))) is Unanswered
    script = Script(*[httpx.Response(200, json={**page, "@odata.context": "https://x/$metadata#PaymentTerms"})] * 9)
    client_of_the_erp = Finops(connection(script), boundaries())
    assert type(await attempt(client_of_the_erp.query(GROUPS, "CustomerGroupId eq '1'", GROUP_NAMES))) is Unanswered


@pytest.mark.parametrize(
    ("key", "believed"), [(["USMF", "10 "], True), (["usmf", "20"], False), (["demf", "10"], False)]
)
async def test_keys_as_the_erp_spells_them(key: list[str], *, believed: bool) -> None:
    """Letter case and trailing blanks make no other record; company and code do."""
    row = told({"dataAreaId": key[0], "CustomerGroupId": key[1]})
    client = Finops(connection(Script(*[row] * 9)), boundaries())
    for work in (client.read(GROUPS, ["usmf", "10"], GROUP_NAMES),
                 client.update(GROUPS, ["usmf", "10"], {}, "W/", GROUP_NAMES),
                 client.create(GROUPS, group("10"), GROUP_NAMES)):  # fmt: skip
        assert isinstance(await attempt(work), Observation if believed else Unanswered)


async def test_a_company_shows_itself_by_its_own_records() -> None:
    """A record of another company is no proof that this one may be seen."""
    world = FinopsWorld()
    known_group(world, "10", "demf")
    await world.client.confirm_gone(GROUPS, ["demf", "99"])
    script = Script(
        httpx.Response(200, json={"value": [{"dataAreaId": "demf"}]}), *[answer(403, content=b'{"error":{}}')] * 9
    )
    with pytest.raises(Denied):
        await Finops(connection(script), boundaries()).confirm_gone(GROUPS, ["usmf", "10"])


# -- what is compared


def part(**about: Any) -> Part:
    return Part("GET", "x", about=named(ACCOUNTS, [new_id(1)]), **about)


@pytest.mark.parametrize("content_ids", [["1", "2"], ["", "2"], ["", ""]])
def test_content_ids_that_are_told(content_ids: list[str]) -> None:
    """They are compared where they are told; where not, the places count."""
    answers = [PartAnswer(204, {}, b"", content_id) for content_id in content_ids]
    assert own([part(), part()], answers) == answers


@pytest.mark.parametrize("content_ids", [["2", "1"], ["1", "1"], ["", "1"], ["1", "3"]])
def test_content_ids_of_others(content_ids: list[str]) -> None:
    """One that is another's makes all of them nobody's."""
    with pytest.raises(Unanswered):
        own([part(), part()], [PartAnswer(204, {}, b"", content_id) for content_id in content_ids])


@pytest.mark.parametrize("number", [0, 1, 3])
def test_the_number_of_answers(number: int) -> None:
    """Fewer or more answers than requests are nobody's."""
    with pytest.raises(Unanswered, match=f"2 requests of a batch got {number} answers"):
        own([part(), part()], [PartAnswer(204, {}, b"")] * number)


def test_what_a_new_record_is_known_by() -> None:
    """By what its body gives of its key; what the system numbers is not known beforehand."""
    assert to_be(GROUPS, {"dataAreaId": '"usmf"', "CustomerGroupId": '""'}).key == {"dataAreaId": "usmf"}
    assert to_be(CONTACTS, {"contactid": f'"{new_id(1)}"', "lastname": '"x"'}).key == {"contactid": new_id(1)}


async def test_refusals_are_still_believed() -> None:
    """An absence that names its row, or none, is one."""
    client, _ = dataverse(answer(404, {"content-type": "application/json"}, b'{"error":{"code":"0x80040217"}}'))
    assert await client.read(ACCOUNTS, [new_id(1)], NAMES) is None
    assert isinstance(client.error(404, b'{"error":{"code":"0x80040217","message":""}}', ACCOUNTS, new_id(1)), Gone)
