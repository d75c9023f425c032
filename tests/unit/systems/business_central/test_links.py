"""Where people open a record of Business Central: the web client's address of its card (Web Client URL)."""

from __future__ import annotations

import pytest

from shared.mapping import BUSINESS_CENTRAL, entity
from shared.systems._web_client import client_of, link_to

ONLINE = "https://api.businesscentral.dynamics.com/v2.0/contoso.com/Production/api"


@pytest.mark.parametrize(
    ("base", "client"),
    [
        (ONLINE, "https://businesscentral.dynamics.com/contoso.com/Production"),
        (ONLINE.replace("contoso.com/", ""), "https://businesscentral.dynamics.com/Production"),
        ("https://bc.contoso.example:7048/BC260/api", ""),
        ("http://127.0.0.1:7083/v2.0/Sandbox/api", ""),
    ],
)
def test_the_web_client_of_an_environment_is_known_online_alone(base: str, client: str) -> None:
    """On premises it has a server, a port and an instance of its own, which no address of the API tells."""
    assert client_of(base) == client


@pytest.mark.parametrize(
    ("name", "page", "field"),
    [
        ("customers", 21, "No."),
        ("customerCards", 21, "No."),
        ("vendors", 26, "No."),
        ("vendorCards", 26, "No."),
        ("contacts", 5050, "No."),
        ("contactCards", 5050, "No."),
        ("items", 30, "No."),
        ("itemCards", 30, "No."),
        ("currencies", 495, "Code"),
        ("salespeoplePurchasers", 5116, "Code"),
        ("unitsOfMeasure", 209, "Code"),
        ("paymentTerms", 4, "Code"),
        ("shipmentMethods", 11, "Code"),
        ("shippingAgents", 428, "Code"),
        ("customerPriceGroups", 7, "Code"),
    ],
)
def test_a_card_is_filtered_by_number_or_code_in_the_company_of_the_record(name: str, page: int, field: str) -> None:
    """The names of fields are those of the table; a list page, where there is no card, shows just that record."""
    found = link_to("https://bc/Production", "CRONUS & Söhne", entity(BUSINESS_CENTRAL, name), "C 100")
    asked = f"filter=%27{field}%27%20IS%20%27C%20100%27"
    assert found == f"https://bc/Production/?company=CRONUS%20%26%20S%C3%B6hne&page={page}&{asked}"


@pytest.mark.parametrize("number", ["", "A&B", "A|B", "A*", "1..9", "<>5", "@ab", "O'NEIL", "(1)", "%ME", "A?"])
def test_a_number_that_a_filter_would_read_otherwise_has_no_link(number: str) -> None:
    """What stands after IS is a filter: some characters would find other records, or none."""
    assert link_to("https://bc/Production", "CRONUS", entity(BUSINESS_CENTRAL, "customers"), number) == ""
