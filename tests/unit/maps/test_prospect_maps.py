"""The maps of prospect to cash are the printed tables, row by row, and nothing else that is on."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from shared.errors import FieldError
from shared.mapping import DATAVERSE, ERP, Catalogue, Constant, FlowMap, Line, read_document
from tests.unit.maps.prospects import FLOWS, NAME, OURS, OVERLAYS, PUBLISHED, SUITE, prospect_map, prospects
from tests.unit.maps.shipped import lines_of
from tests.unit.maps.tables_as_printed import FROM_FINOPS, constants, countries, rows_of, values


def constant_of(found: FlowMap, target: str) -> Constant:
    """What a map gives to a field or a column without a source."""
    both = (*found.erp.constants, *found.dataverse.constants)
    return next(each for each in both if target in each.line.split())


def line_of(found: FlowMap, name: str) -> Line:
    """The line of an ERP field."""
    return next(line for line in found.lines if line.erp.name == name)


@pytest.mark.parametrize("name", FLOWS)
def test_every_row_is_a_line(name: str) -> None:
    """A map has the printed rows in their direction and spelling, and no other line that is on."""
    assert lines_of(prospect_map(name)) == sorted(row.line for row in rows_of(name))


@pytest.mark.parametrize("name", FLOWS)
def test_rows_stand_in_their_order(name: str) -> None:
    """Whoever holds a map beside the printed table finds row beside row."""
    text = read_document(SUITE / f"{name}.yaml").data["fields"]
    written = [" ".join(line.split(";")[0].split()[:3]) for line in text.splitlines() if not line.endswith("off")]
    assert written == [row.line for row in rows_of(name)]


@pytest.mark.parametrize("name", FLOWS)
def test_a_map_goes_one_way(name: str) -> None:
    """What is printed as the target is the only side that is written, and the only one where records are created."""
    found, target = prospect_map(name), DATAVERSE if name in FROM_FINOPS else ERP
    assert {(line.to_erp, line.to_dataverse) for line in found.lines} == {(target == ERP, target == DATAVERSE)}
    assert found.creates == {target}
    assert not found.side(DATAVERSE if target == ERP else ERP).constants


@pytest.mark.parametrize("name", FLOWS)
def test_nothing_is_deleted_and_nobody_wins_unasked(name: str) -> None:
    """Conflicts, deletes and other keys are a person's to decide."""
    policy = prospect_map(name).policy
    assert (policy.conflict, policy.delete.both, policy.key_change, policy.leaves) == ("park", "park", "park", "keep")


@pytest.mark.parametrize("name", FLOWS)
def test_whoever_knows_the_templates_finds_them(name: str) -> None:
    """Each map names the vendor's template and task, and the section of the fact sheet."""
    text = (SUITE / f"{name}.yaml").read_text("utf-8")
    head = " ".join(line.removeprefix("#").strip() for line in text.splitlines() if line.startswith("#"))
    assert all(word in head for word in ("The vendor's template: ", " - Direct; task: ", "prospect-to-cash 2."))


@pytest.mark.parametrize("name", [name for name in constants() if name.partition(".")[0] in FLOWS])
def test_constants_are_as_documented(name: str) -> None:
    """What the vendor's text gives is what any company gets."""
    flow, _, target = name.partition(".")
    found = prospect_map(flow)
    pointing = [line.fill(DATAVERSE, "usmf") for line in found.lookups if line.name == f"- >> {target}"]
    given = pointing[0] if pointing else constant_of(found, target).of("usmf")
    assert given == constants()[name]


@pytest.mark.parametrize("name", [name for name in values() if name.partition(".")[0] in FLOWS])
def test_values_are_as_documented(name: str) -> None:
    """Each member has its documented value."""
    flow, _, field = name.partition(".")
    line = line_of(prospect_map(flow), field)
    assert {member: line.forward(member) for member in values()[name]} == values()[name]


@pytest.mark.parametrize(
    ("flow", "field", "pairs"),
    [
        ("contacts", "Gender", {"1": "Male", "2": "Female", "": "Unknown"}),
        ("contacts", "MaritalStatus", {"1": "Single", "2": "Married", "3": "Divorced", "4": "Widowhood", "": "None"}),
        ("contacts", "IsReceivingDirectMail", {"true": "No", "false": "Yes"}),
        ("contacts", "IsInactive", {"0": "No", "1": "Yes"}),
    ],
)
def test_deduced_values(flow: str, field: str, pairs: dict[str, str]) -> None:
    """What the pictures do not show follows from the members of both systems; who allows no e-mail receives none."""
    line = line_of(prospect_map(flow), field)
    assert {value: line.backward(value) for value in pairs} == pairs


COUNTRIES: Final = [
    (flow, line.erp.name)
    for flow in FLOWS
    for line in prospect_map(flow).lines
    if line.erp.name.endswith("CountryRegionISOCode")
]


@pytest.mark.parametrize(("flow", "field"), COUNTRIES)
def test_countries_are_as_printed(flow: str, field: str) -> None:
    """Names in any letter case become codes; a blank is the country of the constant, and what is not listed parks."""
    line = line_of(prospect_map(flow), field)
    assert {code: line.backward(name) for code, name in countries().items()} == {
        code: code.upper() for code in countries()
    }
    assert line.backward("United States") == "US"
    assert line.fills[ERP] == {"*": "US"}
    with pytest.raises(FieldError, match="is not in the value map country"):
        line.backward("Colombia")


