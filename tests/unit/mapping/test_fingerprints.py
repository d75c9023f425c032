"""Fingerprints and what is agreed: kept per line, by what the line means, and by nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.mapping import (
    ABSENT,
    Agreed,
    FlowMap,
    Pair,
    Parked,
    Unresolved,
    bases_from,
    fingerprint,
    pack,
    packed,
    prints,
    unpack,
)
from tests.unit.mapping.maps import HOLD, customers, one

POOL: Final = (
    "OrganizationName = name",
    "CreditLimit = creditlimit",
    "CreditRating = msdyn_creditrating",
    "InvoiceAddressLatitude > address2_latitude",
    "OnHoldStatus >< msdyn_onholdstatus hold",
    "PaymentTerms = msdyn_paymentterm.msdyn_name",
)

EIGHT = st.binary(min_size=8, max_size=8)
PAIRS = st.tuples(EIGHT, EIGHT)


def definitions(flow: FlowMap) -> dict[str, bytes]:
    return {line.name: line.definition for line in flow.lines}


# -- fingerprints


@pytest.mark.parametrize("value", ["", "a", "\U0001f600", "\ud800", "\x00", "x" * 100_000, ABSENT, Unresolved("10D")])
def test_size(value: str) -> None:
    """A fingerprint has eight bytes, whatever the value."""
    assert len(fingerprint(value)) == 8


@given(st.lists(st.text(st.characters(exclude_categories=())), unique=True))
def test_distinct(values: list[str]) -> None:
    """Different values have different fingerprints."""
    assert len({fingerprint(value) for value in values}) == len(values)


@given(st.dictionaries(EIGHT, PAIRS))
def test_packed(bases: dict[bytes, Pair]) -> None:
    """Bases are stored in three times eight bytes per line and come back the same, in whatever order they were put."""
    stored = packed(bases)
    assert len(stored) == 24 * len(bases)
    assert bases_from(stored) == bases
    assert packed(dict(reversed(bases.items()))) == stored
    assert pack(unpack(stored)) == stored


# -- definitions


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("OrganizationName = name", "OrganizationName > name"),
        ("OrganizationName = name", "OrganizationName = fax"),
        ("OrganizationName = name", "PartyCountry = name"),
        ("OrganizationName = name", "OrganizationName = name default x"),
        ("OrganizationName = name default x", "OrganizationName = name default X"),
        ("OrganizationName = name", "OrganizationName = name ; blank keep"),
        ("PaymentTerms = msdyn_paymentterm.msdyn_name", "PaymentTerms = msdyn_paymentterm.msdyn_description"),
        ("PaymentTerms = msdyn_paymentterm.msdyn_name", "PaymentTerms = msdyn_paymentterm via dual_write.terms"),
        ("OnHoldStatus >> msdyn_onholdstatus hold", "OnHoldStatus >> msdyn_onholdstatus less"),
    ],
)
def test_redefined(before: str, after: str) -> None:
    """Whatever changes how the two values relate makes another line, without a base."""
    values = HOLD.replace("}}", "}, less: {No: 806380000}}")
    assert one(before, values=values).definition != one(after, values=values).definition


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("OrganizationName = name", "ORGANIZATIONNAME = Name"),
        ("OrganizationName = name", "OrganizationName    =    name   ;"),
        ("OrganizationName = name", "OrganizationName = name ; conflict park"),
        ("OrganizationName = name", "OrganizationName = name ; create"),
        ("OrganizationName = name", "OrganizationName = name initial x"),
        ("PartyNumber = msdyn_partynumber", "PartyNumber = msdyn_partynumber ; assigned erp"),
        ("PaymentTerms = msdyn_paymentterm.msdyn_name", "PaymentTerms = MSDYN_PAYMENTTERM.msdyn_name ; missing keep"),
        ("PaymentTerms = msdyn_paymentterm.msdyn_name", "PaymentTerms = msdyn_paymentterm.msdyn_name ; deferred"),
        ("OnHoldStatus >> msdyn_onholdstatus hold", "OnHoldStatus >> msdyn_onholdstatus again"),
    ],
)
def test_not_redefined(before: str, after: str) -> None:
    """Spelling, policies and the names of value maps do not touch what was agreed."""
    values = HOLD.replace("}}", "}, again: {All: 806380002, Invoice: 806380001, No: 806380000}}")

    assert one(before, values=values).definition == one(after, values=values).definition


@pytest.mark.parametrize(
    "values",
    [
        HOLD.replace("No: 806380000", "No: 806380003"),
        HOLD.replace("}}", ", Never: 806380005}}"),
        HOLD.replace(", All: 806380002", ""),
    ],
)
def test_edited_value_map(values: str) -> None:
    """Editing a value map redefines the lines that use it, and no other."""
    before, after = (definitions(customers(*POOL, values=each)) for each in (HOLD, values))
    assert {name for name in before if before[name] != after[name]} == {"OnHoldStatus >< msdyn_onholdstatus"}


@pytest.mark.parametrize(
    "head",
    [
        {"policy": "{master: erp, conflict: park, leaves: uncouple}"},
        {"policy": "{}"},
        {"dataverse": "{table: accounts, scope: customertypecode eq 3}"},
        {"match": "[[OrganizationName], [CustomerAccount]]"},
        {"constants": "{a: {b: c}}"},
    ],
)
def test_edited_head(head: dict[str, str]) -> None:
    """Editing policies, scopes or match keys redefines nothing."""
    before, after = customers(*POOL, values=HOLD), customers(*POOL, **{"values": HOLD, **head})
    assert definitions(before) == definitions(after)
    assert before.salt == after.salt


def test_what_wakes_a_flow_needs_no_approval() -> None:
    """It says when a record is looked at, and not what is written: the map is the one that was approved."""
    assert (
        customers(*POOL, woken_by="[quotes(customerid)]", values=HOLD).fingerprint
        == customers(*POOL, values=HOLD).fingerprint
    )


def test_authority_is_approved() -> None:
    """It says which way values flow; a map without one is the map that it was."""
    before, after = (
        customers(*POOL, values=HOLD),
        customers(*POOL, authority="{dataverse: statecode eq 0}", values=HOLD),
    )
    assert before.fingerprint != after.fingerprint
    assert (definitions(before), before.salt) == (definitions(after), after.salt)


@given(st.permutations(POOL), st.integers(0, len(POOL)), st.integers(0, len(POOL)))
def test_lines_stand_alone(order: list[str], left: int, right: int) -> None:
    """Adding, removing and moving lines touches no other line."""
    before, after = (definitions(customers(*lines, values=HOLD)) for lines in (order[:left], order[right:]))
    shared = before.keys() & after.keys()
    assert {name: before[name] for name in shared} == {name: after[name] for name in shared}
    assert len(set(before.values())) == len(before)


# -- what is agreed

A, B, C, UNKNOWN = (bytes([number] * 8) for number in (1, 2, 3, 4))


def mapped(*keys: bytes) -> FlowMap:
    """A map that knows lines by these definitions only."""
    return replace(customers(), by_definition={key: index for index, key in enumerate(keys)})


OLD: Final = (A, A)
NEW: Final = (B, B)


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        (Agreed({A: OLD}), Agreed({B: NEW}), Agreed({A: OLD, B: NEW})),
        (Agreed({A: OLD}), Agreed({A: NEW}), Agreed({A: NEW})),
        (Agreed({A: OLD, UNKNOWN: OLD}), Agreed(), Agreed({A: OLD})),
        (Agreed({A: OLD}), Agreed(marks={A: "erp"}), Agreed(marks={A: "erp"})),
        (Agreed(marks={A: "erp", B: "policy", UNKNOWN: "erp"}), Agreed({A: NEW}), Agreed({A: NEW}, {B: "policy"})),
        (Agreed(parked={A: Parked(A, B)}), Agreed({A: NEW}), Agreed({A: NEW})),
        (Agreed(parked={A: Parked(A, B)}), Agreed(marks={A: "erp"}), Agreed(marks={A: "erp"})),
        (
            Agreed({A: OLD}, parked={A: Parked(A, B), UNKNOWN: Parked(A, B)}),
            Agreed(parked={A: Parked(B, A)}),
            Agreed({A: OLD}, parked={A: Parked(B, A)}),
        ),
        (Agreed({A: OLD}, {B: "erp"}, {C: Parked(A, B)}), Agreed(), Agreed({A: OLD}, {B: "erp"}, {C: Parked(A, B)})),
        (Agreed(first={A: OLD, B: OLD, UNKNOWN: OLD}), Agreed({A: NEW}), Agreed({A: NEW}, first={B: OLD})),
        (Agreed({A: OLD}), Agreed(marks={A: "erp"}, first={A: OLD}), Agreed(marks={A: "erp"}, first={A: OLD})),
    ],
)
def test_changed(before: Agreed, change: Agreed, after: Agreed) -> None:
    """A line has a base or a mark, not both; either ends its parking; lines that the map no longer has are dropped."""
    changes = change.bases, change.marks, change.parked
    assert before.changed(mapped(A, B, C), *changes, first=change.first) == after


def test_another_map() -> None:
    """Under a map with one line less, one more and one redefined, every other line keeps its base."""
    before = customers("OrganizationName = name", "CreditLimit = creditlimit", "CreditRating = msdyn_creditrating")
    after = customers("PartyState = msdyn_partystateprovince", "CreditLimit > creditlimit", "OrganizationName = name")
    agreed = Agreed({line.definition: prints(line, "1", "2") for line in before.lines})
    kept = agreed.changed(after).bases
    assert {after.lines[after.by_definition[key]].name for key in kept} == {
        "CustomerAccount = accountnumber",
        "OrganizationName = name",
    }
    assert all(kept[key] == agreed.bases[key] for key in kept)


@pytest.mark.parametrize(
    ("line", "same"), [("CreditRating = msdyn_creditrating", True), ("OrganizationName = name", False)]
)
def test_codes(line: str, same: bool) -> None:
    """A code has one fingerprint in any letter case; a name has not."""
    assert (prints(one(line), "aB", "Ab") == prints(one(line), "AB ", "ab")) is same


# -- digests


@pytest.mark.parametrize("place", range(len(POOL) + 1))
def test_digest(place: int) -> None:
    """A digest changes with every value of a record."""
    flow = customers(*POOL, values=HOLD)
    values = [f"v{index}" for index in range(len(flow.lines))]
    other = [*values]
    other[place] = "w"
    assert flow.digest(values) != flow.digest(other)
    assert len(flow.digest(values)) == 8


def test_digest_of_codes() -> None:
    """A digest does not change with the letter case of a code."""
    flow = customers("CreditRating = msdyn_creditrating", "OrganizationName = name")
    assert flow.digest(["C1", "aa", "N"]) == flow.digest(["c1 ", "AA", "N"])
    assert flow.digest(["C1", "aa", "N"]) != flow.digest(["C1", "aa", "n"])


@pytest.mark.parametrize("after", [POOL[:1], (POOL[0], "CreditLimit > creditlimit"), (POOL[1], POOL[0])])
def test_digest_and_map(after: tuple[str, ...]) -> None:
    """A digest changes with every definition."""
    values = ["a", "b", "c"]
    assert customers(*POOL[:2]).digest(values) != customers(*after).digest(values)


def test_digest_of_neighbours() -> None:
    """What moves from one value to the next changes the digest."""
    flow = customers("OrganizationName = name", "PartyCountry = msdyn_partycountry")
    assert flow.digest(["c", "a\x1fb", "c"]) != flow.digest(["c", "a", "b\x1fc"])


# -- records


def test_identities() -> None:
    """A record is identified as its system spells it."""
    flow = customers()
    row = {"dataAreaId": "usmf", "CustomerAccount": "US-001 "}
    assert flow.erp_identity(row) == ("usmf", "US-001")
    assert flow.dataverse_identity({"accountid": "6F9619FF-8B86-D011-B42D-00C04FC964FF"}) == (
        "6f9619ff-8b86-d011-b42d-00c04fc964ff"
    )


def test_read() -> None:
    """A record becomes one canonical value per line, in the order of the lines; what it lacks is absent."""
    flow = customers(*POOL, values=HOLD)
    row = {"CustomerAccount": "C1", "OrganizationName": "A ", "CreditLimit": "5.00", "OnHoldStatus": "all", "Other": 1}
    assert flow.erp.read(row) == ["C1", "A", "5", ABSENT, ABSENT, "All", ABSENT]
    row = {"accountnumber": "C1", "creditlimit": None, "_msdyn_paymentterm_value": "{AB}", "msdyn_onholdstatus": 0}
    assert flow.dataverse.read(row) == ["C1", ABSENT, "", ABSENT, ABSENT, "0", "ab"]
