"""Accounts to choose from, order and page through."""

from __future__ import annotations

from tests.emulator.dataverse.probe import Probe

NAMES = ["Adatum", "Contoso ", "FABRIKAM", "fabrikam East", "Ümlaut", None]


def six_accounts() -> Probe:
    """A twin with six accounts; two of them belong to a contact, one is inactive."""
    probe = Probe()
    contact = probe.created("contacts", firstname="Mira", lastname="Novak", emailaddress1="mira@fabrikam.example")
    for place, name in enumerate(NAMES):
        bind = {"primarycontactid@odata.bind": f"/contacts({contact})"} if place in (2, 3) else {}
        probe.created("accounts", name=name, numberofemployees=place * 10, accountnumber=f"C-{place}", **bind)
        probe.pass_time(60)
    first = next(row["accountid"] for row in probe.twin.rows("accounts") if row["name"] == "Adatum")
    probe.twin.update("accounts", first, {"statecode": 1, "customertypecode": 3, "creditlimit": 12.5})
    return probe
