"""What people know of the flows: tables, keys, codes in use, what can be filled in, and what they like to type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from shared.mapping import DATAVERSE, ERP, Side, entity

TERMS: Final = "dual_write.terms_of_payment"
GROUPS: Final = "dual_write.customer_groups"
CUSTOMERS: Final = "dual_write.customers_v3_accounts"
CONTACTS: Final = "dual_write.cds_contacts_v2_customers"
PERSONS: Final = "dual_write.customers_v3_contacts"
CARDS: Final = "dual_write.loyalty_cards"

Make = Callable[[Random, int], Any]
AWKWARD: Final = ("O'Neil *", 'the "big" one, *', "100 % of *", "a/b?c=*&d#e", "1+1=*", "Söhne & Töchter *", "Zoë 😀 *",
                  "* -- in front", "<b>*</b>; --", "back\\slash *")  # fmt: skip
"""What people type, too; a star is a number."""


def text(random: Random, number: int) -> str:
    """What people type into a field: mostly something new, now and then the same, nothing, or what is awkward."""
    awkward = random.choice(AWKWARD).replace("*", str(number))
    return random.choice((f"v{number}", f"v{number}", f"v{number}", "A", "B", "", f"v{number} ", awkward))


def name_never_blank(random: Random, number: int) -> str:
    """Mostly the same company, whoever writes it; now and then it is another one."""
    same = (f"Contoso v{number}", f"CONTOSO v{number} Ltd", "Contoso A", "Contoso B")
    return random.choice((*same, *same, "Fabrikam GmbH" if number % 2 else "Northwind Traders"))


def amount(random: Random, number: int) -> float:
    return random.choice((float(number), number + 0.125, number / 3, 100.0, 0.0))


def _days(random: Random, number: int) -> int:
    return random.choice((number, 10, 0))


DATES: Final = ("2024-02-29", "2023-12-31", "2024-01-01", "1999-12-31", "1900-01-02", "2154-12-31", "2026-03-29")
"""Leap days, ends of years, days on which clocks change, and the first and the last that the ERP takes."""


def _day(random: Random, number: int) -> str:
    return random.choice((*DATES, f"2025-{number % 12 + 1:02}-{number % 28 + 1:02}"))


def _erp_day(random: Random, number: int) -> str:
    """A day as a date field of the ERP is sent it; none is the first of all days."""
    day = random.choice((_day(random, number), _day(random, number), "1900-01-01"))
    return day + random.choice(("T00:00:00Z", "T12:00:00Z"))


def _erp_moment(random: Random, number: int) -> str:
    day = random.choice((_day(random, number), _day(random, number), "1900-01-01"))
    return day + random.choice(("T00:00:00Z", "T12:00:00Z", "T23:59:59Z"))


def _dataverse_day(random: Random, number: int) -> str:
    return random.choice((_day(random, number), _day(random, number), _day(random, number), "1900-01-01", ""))


def one_of(*values: Any) -> Make:
    return lambda random, _number: random.choice(values)


@dataclass(frozen=True, slots=True)
class Pair:
    """A field and a column that people fill in. refers: the kind of record it points to, by code, or by the field that
    `by` names. bound_by: the property that sets the column, where it is not called like it.
    """

    erp: str
    dataverse: str
    make: Make = text
    dataverse_make: Make | None = None
    refers: str = ""
    bound_by: str = ""
    by: str = ""

    @property
    def navigation(self) -> str:
        """The property by which Dataverse sets the column."""
        return self.bound_by or self.dataverse


@dataclass(frozen=True, slots=True)
class Kind:
    """What people know of one flow: the two tables, the key, the codes in use, what can be filled in.

    only: the records of the ERP that it is about, by a field and its value, where the entity has others, too. own: a
    field of a side that no line maps, and that the map gives a constant to; what people put there. named_by: what tells
    its records apart in the ERP, where that is not their key.
    """

    flow: str
    entity: str
    table: str
    key: str
    column: str
    codes: tuple[str, ...]
    pairs: tuple[Pair, ...]
    only: tuple[str, str] | None = None
    own: Mapping[Side, tuple[str, tuple[Any, ...]]] = field(default_factory=dict)
    system: str = "finops"
    named_by: str = ""

    @property
    def party(self) -> Pair | None:
        """What says whose record it is, where several may be one party's."""
        return PARTIES.get(self.flow)

    @property
    def striped(self) -> bool:
        """True if its records belong to companies."""
        found = entity(self.system, self.entity)
        return found.company in found.key