@pytest.mark.parametrize(
    ("flow", "field"),
    [
        ("accounts", "IsExternallyMaintained"),
        ("contacts", "IsContactPersonExternallyMaintained"),
        ("contacts_to_customers", "IsExternallyMaintained"),
    ],
)
def test_what_brings_documents_back_is_enforced(flow: str, field: str) -> None:
    """Without these flags finance and operations returns nothing; every other constant is a default."""
    found = prospect_map(flow)
    assert {each.line.split()[0]: each.value for each in found.erp.constants if each.enforced} == {field: "Yes"}


@pytest.mark.parametrize("flow", FLOWS)
def test_a_prefix_is_a_renaming(flow: str) -> None:
    """Under another prefix a map has the same lines, keys and scope, with the columns as they are called there."""
    published, ours = prospect_map(flow), prospect_map(flow, prefix=OURS)
    assert [name.replace(PUBLISHED, OURS) for name in lines_of(published)] == lines_of(ours)
    assert [name.replace(PUBLISHED, OURS) for name in published.dataverse.columns] == list(ours.dataverse.columns)
    assert published.dataverse.scope.text.replace(PUBLISHED, OURS) == ours.dataverse.scope.text
    assert PUBLISHED not in " ".join([*ours.dataverse.columns, *lines_of(ours)])


@pytest.mark.parametrize("flow", ["contacts", "contacts_to_customers"])
def test_accounts_come_first(flow: str) -> None:
    """Contacts need their accounts, in the order of a pass and in what may be let run."""
    assert prospect_map(flow).needs == (f"{NAME}.accounts",)
    order = Catalogue(dict(reversed([*prospects().files.items()]))).order()
    assert order.index(f"{NAME}.accounts") < order.index(f"{NAME}.{flow}")


# -- overlays


def test_overlays_that_ship() -> None:
    """What looks like a slip is mended by an overlay of one name; two give a site to contacts that buy."""
    mended = [f"{flow}.corrected" for flow in ("accounts", "contacts", "contacts_to_customers")]
    assert [*mended, "contacts_to_customers.site", "contacts_to_customers.site_by_country"] == OVERLAYS


@pytest.mark.parametrize("flow", ["accounts", "contacts", "contacts_to_customers"])
def test_countries_corrected(flow: str) -> None:
    """Colombia is known by its own name and by the printed one, Turkey by both of its names; nothing else changes."""
    found = prospect_map(flow, "corrected")
    for line in found.lines:
        if line.erp.name.endswith("CountryRegionISOCode"):
            names = ("Colombia", "columbia", "Turkey", "Türkiye", "Germany")
            assert [line.backward(name) for name in names] == ["CO", "CO", "TR", "TR", "DE"]
    differ = {*lines_of(found)} ^ {*lines_of(prospect_map(flow))}
    mail = {f"IsReceivingDirectMail << {column}" for column in ("donotemail", "donotpostalmail")}
    assert differ == (mail if flow == "contacts" else set())


def test_direct_mail_corrected() -> None:
    """Whoever wants no post receives none."""
    line = line_of(prospect_map("contacts", "corrected"), "IsReceivingDirectMail")
    assert (line.backward("true"), line.backward("false")) == ("No", "Yes")


def test_the_site_of_contacts_that_buy_is_a_constant() -> None:
    """As shipped they have none; with the overlay those that accounts have."""
    plain, sited, accounts = (
        {each.line.split()[0]: each.of("usmf") for each in found.erp.constants}
        for found in (
            prospect_map("contacts_to_customers"), prospect_map("contacts_to_customers", "site"),
            prospect_map("accounts"),
        )
    )  # fmt: skip
    assert not {"SiteId", "WarehouseId"} & plain.keys()
    assert [sited[name] for name in ("SiteId", "WarehouseId")] == [accounts[name] for name in ("SiteId", "WarehouseId")]


def test_the_site_of_contacts_that_buy_follows_from_their_country(tmp_path: Path) -> None:
    """By a list that an overlay of one's own goes on with; a blank has the constant, and so has every other country."""
    own = tmp_path / "sites.yaml"
    own.write_text(
        "extends: contacts_to_customers\nvalues:\n  site_by_country: {'2': [germany, austria]}\n"
        "  warehouse_by_country: {'22': [germany, austria]}\n"
    )
    found = prospects("contacts_to_customers.site_by_country", ("contacts_to_customers", own), prefix=PUBLISHED).map(
        f"{NAME}.contacts_to_customers"
    )
    site, warehouse = line_of(found, "SiteId"), line_of(found, "WarehouseId")
    assert [site.backward(name) for name in ("Germany", "United States", "France")] == ["2", "1", "1"]
    assert [warehouse.backward(name) for name in ("austria", "France")] == ["22", "13"]
    assert (site.fill(ERP, "usmf"), warehouse.fill(ERP, "usmf")) == ("1", "13")
    assert site.together == warehouse.together == "site"


def test_a_constant_differs_by_company(tmp_path: Path) -> None:
    """It stands in one place, where an overlay gives another company another one."""
    own = tmp_path / "groups.yaml"
    own.write_text("extends: accounts\nconstants:\n  customer_group: {demf: 20}\n")
    found = prospects(("accounts", own), prefix=PUBLISHED).map(f"{NAME}.accounts")
    group = constant_of(found, "CustomerGroupId")
    assert [group.of(company) for company in ("usmf", "demf")] == ["10", "20"]


def test_the_unit_group_is_given_on_create() -> None:
    """A reference without a source is looked up for a new product, and a person's from then on."""
    (line,) = [line for line in prospect_map("products").lookups if line.name == "- >> defaultuomscheduleid.name"]
    assert (line.create, line.update, line.missing) == (True, False, "wait")
