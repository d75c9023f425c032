"""The small pure parts of the set-up."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from shared.errors import Denied, Throttled
from shared.mapping import DATAVERSE, Catalogue, Field, FlowMap, entity, known_entities
from shared.setup._companies import company_findings, named_company_findings
from shared.setup._duplicates import repeated
from shared.setup._entities import entity_findings
from shared.setup._findings import Finding, merged
from shared.setup._live import LiveEntity, LiveField, LiveKey, LiveTable
from shared.setup._lookup_keys import lookup_key_findings
from shared.setup._needs import fields_of, needed_columns, needed_privileges
from shared.setup._registrations import Receiver, watched
from shared.setup._sign_in import sign_in_finding
from shared.setup._tables import PICTURING, REGISTERING, privilege_findings, registering_findings
from shared.setup._versions import harmless, never_current
from tests.emulator.dataverse.schema import SECURED_AS
from tests.unit.setup.stage import ACCOUNTS, GROUPS, TERMS, prospects, shipped

SHOP = Path(__file__).parents[2] / "suites" / "shop" / "terms.yaml"
NUMBER, COMPANY = Field("accountnumber", "code"), Field("msdyn_company", "lookup")


# -- findings


def test_findings_are_merged() -> None:
    """The same finding of several flows is one that names them all; errors come first."""
    note = Finding("note", "a", "b", ("x",))
    wrong = [Finding("error", "a", "b", (name,)) for name in ("y", "x", "y")]
    assert merged([note, *wrong]) == [Finding("error", "a", "b", ("x", "y")), note]
    assert merged([Finding("error", "a", "b")]) == [Finding("error", "a", "b")]


# -- duplicates


async def keys(*rows: Sequence[str | None]) -> list[tuple[str, ...]]:
    async def ordered() -> AsyncIterator[Mapping[str, Any]]:
        for number, company in rows:
            yield {"accountnumber": number, "_msdyn_company_value": company}

    return [key async for key in repeated(ordered(), [NUMBER, COMPANY])]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], 0),
        ([("1", "a"), ("1", "b"), ("2", "a")], 0),
        ([("1", "a"), ("1", "a")], 1),
        ([("1", "a"), ("1", "b"), ("1", "a"), ("1", "b"), ("1", "a")], 2),
        ([("ab", "a"), ("AB", "a"), ("aB ", "a")], 1),
        ([("1", None), ("1", None), (None, "a"), (None, "a")], 0),
        ([("1", "a"), ("2", "a"), ("2", "a"), ("3", "a"), ("3", "a")], 2),
    ],
)
async def test_repeated_keys(rows: list[tuple[str | None, str | None]], expected: int) -> None:
    """A key counts once however often it occurs, in any letter case; a key with a blank in it does not count."""
    assert len(await keys(*rows)) == expected


# -- versions


@pytest.mark.parametrize("text", ["'1,5637144576'", "'0,5637145327'", "'7,5637144730;0,5637144730'", "'12,1;3,4;0,0'"])
def test_never_current(text: str) -> None:
    """A version that never was has the same records and form, and other numbers."""
    etag = f'W/"{base64.b64encode(text.encode()).decode()}"'
    found = never_current(etag)
    inner = base64.b64decode(found.removeprefix('W/"').removesuffix('"')).decode()
    pairs = [pair.split(",") for pair in text.strip("'").split(";")]
    ahead = [pair.split(",") for pair in inner.strip("'").split(";")]
    assert [record for _, record in ahead] == [record for _, record in pairs]
    assert all(now != then for (now, _), (then, _) in zip(ahead, pairs, strict=True))


@pytest.mark.parametrize("etag", ["", "*", '"strong"', 'W/"not base64!"', 'W/"abc"', 'W/"YWJj"', 'W/"4pyT"'])
def test_never_current_of_unknown_form(etag: str) -> None:
    """An ETag of a form we do not know still gives one that is well-formed, and another."""
    assert never_current(etag).startswith('W/"')
    assert never_current(etag) != etag


@pytest.mark.parametrize("name", shipped().names)
def test_something_to_try_with(name: str) -> None:
    """Every shipped flow writes a field by which its entity can be tried, and never one of its key."""
    flow = shipped().map(name)
    field = harmless(flow)
    assert field is not None
    assert field.name not in flow.erp.entity.key


# -- privileges


def test_privileges_for_the_whole_organisation() -> None:
    """A privilege for a part of the organisation only is not enough."""
    flow = shipped(TERMS).map(TERMS)
    held = {name.lower(): "Global" for name in needed_privileges(flow)}
    assert list(privilege_findings(flow, held)) == []
    (finding,) = privilege_findings(flow, {**held, "prvreadmsdyn_paymentterm": "Local"})
    assert "at depth Local only" in finding.what


def test_needed_privileges() -> None:
    """A flow needs what it does to its own table, and to read and be joined to what its lookups point to."""
    flow = shipped(GROUPS).map(GROUPS)
    own = {f"prv{what}msdyn_customergroup" for what in ("Read", "Create", "Write", "Delete", "Append")}
    targets = {f"prv{what}{table}" for what in ("Read", "AppendTo") for table in ("cdm_company", "msdyn_paymentterm")}
    assert set(needed_privileges(flow)) == own | targets


def test_products_units_and_price_lists_have_one_set_of_privileges() -> None:
    """There are none of their own for price lists and unit groups (published: privileges by entity): whoever may make
    and join products may put them on a price list, too. Nor are there any for a user but those of `User`.
    """
    needed = set(needed_privileges(prospects().map("prospect_to_cash.products")))
    own = {f"prv{what}product" for what in ("Read", "Create", "Write", "Append", "AppendTo")}
    currency = {f"prv{what}transactioncurrency" for what in ("Read", "AppendTo")}
    assert needed == own | currency
    assert {entity(DATAVERSE, name).privilege for name in ("pricelevels", "productpricelevels")} == {"product"}
    assert entity(DATAVERSE, "systemusers").privilege == "user"


def test_the_twin_names_privileges_alike() -> None:
    """What it refuses for want of a privilege is what the preflight asks for."""
    tables = [entity(DATAVERSE, name) for name in known_entities(DATAVERSE)]
    assert {each.type: each.privilege for each in tables if each.privilege != each.type} == SECURED_AS


def test_images_take_privileges_of_their_own(tmp_path: Path) -> None:
    """Only where other tables wake a flow is a step registered with an image."""
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text("extends: customers_v3_accounts\nwoken_by: [quotes(customerid)]\n", "utf-8")
    shut, woken = (
        Catalogue(shipped(ACCOUNTS).files, overlays).map(ACCOUNTS) for overlays in ({}, {ACCOUNTS: [overlay]})
    )
    held = {name.lower(): "Global" for name in REGISTERING}
    assert list(registering_findings(held, [shut])) == []
    found = list(registering_findings(held, [shut, woken]))
    assert [each.what.split()[6] for each in found] == [f"{name}:" for name in PICTURING]


@pytest.mark.parametrize(
    ("policy", "lacks"),
    [("{creates: erp, delete: park}", {"Create", "Delete"}), ("{delete: {dataverse: park}}", {"Delete"})],
)
def test_a_map_that_makes_or_deletes_nothing_needs_no_privilege_for_it(
    tmp_path: Path, policy: str, lacks: set[str]
) -> None:
    """What counts is what happens in Dataverse: a delete there follows one in the ERP."""
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(f"extends: customer_groups\npolicy: {policy}\n", "utf-8")
    before, after = shipped(GROUPS).map(GROUPS), Catalogue(shipped(GROUPS).files, {GROUPS: [overlay]}).map(GROUPS)
    gone = {f"prv{what}msdyn_customergroup" for what in lacks}
    assert set(needed_privileges(before)) - set(needed_privileges(after)) == gone


def test_a_table_that_wakes_a_flow_is_read(tmp_path: Path) -> None:
    """Its rows are read, and nothing in it is written; that the column is there is looked at as for any other."""
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text("extends: customers_v3_accounts\nwoken_by: [quotes(customerid)]\n", "utf-8")
    before, after = (
        Catalogue(shipped(ACCOUNTS).files, overlays).map(ACCOUNTS) for overlays in ({}, {ACCOUNTS: [overlay]})
    )
    assert set(needed_privileges(after)) - set(needed_privileges(before)) == {"prvReadquote"}
    told = {each.column.name for each in needed_columns(after) if each.table.name == "quotes" and not each.writes}
    assert told == {"customerid"}


# -- what the webhooks watch, what F&O demands


def changed(tmp_path: Path, old: str, new: str) -> FlowMap:
    """The customers' map with one piece of its text replaced."""
    text = shipped(ACCOUNTS).files[ACCOUNTS].read_text("utf-8")
    assert old in text
    path = tmp_path / "changed.yaml"
    path.write_text(text.replace(old, new), "utf-8")
    return Catalogue({ACCOUNTS: path}).map(ACCOUNTS)


