"""Pages: how many rows at most, how the next page is found, and what may go wrong between two pages."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

import pytest

from tests.emulator.finops.probe import CROSS, HOST, Probe


@pytest.fixture
def probe() -> Probe:
    """Seven customers in two companies, and pages of at most three."""
    probe = Probe()
    for number in range(1, 6):
        probe.customer(f"US-{number}", CreditLimit=number % 2, OrganizationName=f"Name {9 - number}")
    for number in (1, 2):
        probe.customer(f"DE-{number}", "demf")
    probe.twin.behaviour.max_page_size = 3
    return probe


def pages(probe: Probe, target: str, **headers: str) -> Iterator[list[str]]:
    """The accounts of each page, following links as they are."""
    following = target
    while following:
        said = probe.get(following, **headers)
        assert said.status == 200, said.text
        yield said.column("CustomerAccount")
        following = said.json.get("@odata.nextLink", "")
        assert not following or following.startswith(f"{HOST}/data/CustomersV3?")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", ["US-1 US-2 US-3", "US-4 US-5"]),
        ("$top=3", ["US-1 US-2 US-3"]),
        ("$top=4", ["US-1 US-2 US-3", "US-4"]),
        ("$top=0", [""]),
        ("$skip=1", ["US-2 US-3 US-4", "US-5"]),
        ("$skip=1&$top=4", ["US-2 US-3 US-4", "US-5"]),
        ("$skip=9", [""]),
        (f"{CROSS}", ["DE-1 DE-2 US-1", "US-2 US-3 US-4", "US-5"]),
        (f"{CROSS}&$orderby=CustomerAccount desc", ["US-5 US-4 US-3", "US-2 US-1 DE-2", "DE-1"]),
        ("$orderby=OrganizationName", ["US-5 US-4 US-3", "US-2 US-1"]),
        ("$orderby=CreditLimit desc", ["US-1 US-3 US-5", "US-2 US-4"]),
        ("$orderby=CreditLimit,OrganizationName&$skip=1", ["US-2 US-5 US-3", "US-1"]),
        ("$filter=CreditLimit eq 1", ["US-1 US-3 US-5"]),
        (f"$filter=dataAreaId eq 'usmf'&{CROSS}&$orderby=CustomerAccount", ["US-1 US-2 US-3", "US-4 US-5"]),
        (f"{CROSS}&$orderby=dataAreaId,CustomerAccount", ["DE-1 DE-2 US-1", "US-2 US-3 US-4", "US-5"]),
    ],
)
@pytest.mark.parametrize("count", ["", "&$count=true"])
def test_links(probe: Probe, options: str, expected: list[str], count: str) -> None:
    """Following the links gives every row once, in the order asked for."""
    assert [" ".join(page) for page in pages(probe, f"CustomersV3?{options}{count}")] == expected


def test_count_stays(probe: Probe) -> None:
    """The total is the same on every page."""
    first = probe.get("CustomersV3?$count=true&$orderby=OrganizationName")
    second = probe.get(first.json["@odata.nextLink"])
    assert first.json["@odata.count"] == second.json["@odata.count"] == 5


def test_link_keeps_the_options(probe: Probe) -> None:
    """A link repeats what was asked, with a token in the place of what was skipped."""
    link = unquote(probe.get(f"CustomersV3?{CROSS}&$select=CustomerAccount&$skip=1&$top=5").json["@odata.nextLink"])
    assert f"?{CROSS}&$select=CustomerAccount&$top=2&$skiptoken=" in link
    assert "$skip=" not in link


@pytest.mark.parametrize(
    ("wish", "size", "granted"),
    [
        ("odata.maxpagesize=2", 2, "odata.maxpagesize=2"),
        ("return=representation, odata.maxpagesize=2", 2, "odata.maxpagesize=2"),
        ("odata.maxpagesize=50", 3, "odata.maxpagesize=3"),
        ("odata.maxpagesize=0", 3, None),
        ("odata.maxpagesize=x", 3, None),
        ("", 3, None),
    ],
)
def test_page_size(probe: Probe, wish: str, size: int, granted: str | None) -> None:
    """A caller may ask for smaller pages, never for larger ones."""
    said = probe.get("CustomersV3", prefer=wish)
    assert len(said.rows) == size
    assert said.headers.get("preference-applied") == granted


def test_documented_page_size() -> None:
    """At most 10,000 rows come at once."""
    probe = Probe()
    names = [f"{number:06d}" for number in range(10_001)]
    probe.twin.load("PaymentTerms", [{"dataAreaId": "usmf", "Name": name} for name in names])
    first = probe.get("PaymentTerms?$select=Name&$top=20000")
    assert first.column("Name") == names[:10_000]
    last = probe.get(first.json["@odata.nextLink"])
    assert last.column("Name") == names[10_000:]
    assert "@odata.nextLink" not in last.json


@pytest.mark.parametrize("token", ["", "x", "W10", "W1tdLFtdXQ", "bnVsbA", "WzEsMl0", "W1tdLFsiIl1d"])
def test_bad_token(probe: Probe, token: str) -> None:
    """A token that was not given out is refused."""
    assert probe.get(f"CustomersV3?$skiptoken={token}").refusal[0] == 400


def test_token_of_another_order(probe: Probe) -> None:
    """A token only fits the order that it was given out for."""
    link = unquote(probe.get("CustomersV3?$orderby=CreditLimit").json["@odata.nextLink"])
    assert probe.get(link.replace("$orderby=CreditLimit&", "")).refusal[0] == 400


def test_rows_that_come_and_go(probe: Probe) -> None:
    """Links go on behind the last row, whatever was written meanwhile."""
    following = pages(probe, "CustomersV3")
    assert next(following) == ["US-1", "US-2", "US-3"]
    probe.twin.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": "US-3"})
    probe.customer("US-0")
    probe.customer("US-31")
    assert list(following) == [["US-31", "US-4", "US-5"]]


@pytest.mark.parametrize(("shift", "second"), [("repeat", "US-3 US-4 US-5"), ("skip", "US-5")])
def test_shifted_pages(probe: Probe, shift: str, second: str) -> None:
    """On order, one page boundary repeats a row or leaves one out."""
    probe.twin.behaviour.page_shift.append(shift)  # type: ignore[arg-type] # parametrised text
    assert [" ".join(page) for page in pages(probe, "CustomersV3")] == ["US-1 US-2 US-3", second]
    assert [" ".join(page) for page in pages(probe, "CustomersV3")] == ["US-1 US-2 US-3", "US-4 US-5"]


def test_reading_by_key(probe: Probe) -> None:
    """Asking for what comes after the last key reads everything, without links."""
    read: list[str] = []
    while True:
        after = f" and CustomerAccount gt '{read[-1]}'" if read else ""
        options = f"$filter=dataAreaId eq 'usmf'{after}&$orderby=CustomerAccount&$top=2&{CROSS}"
        said = probe.get(f"CustomersV3?{options}")
        assert "@odata.nextLink" not in said.json
        if not said.rows:
            break
        read += said.column("CustomerAccount")
    assert read == ["US-1", "US-2", "US-3", "US-4", "US-5"]


def test_a_row_that_fails_takes_its_page_along(probe: Probe) -> None:
    """A computed field that fails answers 500 for every page that holds its row; keys alone can still be read."""
    probe.twin.behaviour.broken_rows["CustomersV3"] = lambda row: row["CustomerAccount"] == "US-2"
    asked = "$select=CustomerAccount{more}&$filter=dataAreaId eq 'usmf'&$orderby=CustomerAccount"
    said = probe.get(f"CustomersV3?{CROSS}&{asked.format(more=',OrganizationName')}")
    assert (said.status, "innererror" in said.json["error"]) == (500, True)
    assert probe.get(f"CustomersV3?{CROSS}&{asked.format(more='')}").status == 200
    one = f"CustomersV3(dataAreaId='usmf',CustomerAccount='US-{{}}')?{CROSS}"
    assert [probe.get(one.format(number)).status for number in (1, 2)] == [200, 500]


def test_a_set_that_fails_answers_nothing(probe: Probe) -> None:
    probe.twin.behaviour.broken_sets.add("CustomersV3")
    assert probe.get(f"CustomersV3?{CROSS}&$select=CustomerAccount").status == 500
    assert probe.get(f"CustomerGroups?{CROSS}").status == 200
