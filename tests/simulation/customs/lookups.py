"""References to other records."""

from __future__ import annotations

from typing import Final

from tests.simulation.customs.custom import NO_ACCOUNT, Custom, lines

LOOKUPS: Final = (
    Custom(
        "The sales tax group",
        lines("SalesTaxGroup = msdyn_salestaxgroup.msdyn_name"),
        "points to the row of the company that has the code",
        erp=({"SalesTaxGroup": "FULL"}, {"msdyn_salestaxgroup": "FULL"}),
        dataverse=({"msdyn_salestaxgroup": "FULL"}, {"SalesTaxGroup": "FULL"}),
        lived=(
            ({"msdyn_salestaxgroup": None}, {"SalesTaxGroup": ""}),
            ({"SalesTaxGroup": "FULL"}, {"msdyn_salestaxgroup": "FULL"}),
        ),
    ),
    Custom(
        "A parent account",
        lines("CtsParent = new_parent.accountnumber ; deferred"),
        "a lookup to the same table is filled at a second visit",
        # of two customers of one pass either may be coupled first: its own parent is there at the second visit only
        erp=({"CtsParent": "E-1"}, {"new_parent": "E-1"}),
        lived=(({"new_parent": None}, {"CtsParent": ""}),),
    ),
    Custom(
        "Who pays is an account or a contact",
        lines("CtsPayer = new_payer.Account(accountnumber).Contact(msdyn_contactpersonid) ; missing keep"),
        "a lookup to several tables, tried in order",
        erp=({"CtsPayer": "C-1"}, {"new_payer": "C-1"}),
        dataverse=({"new_payer": "C-1"}, {"CtsPayer": "C-1"}),
        lived=(({"CtsPayer": "B-1"}, {"new_payer": "B-1"}), ({"CtsPayer": ""}, {"new_payer": None})),
    ),
    Custom(
        "A parent that is not there is left out",
        lines("CtsParent > new_parent.accountnumber ; missing clear"),
        "a code that nobody has writes a blank, and holds nothing back",
        erp=({"CtsParent": "Z-9", "CtsRegion": "A"}, {"new_parent": None, "accounts": "there"}),
        lived=(({"CtsParent": "B-1"}, {"new_parent": "B-1"}), ({"CtsParent": "Z-9"}, {"new_parent": None})),
    ),
    Custom(
        "A parent that is not there changes nothing",
        lines("CtsParent > new_parent.accountnumber ; missing keep"),
        "a code that nobody has leaves the lookup as it is",
        erp=({"CtsParent": "Z-9"}, {"new_parent": None}),
        lived=(({"CtsParent": "B-1"}, {"new_parent": "B-1"}), ({"CtsParent": "Z-9"}, {"new_parent": "B-1"})),
    ),
    Custom(
        "A tax group has to be there",
        lines("SalesTaxGroup > msdyn_salestaxgroup.msdyn_name ; missing error"),
        "a code that nobody has parks the record",
        erp=({"SalesTaxGroup": "REDUCED"}, NO_ACCOUNT),
        met=({"SalesTaxGroup": "FULL"}, {"msdyn_salestaxgroup": "FULL"}),
        left={"parked": 1},
    ),
    Custom(
        "A tax group will be there soon",
        lines("SalesTaxGroup > msdyn_salestaxgroup.msdyn_name"),
        "the record waits for it, and is created once it is there",
        erp=({"SalesTaxGroup": "REDUCED"}, NO_ACCOUNT),
        met=({"SalesTaxGroup": "FULL"}, {"msdyn_salestaxgroup": "FULL"}),
        left={"waiting": 1},
    ),
    Custom(
        "The salesperson owns the account",
        lines("CtsSector > ownerid.SystemUser(employeeid) ; create, missing clear"),
        "on create only; without a known number it is the company's team, or the suite's owner",
        erp=({"CtsSector": "E7"}, {"ownerid": "E7"}),
        lived=(({"CtsSector": "E8"}, {"ownerid": "E7"}),),
    ),
    Custom(
        "The title of the contact that we talk to",
        lines("CtsRegion < primarycontactid.jobtitle"),
        "a text of another row is shown in the ERP",
        dataverse=({"primarycontactid": "King"}, {"CtsRegion": "Buyer"}),
        met=({"primarycontactid": "King"}, {"CtsRegion": "Buyer"}),
        lived=(({"primarycontactid": None}, {"CtsRegion": ""}),),
    ),
)