@pytest.mark.parametrize(
    ("column", "keys", "warned"),
    [
        ("isocurrencycode", (), False),
        ("currencyname", (), True),
        ("currencyname", (LiveKey(frozenset({"currencyname"}), "Active"),), False),
        ("currencyname", (LiveKey(frozenset({"currencyname"}), "Pending"),), True),
        ("currencyname", (LiveKey(frozenset({"currencyname", "currencysymbol"}), "Active"),), True),
    ],
)
def test_a_lookup_by_a_column_that_is_no_key(
    tmp_path: Path, column: str, keys: tuple[LiveKey, ...], *, warned: bool
) -> None:
    """Several rows may have the same name: that is said before the first record parks for it."""
    flow = changed(tmp_path, "transactioncurrencyid.isocurrencycode", f"transactioncurrencyid.{column}")
    live = LiveTable("transactioncurrencies", change_tracking=False, enforces_if_match=True, columns={}, keys=keys)
    found = [each.what for each in lookup_key_findings(flow, {"transactioncurrency": live})]
    what = "transactioncurrencies.currencyname is no key of transactioncurrencies: several rows may hold the same"
    assert found == [f"SalesCurrencyCode = transactioncurrencyid.currencyname: {what}"] * warned


def test_a_lookup_that_is_only_read_may_go_by_any_column(tmp_path: Path) -> None:
    old = "SalesCurrencyCode                    =   transactioncurrencyid.isocurrencycode"
    text = shipped(ACCOUNTS).files[ACCOUNTS].read_text("utf-8")
    line = next(each for each in text.splitlines() if each.split()[:2] == old.split()[:2])
    flow = changed(tmp_path, line, "  SalesCurrencyCode < transactioncurrencyid.currencyname")
    assert list(lookup_key_findings(flow, {})) == []


