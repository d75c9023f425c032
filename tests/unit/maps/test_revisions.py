"""Overlays that an operator switches on: revisions that ship, one's own, and both together."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from functions.runtime import catalogue
from shared.errors import SettingError
from shared.mapping import DATAVERSE, Catalogue, read_document
from shared.settings import Settings
from tests.unit.maps.shipped import REVISIONS, SUITE, lines_of, shipped

ACCOUNTS: Final = "dual_write.customers_v3_accounts"


def switched_on(*overlays: str) -> Catalogue:
    """The maps of an app with this setting."""
    return catalogue(Settings(dataverse_url="https://unused", finops_url="https://unused", map_overlays=overlays))


@pytest.mark.parametrize(
    ("overlays", "switches", "says"),
    [
        (
            ("dual_write.customer_v3_accounts={}",),
            (),
            "MAP_OVERLAYS: 'dual_write.customer_v3_accounts' is no flow; write",
        ),
        (("contoso.things={}",), (), "MAP_OVERLAYS: 'contoso.things' is no flow; known: business_central."),
        ((f"{ACCOUNTS}={{}}",), ("piolt",), "MAP_SWITCHES: 'piolt' is asked for by no map; write pilot"),
        ((), ("pilot",), "MAP_SWITCHES: 'pilot' is asked for by no map; known: none"),
    ],
)
def test_settings_that_name_nothing(
    tmp_path: Path, overlays: tuple[str, ...], switches: tuple[str, ...], says: str
) -> None:
    """An overlay of a flow that there is not, and a switch that no map asks for, are errors with the nearest name."""
    (tmp_path / "own.yaml").write_text(
        "extends: customers_v3_accounts\nfields: |\n  SalesMemo = description ; if pilot\n"
    )
    chosen = Settings(
        dataverse_url="https://unused",
        finops_url="https://unused",
        map_overlays=tuple(each.format("own.yaml") for each in overlays),
        map_switches=switches,
    )
    with pytest.raises(SettingError) as problem:
        catalogue(chosen, tmp_path)
    assert says in str(problem.value)


def test_what_is_about_a_suite_that_is_off_waits_for_it() -> None:
    """Its overlay is no error."""
    assert switched_on("prospect_to_cash.accounts=corrected").sound()


@pytest.mark.parametrize("name", REVISIONS)
def test_a_revision_is_switched_on_for_one_flow(name: str) -> None:
    """The flow's map is another one, which asks for a new match report; all others stay as they are."""
    flow, _, word = name.partition(".")
    revised, plain = switched_on(f"dual_write.{flow}={word}"), switched_on()
    changed = [each for each in plain.names if revised.map(each).fingerprint != plain.map(each).fingerprint]
    assert changed == [f"dual_write.{flow}"]
    assert revised.map(f"dual_write.{flow}").files == (f"{flow}.yaml", f"{name}.yaml")


@pytest.mark.parametrize("name", REVISIONS)
def test_a_revision_names_only_lines_that_it_changes(name: str) -> None:
    """Whatever an overlay switches off is in the shipped map, and what it adds is not."""
    flow = name.partition(".")[0]
    text = read_document(SUITE / "revisions" / f"{name}.yaml").data.get("fields", "")
    rows = [" ".join(line.partition(";")[0].split()[:3]) for line in text.splitlines() if line.endswith("off")]
    assert set(rows) <= set(lines_of(shipped(flow)))


def test_an_overlay_of_ones_own_works_the_same_and_with_a_revision(tmp_path: Path) -> None:
    """Overlays apply in the order in which they are named; a later one changes what an earlier one added."""
    own = tmp_path / "contoso.yaml"
    own.write_text(
        "extends: customers_v3_accounts\npolicy: {conflict: park}\nfields: |\n"
        "  PrimaryContactFax  =  fax  ; off\n  SalesTaxGroup  >  msdyn_salestaxgroup.msdyn_name\n",
        "utf-8",
    )
    revised = switched_on(f"{ACCOUNTS}=r2")
    found = Catalogue(revised.files, {ACCOUNTS: [*revised.overlays[ACCOUNTS], own]}).map(ACCOUNTS)
    lines = set(lines_of(found))
    assert lines - set(lines_of(shipped("customers_v3_accounts"))) == {
        "ContactPersonId = primarycontactid.msdyn_contactpersonid",
        "SalesTaxGroup > msdyn_salestaxgroup.msdyn_name",
    }
    assert "PrimaryContactFax = fax" not in lines
    assert found.policy.conflict == "park"


def test_an_unknown_revision_is_refused() -> None:
    """A slip in the setting names the flow's revisions."""
    with pytest.raises(SettingError, match=r"revision that ships with it: r3$"):
        switched_on("dual_write.loyalty_cards=r2")


@pytest.mark.parametrize(
    ("name", "row", "inside"),
    [
        ("customers_v3_contacts", {"msdyn_sellable": True, "msdyn_contactpersonid": None}, True),
        ("customers_v3_contacts", {"msdyn_sellable": False, "msdyn_contactpersonid": "C-1"}, False),
        ("customers_v3_contacts.r2", {"msdyn_sellable": True, "msdyn_contactpersonid": None}, False),
        ("customers_v3_contacts.r2", {"msdyn_sellable": True, "msdyn_contactpersonid": "C-1"}, True),
        ("customers_v3_contacts.r3", {"msdyn_sellable": True, "msdyn_contactpersonid": None}, False),
        ("customers_v3_contacts.r3", {"msdyn_sellable": True, "msdyn_contactpersonid": "C-1"}, True),
    ],
)
def test_scopes_of_contacts_that_buy(name: str, row: dict[str, Any], inside: bool) -> None:
    """As shipped, a contact without a number is in the scope, and gets one; later revisions leave it out."""
    flow, *revisions = name.split(".")
    assert shipped(flow, *revisions).side(DATAVERSE).scope.includes(row) is inside


@pytest.mark.parametrize("flow", ["cds_contacts_v2", "cds_contacts_v2_customers"])
def test_the_country_can_be_written_as_customers_write_it(flow: str) -> None:
    """As published, contact persons have the ERP's id of a country in the column where customers have its ISO code."""
    names = [
        [line.erp.name for line in each.lines if line.dataverse.name == "address1_country"]
        for each in (shipped(flow), shipped(flow, "iso_country"))
    ]
    assert names == [["PrimaryAddressCountryRegionId"], ["PrimaryAddressCountryRegionISOCode"]]


@pytest.mark.parametrize("flow", ["cds_contacts_v2", "cds_contacts_v2_customers"])
def test_direct_mail_can_be_meant_as_it_is_said(flow: str) -> None:
    """As published, who receives direct mail wants no e-mail; the overlay inverts that."""
    published, meant = (
        next(line for line in each.lines if line.erp.name == "IsReceivingDirectMail")
        for each in (shipped(flow), shipped(flow, "direct_mail"))
    )
    assert (published.forward("Yes"), meant.forward("Yes"), meant.backward("true")) == ("true", "false", "No")
