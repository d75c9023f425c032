"""Which subscriptions are ours, and what has to be done about them; what addresses of Business Central are about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shared.setup import Ear, steps
from shared.systems import Named, Resource, Subscription, read_resource

NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)
COMPANY = "5d2b4c1a-1f0e-ef11-9f8a-6045bd001122"
CUSTOMERS = Resource("v2.0", COMPANY, "customers")
ITEMS = Resource("v2.0", COMPANY, "items")
EAR = Ear("https://koppel.example/hook", b"key" * 12, "bc.example/contoso")
WHOLE = f"api/v2.0/companies({COMPANY})/customers"


def one(**more: object) -> Subscription:
    """A subscription of ours as it should be, made an hour ago."""
    made = NOW - timedelta(hours=1)
    given = {
        "id": "a" * 32, "resource": CUSTOMERS, "url": EAR.url, "state": EAR.state(CUSTOMERS), "since": made,
        "expires": made + timedelta(days=3), "version": 'W/"1"', **more,
    }  # fmt: skip
    return Subscription(**given)  # type: ignore[arg-type] # what a test is about is of the type of its field


def done(*found: Subscription, noted: tuple[str, ...] = (), **wanted: bool) -> list[tuple[str, str]]:
    """What is to be done, and about which one. wanted: lists by name; customers if none is named."""
    lists = {Resource("v2.0", COMPANY, name): makes for name, makes in (wanted or {"customers": True}).items()}
    return [(each.what, each.found.id[:1] if each.found else "") for each in steps(lists, found, noted, EAR, NOW)]


@pytest.mark.parametrize(
    ("found", "what"),
    [
        ([], [("make", "")]),
        ([one()], [("keep", "a")]),
        ([one(since=NOW - timedelta(hours=36), expires=NOW + timedelta(hours=36))], [("renew", "a")]),
        ([one(since=NOW - timedelta(hours=35), expires=NOW + timedelta(hours=37))], [("keep", "a")]),
        ([one(expires=NOW)], [("make", "")]),
        ([one(state="another")], [("repair", "a")]),
        ([one(url="https://former.example/hook")], [("repair", "a")]),
        ([one(url="https://former.example/hook", state="another")], [("make", "")]),
        ([one(url="https://former.example/hook", id="b"), one()], [("keep", "a"), ("remove", "b")]),
        ([one(resource=ITEMS, state=EAR.state(ITEMS), id="b")], [("make", ""), ("remove", "b")]),
        ([one(resource=ITEMS, state="theirs", url="https://theirs.example", id="b")], [("make", "")]),
    ],
)
def test_what_is_to_be_done(found: list[Subscription], what: list[tuple[str, str]]) -> None:
    """Made, kept, renewed at half life, put right, removed; what is nobody of ours is not looked at."""
    assert done(*found) == what


def test_what_the_ledger_notes_is_ours() -> None:
    """Also where neither address nor secret are ours any more."""
    other = one(url="https://former.example/hook", state="another")
    assert done(other, noted=("a" * 32,)) == [("repair", "a")]


def test_a_list_that_is_only_kept() -> None:
    """Of a flow that is paused: what there is is renewed, what is not there is not made."""
    assert done(customers=False) == []
    assert done(one(), customers=False) == [("keep", "a")]


def test_a_secret_is_good_for_one_list_of_one_environment() -> None:
    """Whoever learns one can tell of nothing else with it; and it says nothing of the key."""
    states = {
        EAR.state(CUSTOMERS),
        EAR.state(ITEMS),
        EAR.state(Resource("v2.0", COMPANY.replace("5", "6"), "customers")),
        EAR.state(Resource("koppel/sync/v1.0", COMPANY, "customers")),
        Ear(EAR.url, EAR.key, "bc.example/copy").state(CUSTOMERS),
        Ear(EAR.url, b"other" * 12, EAR.environment).state(CUSTOMERS),
    }
    assert len(states) == 6
    assert all(len(each) == 64 for each in states)
    assert "key" not in repr(EAR)
    assert EAR.state(CUSTOMERS) not in repr(one())


ROW = "9f161476-20ef-ef11-9f8a-6045bd004455"


@pytest.mark.parametrize(
    ("text", "about"),
    [
        (WHOLE, Named(CUSTOMERS)),
        (f"/{WHOLE}", Named(CUSTOMERS)),
        (f"https://api.businesscentral.dynamics.com/v2.0/contoso.com/api/{WHOLE}", Named(CUSTOMERS)),
        (f"{WHOLE}({ROW})", Named(CUSTOMERS, ROW)),
        (f"{WHOLE}({ROW.upper()})", Named(CUSTOMERS, ROW)),
        (f"{WHOLE}?$filter=lastModifiedDateTime%20gt%202024-12-05T10:11:49.95Z", Named(CUSTOMERS, filtered=True)),
        (f"{WHOLE}?$filter=lastDateTimeModified gt 2024-12-05", Named(CUSTOMERS, filtered=True)),
        (f"{WHOLE}?$filter=contains(name,'/companies(')", Named(CUSTOMERS, filtered=True)),
        (WHOLE.replace("v2.0", "koppel/sync/v1.0"), Named(Resource("koppel/sync/v1.0", COMPANY, "customers"))),
        ("api/v2.0/customers", None),
        ("api/v2.0/companies(CRONUS)/customers", None),
        (f"companies({COMPANY})/customers", None),
        (f"{WHOLE}(C10)", None),
        (f"{WHOLE}({ROW})/picture", None),
        ("", None),
        (None, None),
    ],
)
def test_what_an_address_is_about(text: object, about: Named | None) -> None:
    """Its list and record in one spelling, whatever form they come in; what is none is nobody's."""
    assert read_resource(text) == about