def test_the_scope_is_watched(tmp_path: Path) -> None:
    """A row that enters or leaves the scope by a column that is not mapped is told of."""
    flow = changed(tmp_path, "customertypecode eq 3", "customertypecode eq 3 and merged eq false")
    assert "merged" in watched(flow)
    assert "merged" not in watched(shipped(ACCOUNTS).map(ACCOUNTS))


def test_the_row_that_a_scope_looks_into_is_needed(tmp_path: Path) -> None:
    """The lookup is watched, and the preflight asks for the column behind it, and for the right to read it."""
    flow = changed(
        tmp_path, "customertypecode eq 3", "customertypecode eq 3 and msdyn_partyid.msdyn_partynumber eq 'A'"
    )
    assert "msdyn_partyid" in watched(flow)
    assert ("msdyn_parties", "msdyn_partynumber") in [
        (each.table.name, each.column.name) for each in needed_columns(flow)
    ]
    assert "prvReadmsdyn_party" in set(needed_privileges(flow))


def test_columns_that_a_function_reads_are_watched(tmp_path: Path) -> None:
    """A change of one of them is an edit of what they are put together for, though no other line maps it."""
    flow = changed(tmp_path, "PrimaryContactFax                    =   fax\n",
                   "PrimaryContactFax << - fn join(' ', fax, telephone1)\n")  # fmt: skip
    assert [each.dataverse.name for each in flow.lines].count("fax") == 0
    assert "fax" in watched(flow)


