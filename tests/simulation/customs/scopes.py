"""Which records are the flow's."""

from __future__ import annotations

from typing import Final

from tests.simulation.customs.custom import NO_ACCOUNT, NO_CUSTOMER, Custom

SCOPES: Final = (
    Custom(
        "Only active accounts",
        "dataverse: {scope: {and: statecode eq 0}}\n",
        "adds to the shipped scope; an account that is deactivated falls asleep, and wakes up again",
        erp=({}, {"accounts": "there"}),
        lived=(
            ({"statecode": 1}, {}),
            ({"OrganizationName": "N"}, {"name": "Contoso"}),
            ({"statecode": 0}, {"name": "N"}),
        ),
    ),
    Custom(
        "Only customers with a credit limit",
        "erp: {scope: {and: CreditLimit gt 0}}\n",
        "the same on the ERP's side",
        erp=({}, NO_ACCOUNT),
        dataverse=({"creditlimit": 700}, {"CreditLimit": 700}),
        met=({"CreditLimit": 5}, {"creditlimit": 5}),
    ),
    Custom(
        "Not the customers of group 90",
        "erp: {scope: {and: \"CustomerGroupId ne '90'\"}}\n",
        "leaves a group out",
        erp=({"CustomerGroupId": "90"}, NO_ACCOUNT),
        dataverse=({}, {"CustomersV3": "there"}),
    ),
    Custom(
        "Prospects, too",
        'dataverse: {scope: {instead: "customertypecode in (3, 8)"}}\n',
        "takes the place of the shipped condition",
        erp=({}, {"customertypecode": 3}),
        dataverse=({"customertypecode": 8}, {"CustomersV3": "there", "customertypecode": 8}),
        met=({"customertypecode": 8, "name": "Contoso N"}, {"OrganizationName": "Contoso N", "customertypecode": 8}),
        left={"conflicts": 1},
    ),
    Custom(
        "Only what came in during the last month",
        "dataverse: {scope: {and: createdon ge today - 30 days}}\n",
        "a day that moves",
        erp=({}, {"accounts": "there"}),
        dataverse=({}, {"CustomersV3": "there"}),
    ),
    Custom(
        "Only customers of these countries",
        "erp: {scope: {and: \"DeliveryAddressCountryRegionISOCode in ('AT', 'SE')\"}}\n",
        "a list",
        erp=({"DeliveryAddressCountryRegionISOCode": "DE"}, NO_ACCOUNT),
        dataverse=({"address1_country": "AT"}, {"CustomersV3": "there"}),
        met=({"DeliveryAddressCountryRegionISOCode": "SE"}, {"address1_country": "SE"}),
    ),
    Custom(
        "Only accounts whose number is ours",
        "dataverse: {scope: {and: \"startswith(accountnumber, 'E-')\"}}\n",
        "a function of the filter; a match outside of it is set aside",
        erp=({}, {"accounts": "there"}),
        dataverse=({}, NO_CUSTOMER),
        left={"parked": 1},
    ),
)
