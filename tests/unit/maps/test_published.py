"""The shipped maps are the published ones: every line, its symbol and its spelling, and nothing else.

`published/<flow>.txt` holds one line of the published tables of 2019 a row, `-` where a side has no field;
`published/<flow>.<revision>.txt` the same for later tables.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.unit.maps.shipped import FLOWS, REVISIONS, SUITE, lines_of, shipped

FOLDER: Final = Path(__file__).parent / "published"
REVISIONS_FOLDER: Final = SUITE / "revisions"
PUBLISHED: Final = {path.stem: [" ".join(line.split()) for line in path.read_text("utf-8").splitlines()]
                    for path in sorted(FOLDER.glob("*.txt"))}  # fmt: skip
VARIANT: Final = "cds_contacts_v2_customers"
"""The second map of its title in the product; only the first was published."""


def test_there_are_twelve_maps_with_213_lines() -> None:
    """The suite is the published one, and one variant that was described and not published."""
    first = {name: lines for name, lines in PUBLISHED.items() if "." not in name}
    assert sorted([*first, VARIANT]) == FLOWS
    assert (len(first), sum(map(len, first.values()))) == (12, 213)


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_line_is_as_it_was_published(name: str) -> None:
    """A map, and each later revision of it, has exactly the published lines."""
    flow, *revisions = name.split(".")
    assert lines_of(shipped(flow, *revisions)) == sorted(PUBLISHED[name])


def test_every_revision_is_published_or_said_not_to_be() -> None:
    """Overlays that ship are published revisions, but for those of the variant, those that mend a published line, and
    those that take back a rule of ours.
    """
    own = [name for name in REVISIONS if name not in PUBLISHED]
    mended, rule = ("direct_mail", "iso_country"), "typed_party"
    assert own == [
        *(f"cds_contacts_v2.{word}" for word in (*mended, rule)),
        *(f"{VARIANT}.{word}" for word in (*mended, "r2", "r3", rule)),
        f"customers_v3_accounts.{rule}",
        f"customers_v3_contacts.{rule}",
    ]


@pytest.mark.parametrize("name", [each for each in REVISIONS if each.endswith((".typed_party", ".r3"))])
def test_whoever_lets_typed_numbers_go_along_reads_what_that_opens(name: str) -> None:
    """The overlays that send a party number as it stands say so, and so does nothing else that ships."""
    flow, word = name.split(".")
    opens = "What this opens: whoever may" in (REVISIONS_FOLDER / f"{name}.yaml").read_text("utf-8")
    assert opens == (shipped(flow, word).policy.second == "typed")
    assert shipped(flow).policy.second == "agreed"


@pytest.mark.parametrize("revision", ["", "r2", "r3"])
def test_the_variant_for_customers_differs_in_whom_it_is_about(revision: str) -> None:
    """Only the associated account and the two constants tell the two maps of one title apart."""
    revisions = [revision] if revision else []
    vendors, customers = (lines_of(shipped(flow, *revisions)) for flow in ("cds_contacts_v2", VARIANT))
    assert set(customers) - set(vendors) == {"AssociatedContactNumber = parentcustomerid.Account(accountnumber)"}
    assert len(customers) == len(vendors)


@pytest.mark.parametrize(
    ("flow", "line", "value"),
    [
        ("customers_v3_accounts", "- >> customertypecode", "3"),
        ("customers_v3_accounts", "- >> address1_addresstypecode", "2"),
        ("customers_v3_accounts", "PartyType << -", "Organization"),
        ("customers_v3_accounts", "LanguageId << -", "en-us"),
        ("customers_v3_contacts", "- >> msdyn_sellable", "true"),
        ("customers_v3_contacts", "- >> address1_addresstypecode", "3"),
        ("customers_v3_contacts", "- >> address2_addresstypecode", "1"),
        ("customers_v3_contacts", "- >> address3_addresstypecode", "1"),
        ("customers_v3_contacts", "PartyType << -", "Person"),
        ("customers_v3_contacts", "LanguageId << -", "en-us"),
        ("customers_v3_contacts", "AddressLocationRoles << -", "Business"),
        ("cds_contacts_v2", "AssociatedContactType << -", "Vendor"),
        ("cds_contacts_v2", "- >> msdyn_contactforvendor", "true"),
        ("cds_contacts_v2", "- >> msdyn_contactpersonid", ""),
        (VARIANT, "AssociatedContactType << -", "Customer"),
        (VARIANT, "- >> msdyn_contactforvendor", "false"),
    ],
)
def test_constants_are_as_they_were_published(flow: str, line: str, value: str) -> None:
    """What a map writes without a source."""
    found = shipped(flow)
    assert [each.value for each in (*found.erp.constants, *found.dataverse.constants) if each.line == line] == [value]
