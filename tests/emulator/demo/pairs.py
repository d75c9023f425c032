"""F&O rows in Dataverse's words: which property stands in which column, and how values change on the way.

Written down from the published tables a second time, on purpose: the maps of the app are checked against it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from shared.mapping import Entity, Field, entity

Row = dict[str, Any]
Find = Callable[[str, str], str]
"""Table and code to the id of the Dataverse row with that code."""

Convert = Callable[[Any], Any]


@dataclass(frozen=True)
class Pairing:
    """An F&O entity and its Dataverse table. columns: property to column; constants: what stands in every row."""

    entity: str
    table: str
    columns: Mapping[str, str]
    constants: Mapping[str, Any] = field(default_factory=dict)


_CUSTOMERS: Final = {
    "CustomerAccount": "accountnumber",
    "OrganizationName": "name",
    "OrganizationNumberOfEmployees": "numberofemployees",
    "PartyNumber": "msdyn_partynumber",
    "PartyCountry": "msdyn_partycountry",
    "PartyState": "msdyn_partystateprovince",
    "DeliveryAddressStreet": "address1_line1",
    "DeliveryAddressCity": "address1_city",
    "DeliveryAddressCounty": "address1_county",
    "DeliveryAddressState": "address1_stateorprovince",
    "DeliveryAddressZipCode": "address1_postalcode",
    "DeliveryAddressCountryRegionISOCode": "address1_country",
    "DeliveryAddressLatitude": "address1_latitude",
    "DeliveryAddressLongitude": "address1_longitude",
    "InvoiceAddressStreet": "address2_line1",
    "InvoiceAddressCity": "address2_city",
    "InvoiceAddressCounty": "address2_county",
    "InvoiceAddressState": "address2_stateorprovince",
    "InvoiceAddressZipCode": "address2_postalcode",
    "InvoiceAddressCountryRegionISOCode": "address2_country",
    "InvoiceAddressLatitude": "address2_latitude",
    "InvoiceAddressLongitude": "address2_longitude",
    "PrimaryContactEmail": "emailaddress1",
    "PrimaryContactEmailDescription": "msdyn_emailaddress1description",
    "PrimaryContactFacebook": "msdyn_primaryfacebookid",
    "PrimaryContactFacebookDescription": "msdyn_primaryfacebookdescription",
    "PrimaryContactFax": "fax",
    "PrimaryContactFaxDescription": "msdyn_faxdescription",
    "PrimaryContactFaxExtension": "msdyn_faxextension",
    "PrimaryContactLinkedIn": "msdyn_primarylinkedinid",
    "PrimaryContactLinkedInDescription": "msdyn_primarylinkedindescrption",
    "PrimaryContactPhone": "telephone1",
    "PrimaryContactPhoneDescription": "msdyn_telephone1description",
    "PrimaryContactPhoneExtension": "msdyn_telephone1extension",
    "PrimaryContactTwitter": "primarytwitterid",
    "PrimaryContactTwitterDescription": "msdyn_primarytwitteriddescription",
    "PrimaryContactURL": "websiteurl",
    "PrimaryContactURLDescription": "msdyn_websiteurldescription",
    "SalesMemo": "description",
    "SalesCurrencyCode": "transactioncurrencyid",
    "CreditLimit": "creditlimit",
    "CreditLimitIsMandatory": "msdyn_creditlimitismandatory",
    "CreditRating": "msdyn_creditrating",
    "CustomerGroupId": "msdyn_customergroupid",
    "IdentificationNumber": "msdyn_identificationnumber",
    "InvoiceAddress": "msdyn_invoiceaddress",
    "IsOneTimeCustomer": "msdyn_onetimecustomer",
    "OnHoldStatus": "msdyn_onholdstatus",
    "PaymentDay": "msdyn_paymentday",
    "PaymentMethod": "msdyn_customerpaymentmethod",
    "PaymentSchedule": "msdyn_paymentschedule",
    "PaymentTerms": "msdyn_paymentterm",
    "PaymentTermsBaseDays": "msdyn_paymenttermsbasedays",
    "TaxExemptNumber": "msdyn_taxexemptnumber",
    "VendorAccount": "msdyn_vendor",
}
"""All but InvoiceAccount, which names a record of the same table."""

_TERMS: Final = {
    "Name": "msdyn_name",
    "Description": "msdyn_description",
    "NumberOfMonths": "msdyn_numberofmonth",
    "CutoffDayOfMonth": "msdyn_cutoffdayofmonth",
    "IsCashPayment": "msdyn_iscashpayment",
    "NumberOfDays": "msdyn_days",
    "IsCertifiedCompanyCheck": "msdyn_iscertifiedcompanycheck",
    "IsDefaultPaymentTerm": "msdyn_isdefaultpaymentterm",
    "CreditCardPaymentType": "msdyn_creditcardpaymenttype",
    "CreditCardCreditCheckType": "msdyn_creditcardcreditchecktype",
    "PaymentDayName": "msdyn_paymentdayname",
    "PaymentMethodType": "msdyn_paymentmethodtype",
    "PaymentScheduleName": "msdyn_paymentschedulename",
}
_METHODS: Final = {
    "Name": "msdyn_name",
    "AccountType": "msdyn_accounttype",
    "DiscountGracePeriodDays": "msdyn_discountgraceperioddays",
    "BridgingPostingEnabled": "msdyn_bridgingpostingenabled",
    "IsSEPA": "msdyn_issepa",
    "LastFileNumber": "msdyn_lastfilenumber",
    "LastFileNumberToday": "msdyn_lastfilenumbertoday",
    "Description": "msdyn_description",
    "PaymentType": "msdyn_paymenttype",
    "CreateAndDrawBillOfExchangeDuringInvoicePosting": "msdyn_invoiceupdate",
    "PaymentStatus": "msdyn_paymentstatus",
    "SumByPeriod": "msdyn_sumbyperiod",
    "EnablePostdatedCheckClearingPosting": "msdyn_enablepostdatescheckclearingposting",
    "BillOfExchangeDraftType": "msdyn_billofexchangedrafttype",
    "DirectDebit": "msdyn_directdebit",
}
_SCHEDULES: Final = {
    "Name": "msdyn_name",
    "Description": "msdyn_description",
    "AllocationMethod": "msdyn_allocationmethod",
    "PaymentFrequencyUnits": "msdyn_paymentfrequencyunit",
    "PaymentFrequency": "msdyn_paymentfrequency",
    "NumberOfPayments": "msdyn_numberofpayments",
    "FixedPaymentAmount": "msdyn_fixedpaymentamount",
    "MinimumPaymentAmount": "msdyn_minimumpaymentamount",
    "SalesTaxAllocationMethod": "msdyn_salestaxallocationmethod",
    "Notes": "msdyn_note",
}
_GROUPS: Final = {
    "CustomerGroupId": "msdyn_groupid",
    "Description": "msdyn_description",
    "IsSalesTaxIncludedInPrice": "msdyn_issalestaxincludedinprice",
    "PaymentTermId": "msdyn_paymenttermid",
    "ClearingPeriodPaymentTermName": "msdyn_clearingperiodpaymenttermname",
}
_DAYS: Final = {"Name": "msdyn_name", "Description": "msdyn_description"}
_VENDORS: Final = {"VendorAccountNumber": "msdyn_vendoraccountnumber", "VendorOrganizationName": "msdyn_name"}

CUSTOMERS: Final = Pairing(
    "CustomersV3", "accounts", _CUSTOMERS, {"address1_addresstypecode": 2, "customertypecode": 3}
)
REFERENCES: Final = (
    Pairing("PaymentDaysCds", "msdyn_paymentdays", _DAYS),
    Pairing("PaymentSchedules", "msdyn_paymentschedules", _SCHEDULES),
    Pairing("PaymentTerms", "msdyn_paymentterms", _TERMS),
    Pairing("CustomerGroups", "msdyn_customergroups", _GROUPS),
    Pairing("CustomerPaymentMethods", "msdyn_customerpaymentmethods", _METHODS),
    Pairing("VendorsV2", "msdyn_vendors", _VENDORS),
)
"""What customers refer to, in each company; whatever a row names stands before it."""


@dataclass(frozen=True)
class Translator:
    """Makes rows of one table out of rows of one entity, in wire form, blanks left out."""

    constants: Mapping[str, Any]
    plain: tuple[tuple[str, str, Convert], ...]
    lookups: tuple[tuple[str, str, str], ...]

    @classmethod
    def of(cls, pairing: Pairing) -> Translator:
        table = entity("dataverse", pairing.table)
        pairs = [(name, table.fields[column]) for name, column in pairing.columns.items()]
        plain = tuple((name, found.name, _convert(found)) for name, found in pairs if found.type != "lookup")
        return cls(pairing.constants, plain, tuple(_lookup(name, found) for name, found in pairs if found.targets))

    def row(self, row: Mapping[str, Any], find: Find) -> Row:
        """The Dataverse row that means the same as an F&O row, without its id and company."""
        found: Row = {
            column: value for name, column, convert in self.plain if (value := convert(row[name])) is not None
        }
        for name, bind, table in self.lookups:
            if row[name]:
                found[bind] = f"/{table}({find(table, row[name])})"
        found.update(self.constants)
        return found


def blank(form: Entity) -> Row:
    """A row of an F&O entity in which nothing was filled in: there is no null."""
    return {each.name: _blank(each) for each in form.fields.values()}


def _blank(found: Field) -> Any:
    return found.members[0] if found.type == "enum" else 0 if found.type in {"int", "decimal"} else ""


def _lookup(name: str, column: Field) -> tuple[str, str, str]:
    ((table, navigation),) = column.targets.items()
    return name, f"{navigation}@odata.bind", table


def _convert(column: Field) -> Convert:
    if column.type == "bool":
        return lambda value: value == "Yes"
    if column.type == "choice":
        return {label: int(option) for option, label in column.options.items()}.__getitem__
    if column.scale is not None:
        return _rounding(Decimal(1).scaleb(-column.scale))
    return lambda value: value or None


def _rounding(unit: Decimal) -> Convert:
    def convert(value: float) -> float | None:
        if not value:
            return None
        number = float(Decimal(repr(value)).quantize(unit, ROUND_HALF_UP))
        return number or None

    return convert
