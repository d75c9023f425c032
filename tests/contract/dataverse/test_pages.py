"""Paging: every row once, whatever moves between pages, and links that are followed as they are."""

from __future__ import annotations

import pytest

from tests.contract.dataverse.accounts import six_accounts
from tests.emulator.dataverse.probe import Probe


@pytest.fixture
def probe() -> Probe:
    return six_accounts()


def pages(probe: Probe, target: str, **headers: str) -> list[list[str]]:
    """Account numbers, page by page, following links."""
    read, link = [], target
    while link:
        said = probe.get(link, **headers)
        assert said.status == 200, said.text
        read.append([row["accountnumber"] for row in said.rows])
        link = said.json.get("@odata.nextLink")
    return read


@pytest.mark.parametrize(
    "target",
    [
        "accounts?$select=accountnumber",
        "accounts?$select=accountnumber&$orderby=name desc",
        "accounts?$select=accountnumber&$orderby=statecode,createdon desc",
        "accounts?$filter=numberofemployees ge 0&$count=true",
    ],
)
@pytest.mark.parametrize("size", [1, 2, 4, 6, 7])
def test_paging(probe: Probe, target: str, size: int) -> None:
    """Following next links gives every row once, in order, in pages of the size asked for."""
    whole = pages(probe, target)
    assert len(whole) == 1
    read = pages(probe, target, prefer=f"odata.maxpagesize={size}")
    assert [number for page in read for number in page] == whole[0]
    assert all(len(page) == size for page in read[:-1])


def test_next_links(probe: Probe) -> None:
    """A next link is absolute, repeats the query and carries an opaque token."""
    said = probe.get("accounts?$select=name&$orderby=name", prefer="odata.maxpagesize=2")
    assert said.headers["preference-applied"] == "odata.maxpagesize=2"
    link = said.json["@odata.nextLink"]
    assert link.startswith("http://127.0.0.1:7081/api/data/v9.2/accounts?$select=name&$orderby=name&$skiptoken=%3C")
    again = probe.get(link, prefer="odata.maxpagesize=2").json["@odata.nextLink"]
    assert again.count("$skiptoken") == 1
    assert again != link


@pytest.mark.parametrize("prefer", ["", "odata.maxpagesize=3", "odata.maxpagesize=2,odata.track-changes"])
def test_next_links_with_other_headers(probe: Probe, prefer: str) -> None:
    """A next link is followed with the preferences it was made with."""
    link = probe.get("accounts", prefer="odata.maxpagesize=2").json["@odata.nextLink"]
    assert probe.get(link, prefer=prefer).refusal == (400, "0x80060888")


def test_tokens_of_other_queries(probe: Probe) -> None:
    """A token belongs to its query."""
    link = probe.get("accounts?$select=name", prefer="odata.maxpagesize=2").json["@odata.nextLink"]
    said = probe.get(link.replace("$select=name", "$select=fax"), prefer="odata.maxpagesize=2")
    assert said.refusal == (400, "0x80060888")


def test_page_size_is_capped() -> None:
    """A page holds at most 5,000 rows, whatever was asked for."""
    probe = Probe()
    probe.twin.load("accounts", [{"accountnumber": str(number)} for number in range(5001)])
    said = probe.get("accounts?$select=accountnumber", prefer="odata.maxpagesize=10000")
    assert len(said.rows) == 5000
    assert said.headers["preference-applied"] == "odata.maxpagesize=5000"
    assert len(probe.get("accounts?$top=6000").rows) == 5000
    assert "@odata.nextLink" not in probe.get("accounts?$top=6000").json


@pytest.mark.parametrize("size", ["0", "-1", "x", ""])
def test_bad_page_sizes(probe: Probe, size: str) -> None:
    """A page size is a number of at least one."""
    assert probe.get("accounts", prefer=f"odata.maxpagesize={size}").refusal == (400, "0x80060888")


def test_rows_move_between_pages(probe: Probe) -> None:
    """On order a row is read twice, or one is missed, at the next page boundary and only there."""
    target, prefer = "accounts?$select=accountnumber", "odata.maxpagesize=2"
    whole = [number for page in pages(probe, target, prefer=prefer) for number in page]
    probe.twin.behaviour.page_shift = ["repeat"]
    shifted = [number for page in pages(probe, target, prefer=prefer) for number in page]
    assert shifted == [*whole[:2], whole[1], *whole[2:]]
    probe.twin.behaviour.page_shift = ["skip"]
    shifted = [number for page in pages(probe, target, prefer=prefer) for number in page]
    assert shifted == [*whole[:2], *whole[3:]]
    assert [number for page in pages(probe, target, prefer=prefer) for number in page] == whole


def test_rows_change_between_pages(probe: Probe) -> None:
    """Ordered by time of change, a row that changes during the read appears again at the end."""
    target, prefer = "accounts?$select=accountnumber&$orderby=modifiedon,accountid", "odata.maxpagesize=2"
    first = probe.get(target, prefer=prefer)
    probe.pass_time(60)
    probe.patch(f"accounts({first.rows[0]['accountid']})", {"fax": "1"})
    rest = pages(probe, first.json["@odata.nextLink"], prefer=prefer)
    assert rest[-1][-1] == first.rows[0]["accountnumber"]


@pytest.mark.parametrize("prefer", ["odata.maxpagesize=3", "odata.track-changes,odata.maxpagesize=3"])
def test_a_row_that_fails_takes_its_page_along(probe: Probe, prefer: str) -> None:
    """A calculated column that fails answers 500 for every page that holds its row; ids alone can still be read."""
    broken = probe.get("accounts?$select=accountid").rows[1]["accountid"]
    probe.twin.behaviour.broken_rows["accounts"] = lambda row: row["accountid"] == broken
    said = probe.get("accounts?$select=accountnumber", prefer=prefer)
    assert (said.status, said.json["error"]["code"]) == (500, "0x80040216")
    assert probe.get("accounts?$select=accountid", prefer=prefer).status == 200
    assert probe.get(f"accounts({broken})?$select=accountnumber").status == 500


def test_a_table_that_fails_answers_nothing(probe: Probe) -> None:
    probe.twin.behaviour.broken_sets.add("accounts")
    assert probe.get("accounts?$select=accountid").status == 500
    assert probe.get("contacts?$select=contactid").status == 200
