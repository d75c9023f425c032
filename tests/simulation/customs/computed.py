"""Values that a function makes."""

from __future__ import annotations

from typing import Final

from tests.simulation.customs.custom import Custom, lines


def region(country: str) -> str:
    """A consultant's own function: which region a country belongs to."""
    if country and country not in {"AT", "SE"}:
        raise ValueError(f"no region for {country}")
    return {"AT": "Central", "SE": "North"}.get(country, "")


FUNCTIONS: Final = (region,)

COMPUTED: Final = (
    Custom(
        "The place in one line",
        lines("- >> new_region fn join(', ', AddressCity, AddressState)"),
        "puts fields together, without blank ones",
        erp=({"AddressCity": "Vienna", "AddressState": "W"}, {"new_region": "Vienna, W"}),
        dataverse=({"new_region": "typed"}, {"new_region": "typed"}),
        lived=(
            ({"AddressState": ""}, {"new_region": "Vienna"}),
            ({"new_region": "by hand"}, {"new_region": "Vienna"}),
        ),
    ),
    Custom(
        "First and last name out of one",
        lines("CtsRegion << - fn words_before_last(name)", "CtsNotes << - fn last_word(name)"),
        "splits a column into two fields",
        dataverse=({"name": "Ada Maria King"}, {"CtsRegion": "Ada Maria", "CtsNotes": "King"}),
        met=({"OrganizationName": "Ada King", "name": "Ada King"}, {"CtsRegion": "Ada", "CtsNotes": "King"}),
    ),
    Custom(
        "Phone numbers without blanks and brackets",
        lines("PrimaryContactPhone >< telephone1 fn digits"),
        "tidies what travels, in either direction, and leaves alone where it came from",
        erp=({"PrimaryContactPhone": "+43 (0) 1 234"}, {"telephone1": "+431234"}),
        dataverse=({"telephone1": "01 / 2"}, {"PrimaryContactPhone": "012", "telephone1": "01 / 2"}),
        met=(
            {"PrimaryContactPhone": "01-2", "telephone1": "01 2"},
            {"PrimaryContactPhone": "012", "telephone1": "01 2"},
        ),
        lived=(
            ({"telephone1": "1 2 3"}, {"PrimaryContactPhone": "123"}),
            ({"telephone1": None}, {"PrimaryContactPhone": ""}),
        ),
        left={"conflicts": 1},
    ),
    Custom(
        "A number with leading zeros only in the ERP",
        lines("CtsSector >< new_sector fn strip_zeros(6)"),
        "takes them off one way, and puts them back the other way",
        erp=({"CtsSector": "000042"}, {"new_sector": "42"}),
        dataverse=({"new_sector": "7"}, {"CtsSector": "000007"}),
        met=({"CtsSector": "000042", "new_sector": "42"}, {"CtsSector": "000042", "new_sector": "42"}),
        lived=(({"new_sector": None}, {"CtsSector": ""}),),
    ),
    Custom(
        "Regions in capital letters",
        lines("CtsRegion >< new_region fn upper"),
        "what differs by its letters only is equal",
        erp=({"CtsRegion": "north"}, {"new_region": "NORTH"}),
        dataverse=({"new_region": "South"}, {"CtsRegion": "SOUTH", "new_region": "South"}),
        met=({"CtsRegion": "East", "new_region": "EAST"}, {"CtsRegion": "East", "new_region": "EAST"}),
        lived=(({"new_region": "west"}, {"CtsRegion": "WEST", "new_region": "west"}),),
    ),
    Custom(
        "The first ten characters are enough",
        lines("SalesMemo >> new_region fn left(10)"),
        "cuts a long text",
        erp=({"SalesMemo": "A very long text"}, {"new_region": "A very lon"}),
        lived=(({"SalesMemo": "short"}, {"new_region": "short"}),),
    ),
    Custom(
        "Our own rule for regions",
        lines("AddressCountryRegionISOCode >> new_region fn region"),
        "a function of the consultant's; what it refuses parks its line alone",
        erp=({"AddressCountryRegionISOCode": "AT"}, {"new_region": "Central"}),
        lived=(
            ({"AddressCountryRegionISOCode": "SE"}, {"new_region": "North"}),
            ({"AddressCountryRegionISOCode": "FR", "OrganizationName": "N"}, {"new_region": "North", "name": "N"}),
        ),
        left={"parked": 1},
    ),
    Custom(
        "The mail domain",
        lines("PrimaryContactEmail >> new_region fn after('@')", "PrimaryContactEmail = emailaddress1"),
        "the same field on two lines, once as it is, once computed",
        erp=(
            {"PrimaryContactEmail": "ada@contoso.example"},
            {"new_region": "contoso.example", "emailaddress1": "ada@contoso.example"},
        ),
        lived=(({"emailaddress1": "a@b.example"}, {"PrimaryContactEmail": "a@b.example"}),),
    ),
    Custom(
        "What is computed blank gets a default",
        lines("CtsNotes >> new_region fn first_word default none"),
        "a blank result is a blank source",
        erp=({"CtsNotes": ""}, {"new_region": "none"}),
        lived=(({"CtsNotes": "Two words"}, {"new_region": "Two"}),),
    ),
)