def test_numbers_that_the_product_gives(tmp_path: Path) -> None:
    """A mandatory field that F&O numbers by itself need not be written."""
    line = next(line for line in shipped(ACCOUNTS).files[ACCOUNTS].read_text().splitlines() if " PartyNumber " in line)
    flow = changed(tmp_path, line, "")
    fields = {field.name: live(field, key=field.name in flow.erp.entity.key) for field in fields_of(flow.erp)}
    assert fields["PartyNumber"].mandatory
    assert list(entity_findings(flow, LiveEntity("CustomersV3", read_only=False, fields=fields))) == []


def live(field: Field, *, key: bool) -> LiveField:
    """A field as F&O has it that fits our schema, and is mandatory if F&O numbers it."""
    wire = {"enum": f"Microsoft.Dynamics.DataEntities.{field.enum}", "int": "Edm.Int32", "decimal": "Edm.Decimal"}
    return LiveField(wire.get(field.type, "Edm.String"), key=key, mandatory=field.assigned)


# -- companies


def test_lines_for_a_company_that_is_not_there(tmp_path: Path) -> None:
    """A code that is misspelt would only leave the line without effect."""
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(
        "extends: customers_v3_accounts\nfields: |\n  PrimaryContactFax = fax ; off, company UMSF usmf\n"
    )
    flow = Catalogue(shipped(ACCOUNTS).files, {ACCOUNTS: [overlay]}).map(ACCOUNTS)
    (finding,) = company_findings([flow], [], ["usmf"], ["usmf"])
    assert (finding.severity, finding.flows) == ("warning", (ACCOUNTS,))
    assert finding.what == "lines of the map are for the company umsf, which Dataverse does not have"


def test_no_company() -> None:
    """A flow by company cannot work without one."""
    flow = shipped(ACCOUNTS).map(ACCOUNTS)
    (finding,) = company_findings([flow], [], [], [])
    assert (finding.severity, finding.code, finding.flows) == ("error", "DIPV1016", (ACCOUNTS,))


def test_companies_matter_to_flows_by_company() -> None:
    """Without such a flow companies are nobody's concern."""
    assert list(company_findings([], ["usmf"], [], [])) == []


@pytest.mark.parametrize(
    ("named", "what"),
    [
        ([], ["no setting of shop says which company rows belong to"]),
        (["usmf"], []),
        (["usmf", "ussi"], ["the ERP has no legal entity ussi, or the app's user may not see it"]),
    ],
)
def test_a_company_that_a_setting_names(named: list[str], what: list[str]) -> None:
    """Where rows point to no company the settings of the suite name one, which the ERP has."""
    flow = Catalogue({"shop.terms": SHOP}).map("shop.terms")
    assert [each.what for each in named_company_findings(flow, named, ["usmf"])] == what


# -- sign-in


@pytest.mark.parametrize("system", ["Dataverse", "F&O"])
def test_sign_in_at_entra(system: str) -> None:
    """A secret that Entra ID refuses is told from a user that the system does not know."""
    problem = Denied("sign-in for https://x/.default was refused: AADSTS7000215: Invalid client secret provided.")
    assert "ENTRA_CLIENT_SECRET" in sign_in_finding(system, problem).remedy


def test_a_system_that_is_away() -> None:
    """A system that cannot be reached is not a missing right."""
    finding = sign_in_finding("F&O", Throttled("https://x cannot be reached"))
    assert "cannot be reached" in finding.what
    assert "address" in finding.remedy


# -- the key


def test_receivers_key() -> None:
    """A key shows in no representation; its sign tells it from another."""
    one, other = Receiver(url="https://x", key="one-key"), Receiver(url="https://x", key="other-key")
    assert "one-key" not in repr(one)
    assert one.sign != other.sign
    assert one.sign == Receiver(url="https://y", key="one-key").sign
