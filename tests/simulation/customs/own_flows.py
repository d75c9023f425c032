"""Flows of a consultant's own, in place of a shipped one."""

from __future__ import annotations

from typing import Final

from tests.simulation.customs.custom import GONE, NO_ACCOUNT, NO_CUSTOMER, Custom

HEAD: Final = """erp: {system: finops, entity: CustomersV3, identity: [dataAreaId, CustomerAccount]}
dataverse: {table: accounts, scope: customertypecode eq 3}
company: {erp: dataAreaId, dataverse: msdyn_company.cdm_companycode}
match: [[CustomerAccount]]
"""
TO_DATAVERSE: Final = """policy: {delete: propagate}
fields: |
  CustomerAccount   >   accountnumber
  OrganizationName  >   name
  -                 >>  customertypecode  default 3
"""
TO_THE_ERP: Final = """policy: {delete: propagate}
fields: |
  CustomerAccount   <   accountnumber
  OrganizationName  <   name
  CustomerGroupId   <<  -                 default 20
  PartyType         <<  -                 default Organization
"""
PAIRS: Final = """policy: {master: erp, conflict: erp_wins, creates: none, delete: uncouple}
fields: |
  CustomerAccount   =   accountnumber
  OrganizationName  =   name
  CustomerGroupId   <<  -                 default 20
"""

OWN_FLOWS: Final = (
    Custom(
        "Sales sees our customers and changes nothing",
        HEAD + TO_DATAVERSE,
        "runs one way: no account becomes a customer, an edit is put back, a deleted account is made again",
        dataverse=({}, NO_CUSTOMER),
        met=({"OrganizationName": "Contoso Ltd"}, {"name": "Contoso Ltd"}),
        lived=(
            ({"name": "Sales' own"}, {"OrganizationName": "Contoso", "name": "Contoso"}),
            ({"accounts": None}, {"CustomersV3": "there", "accounts": "there", "name": "Contoso"}),
            ({"CustomersV3": None}, GONE),
        ),
        left={"conflicts": 1},
        own=True,
    ),
    Custom(
        "The ERP gets the accounts of Sales",
        HEAD + TO_THE_ERP,
        "the other way round: the account is the source, and no customer makes one",
        erp=({}, NO_ACCOUNT),
        met=({"name": "Contoso Ltd"}, {"OrganizationName": "Contoso Ltd"}),
        lived=(
            ({"OrganizationName": "The ERP's own"}, {"OrganizationName": "Contoso", "name": "Contoso"}),
            ({"CustomersV3": None}, {"CustomersV3": "there", "accounts": "there"}),
            ({"accounts": None}, GONE),
        ),
        left={"conflicts": 1},
        own=True,
    ),
    Custom(
        "We only want to know who is who",
        HEAD + PAIRS,
        "couples what has one number on both sides, and neither creates nor deletes",
        erp=({}, NO_ACCOUNT),
        dataverse=({}, NO_CUSTOMER),
        lived=(
            ({"name": "N"}, {"OrganizationName": "N"}),
            ({"accounts": None}, {"CustomersV3": "there", "accounts": None}),
        ),
        own=True,
    ),
)