KINDS: Final = {
    TERMS: Kind(TERMS, "PaymentTerms", "msdyn_paymentterms", "Name", "msdyn_name",
                ("Net10", "Net30", "2/10N30", "Net10\u00a0"), (
        Pair("Description", "msdyn_description"),
        Pair("NumberOfDays", "msdyn_days", _days),
        Pair("IsCashPayment", "msdyn_iscashpayment", one_of("Yes", "No"), one_of(True, False)),
    )),
    GROUPS: Kind(GROUPS, "CustomerGroups", "msdyn_customergroups", "CustomerGroupId", "msdyn_groupid",
                 ("10", "2&0", "30%"), (
        Pair("Description", "msdyn_description"),
        Pair("PaymentTermId", "msdyn_paymenttermid", refers=TERMS),
        Pair("IsSalesTaxIncludedInPrice", "msdyn_issalestaxincludedinprice", one_of("Yes", "No"),
             one_of(True, False)),
    )),
    CUSTOMERS: Kind(CUSTOMERS, "CustomersV3", "accounts", "CustomerAccount", "accountnumber",
                    ("C1", "I2", "C+3", "\u01312", "\u00c71"), (
        Pair("OrganizationName", "name", name_never_blank),
        Pair("OrganizationName", "name", name_never_blank),
        Pair("SalesMemo", "description"),
        Pair("SalesMemo", "description"),
        Pair("CreditLimit", "creditlimit", amount),
        Pair("PrimaryContactEmail", "emailaddress1",
             one_of("a@contoso.com", "b@contoso.com", "", f"{'x' * 110}@c.com"),
             one_of("a@contoso.com", "c@contoso.com", None)),
        Pair("DeliveryAddressLatitude", "address1_latitude", one_of(52.5, 10.25, 0.0)),
        Pair("OnHoldStatus", "msdyn_onholdstatus", one_of("No", "All", "Invoice"),
             one_of(806380000, 806380002, None)),
        Pair("CustomerGroupId", "msdyn_customergroupid", refers=GROUPS),
        Pair("PaymentTerms", "msdyn_paymentterm", refers=TERMS),
        Pair("InvoiceAccount", "msdyn_billingaccount", refers=CUSTOMERS, bound_by="msdyn_billingaccount_account"),
    ), ("PartyType", "Organization"),
       {ERP: ("LanguageId", ("de", "fr", "en-us", "")), DATAVERSE: ("address1_addresstypecode", (1, 2, 3, None))}),
    CONTACTS: Kind(CONTACTS, "CDSContactPersonsV2", "contacts", "ContactPersonPartyNumber", "msdyn_partynumber", (), (
        Pair("FirstName", "firstname", name_never_blank),
        Pair("LastName", "lastname"),
        Pair("Notes", "description"),
        Pair("EmploymentProfession", "jobtitle"),
        Pair("PrimaryEmailAddress", "emailaddress1"),
    ), ("AssociatedContactType", "Customer")),
    PERSONS: Kind(PERSONS, "CustomersV3", "contacts", "CustomerAccount", "msdyn_contactpersonid", ("P1", "P2", "P3"), (
        Pair("PersonFirstName", "firstname", name_never_blank),
        Pair("PersonLastName", "lastname"),
        Pair("SalesMemo", "description"),
        Pair("PersonProfessionalTitle", "jobtitle"),
        Pair("CustomerGroupId", "msdyn_customergroupid", refers=GROUPS),
    ), ("PartyType", "Person"), {ERP: ("LanguageId", ("de", "fr", "en-us", ""))}),
    CARDS: Kind(CARDS, "RetailLoyaltyCards", "msdyn_loyaltycards", "CardNumber", "msdyn_cardnumber",
                ("55-1", "55-2", "5/5"), (
        Pair("LoyaltyEnrollmentDate", "msdyn_enrollmentdate", _erp_day, _dataverse_day),
        Pair("LoyaltyEnrollmentDateLocal", "msdyn_effectivedate", _erp_moment, _dataverse_day),
        Pair("LoyaltyEnrollmentDate", "msdyn_enrollmentdate", _erp_day, _dataverse_day),
        Pair("CardTenderType", "msdyn_cardtendertype", one_of("AsCardTender", "NoTender", "Blocked"),
             one_of(806380000, 806380002, None)),
        Pair("OmOperatingUnitNumber", "msdyn_operatingunitnumber", one_of("001", "002", "")),
    )),
}  # fmt: skip
PARTIES: Final = {
    CUSTOMERS: Pair("PartyNumber", "msdyn_partynumber"),
    PERSONS: Pair("PartyNumber", "msdyn_partynumber"),
    CONTACTS: Pair("ContactPersonPartyNumber", "msdyn_partynumber"),
}
