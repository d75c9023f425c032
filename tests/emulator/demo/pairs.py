"""F&O properties and Dataverse columns: which stands for which.

Written down from the published tables a second time, on purpose: the maps of the app are checked against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Row = dict[str, Any]


@dataclass(frozen=True)
class Pairing:
    """An F&O entity and its Dataverse table. columns: column to property; constants: what stands in every row."""

    entity: str
    table: str
    columns: Mapping[str, str]
    constants: Mapping[str, Any] = field(default_factory=dict)


_CUSTOMERS: Final = {
    "accountnumber": "CustomerAccount",
    "name": "OrganizationName",
    "numberofemployees": "OrganizationNumberOfEmployees",
    "msdyn_partynumber": "PartyNumber",
    "msdyn_partycountry": "PartyCountry",
    "msdyn_partystateprovince": "PartyState",
    "address1_line1": "DeliveryAddressStreet",
    "address1_city": "DeliveryAddressCity",
    "address1_county": "DeliveryAddressCounty",
    "address1_stateorprovince": "DeliveryAddressState",
    "address1_postalcode": "DeliveryAddressZipCode",
    "address1_country": "DeliveryAddressCountryRegionISOCode",
    "address1_latitude": "DeliveryAddressLatitude",
    "address1_longitude": "DeliveryAddressLongitude",
    "address2_line1": "InvoiceAddressStreet",
    "address2_city": "InvoiceAddressCity",
    "address2_county": "InvoiceAddressCounty",
    "address2_stateorprovince": "InvoiceAddressState",
    "address2_postalcode": "InvoiceAddressZipCode",
    "address2_country": "InvoiceAddressCountryRegionISOCode",
    "address2_latitude": "InvoiceAddressLatitude",
    "address2_longitude": "InvoiceAddressLongitude",
    "emailaddress1": "PrimaryContactEmail",
    "msdyn_emailaddress1description": "PrimaryContactEmailDescription",
    "msdyn_primaryfacebookid": "PrimaryContactFacebook",
    "msdyn_primaryfacebookdescription": "PrimaryContactFacebookDescription",
    "fax": "PrimaryContactFax",
    "msdyn_faxdescription": "PrimaryContactFaxDescription",
    "msdyn_faxextension": "PrimaryContactFaxExtension",
    "msdyn_primarylinkedinid": "PrimaryContactLinkedIn",
    "msdyn_primarylinkedindescrption": "PrimaryContactLinkedInDescription",
    "telephone1": "PrimaryContactPhone",
    "msdyn_telephone1description": "PrimaryContactPhoneDescription",
    "msdyn_telephone1extension": "PrimaryContactPhoneExtension",
    "primarytwitterid": "PrimaryContactTwitter",
    "msdyn_primarytwitteriddescription": "PrimaryContactTwitterDescription",
    "websiteurl": "PrimaryContactURL",
    "msdyn_websiteurldescription": "PrimaryContactURLDescription",
    "description": "SalesMemo",
    "transactioncurrencyid": "SalesCurrencyCode",
    "creditlimit": "CreditLimit",
    "msdyn_creditlimitismandatory": "CreditLimitIsMandatory",
    "msdyn_creditrating": "CreditRating",
    "msdyn_customergroupid": "CustomerGroupId",
    "msdyn_identificationnumber": "IdentificationNumber",
    "msdyn_invoiceaddress": "InvoiceAddress",
    "msdyn_onetimecustomer": "IsOneTimeCustomer",
    "msdyn_onholdstatus": "OnHoldStatus",
    "msdyn_paymentday": "PaymentDay",
    "msdyn_customerpaymentmethod": "PaymentMethod",
    "msdyn_paymentschedule": "PaymentSchedule",
    "msdyn_paymentterm": "PaymentTerms",
    "msdyn_paymenttermsbasedays": "PaymentTermsBaseDays",
    "msdyn_taxexemptnumber": "TaxExemptNumber",
    "msdyn_vendor": "VendorAccount",
}
"""All but InvoiceAccount, which names a record of the same table."""

_TERMS: Final = {
    "msdyn_name": "Name",
    "msdyn_description": "Description",
    "msdyn_numberofmonth": "NumberOfMonths",
    "msdyn_cutoffdayofmonth": "CutoffDayOfMonth",
    "msdyn_iscashpayment": "IsCashPayment",
    "msdyn_days": "NumberOfDays",
    "msdyn_iscertifiedcompanycheck": "IsCertifiedCompanyCheck",
    "msdyn_isdefaultpaymentterm": "IsDefaultPaymentTerm",
    "msdyn_creditcardpaymenttype": "CreditCardPaymentType",
    "msdyn_creditcardcreditchecktype": "CreditCardCreditCheckType",
    "msdyn_paymentdayname": "PaymentDayName",
    "msdyn_paymentmethodtype": "PaymentMethodType",
    "msdyn_paymentschedulename": "PaymentScheduleName",
}
_METHODS: Final = {
    "msdyn_name": "Name",
    "msdyn_accounttype": "AccountType",
    "msdyn_discountgraceperioddays": "DiscountGracePeriodDays",
    "msdyn_bridgingpostingenabled": "BridgingPostingEnabled",
    "msdyn_issepa": "IsSEPA",
    "msdyn_lastfilenumber": "LastFileNumber",
    "msdyn_lastfilenumbertoday": "LastFileNumberToday",
    "msdyn_description": "Description",
    "msdyn_paymenttype": "PaymentType",
    "msdyn_invoiceupdate": "CreateAndDrawBillOfExchangeDuringInvoicePosting",
    "msdyn_paymentstatus": "PaymentStatus",
    "msdyn_sumbyperiod": "SumByPeriod",
    "msdyn_enablepostdatescheckclearingposting": "EnablePostdatedCheckClearingPosting",
    "msdyn_billofexchangedrafttype": "BillOfExchangeDraftType",
    "msdyn_directdebit": "DirectDebit",
}
_SCHEDULES: Final = {
    "msdyn_name": "Name",
    "msdyn_description": "Description",
    "msdyn_allocationmethod": "AllocationMethod",
    "msdyn_paymentfrequencyunit": "PaymentFrequencyUnits",
    "msdyn_paymentfrequency": "PaymentFrequency",
    "msdyn_numberofpayments": "NumberOfPayments",
    "msdyn_fixedpaymentamount": "FixedPaymentAmount",
    "msdyn_minimumpaymentamount": "MinimumPaymentAmount",
    "msdyn_salestaxallocationmethod": "SalesTaxAllocationMethod",
    "msdyn_note": "Notes",
}
_GROUPS: Final = {
    "msdyn_groupid": "CustomerGroupId",
    "msdyn_description": "Description",
    "msdyn_issalestaxincludedinprice": "IsSalesTaxIncludedInPrice",
    "msdyn_paymenttermid": "PaymentTermId",
    "msdyn_clearingperiodpaymenttermname": "ClearingPeriodPaymentTermName",
}
_DAYS: Final = {"msdyn_name": "Name", "msdyn_description": "Description"}
_VENDORS: Final = {"msdyn_vendoraccountnumber": "VendorAccountNumber", "msdyn_name": "VendorOrganizationName"}
_DAY_LINES: Final = {
    "msdyn_paymentdaylineid": "CdsIntegrationKey",
    "msdyn_frequency": "Frequency",
    "msdyn_dayofweek": "DayOfWeek",
    "msdyn_dayofmonth": "DayOfMonth",
    "msdyn_paymentday": "Name",
}
_SCHEDULE_LINES: Final = {
    "msdyn_paymentschedule": "PaymentScheduleName",
    "msdyn_name": "PaymentScheduleName",
    "msdyn_linenumber": "LineNumber",
    "msdyn_periodsafterduedate": "PeriodsAfterDueDate",
    "msdyn_percentoramount": "PercentOrAmount",
    "msdyn_percentoramountvalue": "PercentOrAmountValue",
}
_AFFIXES: Final = {"msdyn_affix": "Affix", "msdyn_affixtype": "Type", "msdyn_description": "Description"}
_CARDS: Final = {
    "msdyn_cardnumber": "CardNumber",
    "msdyn_cardtendertype": "CardTenderType",
    "msdyn_partynumber": "PartyNumber",
    "msdyn_replacementcardnumber": "ReplacementCardNumber",
    "msdyn_operatingunitnumber": "OmOperatingUnitNumber",
    "msdyn_enrollmentdate": "LoyaltyEnrollmentDate",
}
_CONSUMERS: Final = {
    "msdyn_partynumber": "PartyNumber",
    "msdyn_contactpersonid": "CustomerAccount",
    "msdyn_customergroupid": "CustomerGroupId",
    "firstname": "PersonFirstName",
    "lastname": "PersonLastName",
    "middlename": "PersonMiddleName",
    "jobtitle": "PersonProfessionalTitle",
    "gendercode": "PersonGender",
    "familystatuscode": "PersonMaritalStatus",
    "address1_city": "AddressCity",
    "address1_country": "AddressCountryRegionISOCode",
    "address1_county": "AddressCounty",
    "address1_latitude": "AddressLatitude",
    "address1_longitude": "AddressLongitude",
    "address1_stateorprovince": "AddressState",
    "address1_line1": "AddressStreet",
    "address1_postalcode": "AddressZipCode",
    "address1_postofficebox": "AddressPostbox",
    "address2_city": "InvoiceAddressCity",
    "address2_country": "InvoiceAddressCountryRegionISOCode",
    "address2_county": "InvoiceAddressCounty",
    "address2_latitude": "InvoiceAddressLatitude",
    "address2_longitude": "InvoiceAddressLongitude",
    "address2_stateorprovince": "InvoiceAddressState",
    "address2_line1": "InvoiceAddressStreet",
    "address2_postalcode": "InvoiceAddressZipCode",
    "address3_city": "DeliveryAddressCity",
    "address3_country": "DeliveryAddressCountryRegionISOCode",
    "address3_county": "DeliveryAddressCounty",
    "address3_latitude": "DeliveryAddressLatitude",
    "address3_longitude": "DeliveryAddressLongitude",
    "address3_stateorprovince": "DeliveryAddressState",
    "address3_line1": "DeliveryAddressStreet",
    "address3_postalcode": "DeliveryAddressZipCode",
    "emailaddress1": "PrimaryContactEmail",
    "msdyn_emailaddress1description": "PrimaryContactEmailDescription",
    "fax": "PrimaryContactFax",
    "msdyn_faxdescription": "PrimaryContactFaxDescription",
    "msdyn_faxextension": "PrimaryContactFaxExtension",
    "msdyn_identificationnumber": "IdentificationNumber",
    "msdyn_partycountry": "PartyCountry",
    "msdyn_partystateprovince": "PartyState",
    "msdyn_primaryfacebookid": "PrimaryContactFacebook",
    "msdyn_primaryfacebookdescription": "PrimaryContactFacebookDescription",
    "msdyn_primaryinkedinid": "PrimaryContactLinkedIn",
    "msdyn_primarylinkedindescrption": "PrimaryContactLinkedInDescription",
    "telephone1": "PrimaryContactPhone",
    "msdyn_telephone1description": "PrimaryContactPhoneDescription",
    "msdyn_telephone1extension": "PrimaryContactPhoneExtension",
    "msdyn_primarytwitterid": "PrimaryContactTwitter",
    "msdyn_primarytwitteriddescription": "PrimaryContactTwitterDescription",
    "websiteurl": "PrimaryContactURL",
    "msdyn_websiteurldescription": "PrimaryContactURLDescription",
    "transactioncurrencyid": "SalesCurrencyCode",
    "description": "SalesMemo",
}
_PERSONS: Final = {
    "msdyn_partynumber": "ContactPersonPartyNumber",
    "firstname": "FirstName",
    "middlename": "MiddleName",
    "lastname": "LastName",
    "address1_city": "PrimaryAddressCity",
    "address1_country": "PrimaryAddressCountryRegionId",
    "address1_county": "PrimaryAddressCountyId",
    "fax": "PrimaryFaxNumber",
    "address1_stateorprovince": "PrimaryAddressStateId",
    "address1_line1": "PrimaryAddressStreet",
    "address1_postalcode": "PrimaryAddressZipCode",
    "telephone1": "PrimaryPhoneNumber",
    "emailaddress1": "PrimaryEmailAddress",
    "department": "EmploymentDepartment",
    "description": "Notes",
    "gendercode": "Gender",
    "governmentid": "GovernmentIdentificationNumber",
    "websiteurl": "PrimaryURL",
    "familystatuscode": "MaritalStatus",
    "donotemail": "IsReceivingDirectMail",
    "jobtitle": "EmploymentProfession",
    "spousesname": "SpouseName",
}


CUSTOMERS: Final = Pairing(
    "CustomersV3", "accounts", _CUSTOMERS, {"address1_addresstypecode": 2, "customertypecode": 3}
)
CONSUMERS: Final = Pairing(
    "CustomersV3",
    "contacts",
    _CONSUMERS,
    {
        "msdyn_sellable": True,
        "address1_addresstypecode": 3,
        "address2_addresstypecode": 1,
        "address3_addresstypecode": 1,
    },
)
OF_CUSTOMERS: Final = Pairing("CDSContactPersonsV2", "contacts", _PERSONS, {"msdyn_contactforvendor": False})
"""Contact persons; whose they are names an account."""

OF_VENDORS: Final = Pairing(
    "CDSContactPersonsV2",
    "contacts",
    {**_PERSONS, "msdyn_vendorcontactid": "AssociatedContactNumber"},
    {"msdyn_contactforvendor": True},
)
CARDS: Final = Pairing("RetailLoyaltyCards", "msdyn_loyaltycards", _CARDS)
REFERENCES: Final = (
    Pairing("NameAffixes", "msdyn_nameaffixes", _AFFIXES),
    Pairing("PaymentDaysCds", "msdyn_paymentdays", _DAYS),
    Pairing("PaymentDayLinesCds", "msdyn_paymentdaylines", _DAY_LINES),
    Pairing("PaymentSchedules", "msdyn_paymentschedules", _SCHEDULES),
    Pairing("PaymentScheduleLines", "msdyn_paymentschedulelines", _SCHEDULE_LINES),
    Pairing("PaymentTerms", "msdyn_paymentterms", _TERMS),
    Pairing("CustomerGroups", "msdyn_customergroups", _GROUPS),
    Pairing("CustomerPaymentMethods", "msdyn_customerpaymentmethods", _METHODS),
    Pairing("VendorsV2", "msdyn_vendors", _VENDORS),
)
"""What customers refer to, and what belongs to it; whatever a row names stands before it."""
