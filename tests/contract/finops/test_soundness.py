"""Whatever is asked, the twin answers in the documented shape, its indexes tell the truth, and undoing undoes."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.emulator.finops import Refusal
from tests.emulator.finops.probe import CROSS, Probe, Said, organization
from tests.emulator.probing import change_set, part
from tests.emulator.wire import Request

ENTITIES = (
    "PaymentDaysCds",
    "PaymentSchedules",
    "PaymentScheduleLines",
    "PaymentTerms",
    "CustomerGroups",
    "CustomersV3",
)
US_1 = "CustomersV3(dataAreaId='usmf',CustomerAccount='US-1')"


def writes(probe: Probe, dice: random.Random) -> None:
    """One random act on a small world, many of which are refused."""
    twin, code, other = probe.twin, dice.choice("aAbBcd"), dice.choice("abcdx")
    company = dice.choice(("usmf", "demf"))
    name = {"dataAreaId": company, "Name": code}
    group = {"dataAreaId": company, "CustomerGroupId": code}
    customer = {"dataAreaId": company, "CustomerAccount": code}
    line = {"dataAreaId": company, "PaymentScheduleName": code, "LineNumber": dice.randint(1, 2)}
    acts = (
        lambda: twin.create("PaymentSchedules", name),
        lambda: twin.create("PaymentScheduleLines", line),
        lambda: twin.create("PaymentTerms", {**name, "PaymentScheduleName": dice.choice((other, ""))}),
        lambda: twin.create("CustomerGroups", {**group, "PaymentTermId": dice.choice((other, ""))}),
        lambda: twin.create("CustomersV3", organization(**customer, CustomerGroupId=other)),
        lambda: twin.update("CustomersV3", customer, {"InvoiceAccount": other, "PaymentTerms": code}),
        lambda: twin.update("PaymentTerms", name, {"PaymentScheduleName": other}),
        lambda: twin.delete("PaymentSchedules", name),
        lambda: twin.delete("PaymentScheduleLines", line),
        lambda: twin.delete("CustomerGroups", group),
        lambda: twin.delete("CustomersV3", customer),
        lambda: twin.rename("PaymentSchedules", name, {"Name": other}),
        lambda: twin.rename("PaymentTerms", name, {"Name": other}),
        lambda: twin.rename("CustomersV3", customer, {"CustomerAccount": other}),
        lambda: twin.load("PaymentTerms", [name]),
    )
    dice.choice(acts)()


def state(probe: Probe) -> list[Any]:
    """Everything that is stored, with versions."""
    tables = (probe.twin.environment.table(name) for name in ENTITIES)
    return [
        [(row.key, row.etag, dict(row.values)) for row in map(table.rows.__getitem__, table.keys)] for table in tables
    ]


def check(probe: Probe) -> None:
    """Keys, order, indexes and references are what the rows say."""
    for name in ENTITIES:
        table = probe.twin.environment.table(name)
        assert table.keys == sorted(table.rows)
        assert all(table.key_of(row.values) == key == row.key for key, row in table.rows.items())
        for field in table.entity.references:
            kept = {value: keys for value, keys in table.index(field.name).items() if keys}
            table._indexes.pop(field.name)
            assert kept == table.index(field.name)
        for row in table.rows.values():
            named = [field.name for field in table.entity.references]
            probe.twin._writer.rules.check(table.entity, row.values, named)


@pytest.mark.parametrize("seed", range(10))
def test_indexes_tell_the_truth(seed: int) -> None:
    """After any acts, keys are in order, indexes are complete and every reference leads somewhere."""
    probe, dice, refused = Probe(), random.Random(seed), 0
    for _ in range(400):
        before = state(probe)
        try:
            writes(probe, dice)
        except Refusal:
            refused += 1
            assert state(probe) == before
    check(probe)
    assert 50 < refused < 390
    assert [each.sequence for each in probe.twin.history] == list(range(1, len(probe.twin.history) + 1))


@pytest.mark.parametrize("seed", range(10))
def test_undoing_undoes(seed: int) -> None:
    """A transaction that fails at its end leaves everything as it was."""
    probe, dice = Probe(), random.Random(seed)
    for _ in range(200):
        with_refusals(probe, dice)
    before, history = state(probe), list(probe.twin.history)

    class EndedError(Exception):
        """The transaction ends."""

    def all_at_once() -> None:
        with probe.twin.environment.transaction():
            for _ in range(50):
                writes(probe, dice)
            raise EndedError

    for _ in range(20):
        with pytest.raises((EndedError, Refusal)):
            all_at_once()
        assert state(probe) == before
    check(probe)
    assert probe.twin.history == history


def with_refusals(probe: Probe, dice: random.Random) -> None:
    try:
        writes(probe, dice)
    except Refusal:
        return


def condition(dice: random.Random, depth: int = 0) -> str:
    """A random filter over keys, codes and other fields."""
    if depth < 3 and dice.random() < 0.5:
        joined = f" {dice.choice(('and', 'or'))} ".join(condition(dice, depth + 1) for _ in range(dice.randint(2, 3)))
        return f"({joined})"
    if dice.random() < 0.1:
        return f"not ({condition(dice, depth + 1)})"
    name = dice.choice(("dataAreaId", "CustomerAccount", "CustomerAccount", "CustomerGroupId", "SalesMemo"))
    value = dice.choice(("usmf", "DEMF")) if name == "dataAreaId" else dice.choice(("A1", "a2", "B1", "b*", "10", ""))
    return f"{name} {dice.choice(('eq', 'eq', 'eq', 'ne', 'gt', 'ge', 'lt', 'le'))} '{value}'"


@pytest.mark.parametrize("seed", range(10))
def test_planned_reads_find_the_same(seed: int) -> None:
    """A filter finds the same rows in the same order, whether keys and indexes help or not."""
    probe, dice = Probe(), random.Random(seed)
    for company in ("usmf", "demf"):
        for code in ("10", "B1"):
            probe.group(code, company)
        rows = [
            organization(
                dataAreaId=company, CustomerAccount=f"{letter}{number}", CustomerGroupId=dice.choice(("10", "B1"))
            )
            for letter in "AbC"
            for number in range(1, 9)
        ]
        probe.twin.load("CustomersV3", rows)
    for _ in range(150):
        text = condition(dice)
        order = dice.choice(
            ("", "&$orderby=CustomerAccount", "&$orderby=CustomerAccount desc", "&$orderby=CustomerGroupId")
        )
        options = f"&{CROSS}&$count=true{order}&$skip={dice.choice((0, 0, 3))}"
        planned = probe.get(f"CustomersV3?$filter={text}{options}")
        scanned = probe.get(f"CustomersV3?$filter=not (not ({text})){options}")
        assert planned.answer.body == scanned.answer.body
        assert paged(probe, f"CustomersV3?$filter={text}{options}") == planned.rows


def paged(probe: Probe, target: str) -> list[Any]:
    """The same rows, read five at a time."""
    rows = []
    while target:
        said = probe.get(target, prefer="odata.maxpagesize=5")
        rows += said.rows
        target = said.json.get("@odata.nextLink", "")
    return rows


HOSTILE = (
    "CustomersV3?$filter=CreditLimit eq 1e99999999999999999999",
    "CustomersV3?$filter=CreditLimit mul 1e999999 mul 1e999999 gt 1",
    "CustomersV3?$filter=CreditLimit mod 0 eq 1",
    "CustomersV3?$filter=" + "CreditLimit add " * 3000 + "1 eq 1",
    "CustomersV3?$filter=CreditLimit eq " + "9" * 6000,
    "CustomersV3?$top=" + "9" * 6000,
    "CustomersV3(dataAreaId='usmf',CustomerAccount='" + "x" * 6000,
    "CustomersV3?$select=" + "x," * 3000,
    "CustomersV3?$skiptoken=%00",
    "CustomersV3(%FF)",
    "%00",
    "CustomersV3?%FF=%FF&$orderby=%FF",
)


@pytest.mark.parametrize("target", HOSTILE)
def test_hostile_address(target: str) -> None:
    """Whatever the address, the answer is a refusal in the documented shape."""
    probe = Probe()
    probe.customer("US-1")
    path, _, query = target.partition("?")
    headers = {"authorization": f"Bearer {probe.token}"}
    query = query.replace(" ", "%20")
    said = Said(probe.twin.handle(Request("GET", f"/data/{path}", query, headers)))
    assert said.refusal[0] in (400, 404)


@pytest.mark.parametrize(
    "body",
    [
        b'{"CreditLimit":1e99999999999999999999}',
        b'{"CreditLimit":1e-99999999999999999999}',
        b'{"OrganizationNumberOfEmployees":' + b"9" * 6000 + b"}",
        b'{"SalesMemo":"\\ud800"}',
        b'{"\\ud800":1}',
        b'{"SalesMemo":"\xed\xa0\x80"}',
        b'{"OnHoldStatus":"\\udfff"}',
        '{"SalesMemo":"x"}'.encode("utf-16"),
        b'\xef\xbb\xbf{"SalesMemo":"x"}',
        b'{"SalesMemo":' + b"[" * 5000 + b"]" * 5000 + b"}",
    ],
)
def test_hostile_body(body: bytes) -> None:
    """Whatever the body, the answer is a refusal in the documented shape."""
    probe = Probe()
    probe.customer("US-1")
    assert probe.patch(US_1, body, content_type="application/json").refusal[0] == 400
    assert probe.twin.history == []


def test_hostile_headers() -> None:
    """Headers that make no sense change nothing."""
    probe = Probe()
    said = probe.get(
        "Currencies", prefer=f"odata.maxpagesize={'9' * 6000}, ,=,;return", if_match="\xff", company="\xff"
    )
    assert len(said.rows) == 2


def test_many_conditions() -> None:
    """Long filters work: a client may ask for many records at once."""
    probe = Probe()
    probe.customer("US-1")
    either = " or ".join(f"CustomerAccount eq 'US-{number}'" for number in range(2000))
    every = " and ".join(f"CustomerAccount ne 'X-{number}'" for number in range(2000))
    stars = f"OrganizationName ne '{'*a' * 50}b'"
    for text in (either, every, stars):
        assert probe.get(f"CustomersV3?$filter={text}").column("CustomerAccount") == ["US-1"]


@pytest.mark.parametrize("seed", range(5))
def test_damaged_batches(seed: int) -> None:
    """A batch that lost or gained bytes is answered in one of the documented ways, whole or part by part."""
    dice = random.Random(seed)
    create = part("POST", "/data/CustomersV3", organization(CustomerGroupId="10"), "1")
    whole = (
        b"--batch_1\r\n"
        + part("GET", "/data/Currencies")
        + b"\r\n--batch_1\r\n"
        + change_set(create)
        + b"\r\n--batch_1--\r\n"
    )
    for _ in range(300):
        probe, body = Probe(), bytearray(whole)
        probe.group()
        for _ in range(dice.randint(1, 3)):
            place = dice.randrange(len(body))
            body[place : place + dice.randint(0, 4)] = dice.randbytes(dice.randint(0, 2))
        said = probe.post("$batch", bytes(body), content_type="multipart/mixed; boundary=batch_1")
        assert said.status in (200, 400)
