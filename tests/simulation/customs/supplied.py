"""What the map itself supplies: constants, defaults, and values for new records."""

from __future__ import annotations

from typing import Final

from tests.simulation.customs.custom import Custom, lines

SUPPLIED: Final = (
    Custom(
        "New accounts get our source code",
        lines("- >> new_region default ERP"),
        "is given on create and into a blank that is written anyway; from then on it is a person's",
        erp=({}, {"new_region": "ERP"}),
        dataverse=({"new_region": "Web"}, {"new_region": "Web"}),
        met=({"new_region": "Fair"}, {"new_region": "Fair"}),
        lived=(({"new_region": "Call"}, {"new_region": "Call"}), ({"OrganizationName": "N"}, {"new_region": "Call"})),
    ),
    Custom(
        "The source code is always ours",
        lines("- >> new_region default ERP ; enforced"),
        "whatever else stands there is replaced, and kept in the conflict list",
        erp=({}, {"new_region": "ERP"}),
        dataverse=({"new_region": "Web"}, {"new_region": "ERP"}),
        met=({"new_region": "Fair"}, {"new_region": "ERP"}),
        lived=(({"new_region": "Call"}, {"new_region": "ERP"}),),
        left={"conflicts": 3},
    ),
    Custom(
        "Customers born in Sales get a group of their own",
        lines("CustomerGroupId << msdyn_customergroupid.msdyn_groupid default 90"),
        "a code for a lookup that is empty",
        erp=({"CustomerGroupId": "20"}, {"CustomerGroupId": "20", "msdyn_customergroupid": None}),
        dataverse=({"msdyn_customergroupid": None}, {"CustomerGroupId": "90"}),
        met=({"msdyn_customergroupid": "20"}, {"CustomerGroupId": "20"}),
        lived=(
            ({"msdyn_customergroupid": "20"}, {"CustomerGroupId": "20"}),
            ({"msdyn_customergroupid": None}, {"CustomerGroupId": "90", "msdyn_customergroupid": None}),
        ),
    ),
    Custom(
        "No term means net 30",
        lines("PaymentTerms = msdyn_paymentterm.msdyn_name default Net30"),
        "stands in for the ERP's blank; the ERP keeps its blank",
        erp=({}, {"PaymentTerms": "", "msdyn_paymentterm": "Net30"}),
        dataverse=({}, {"PaymentTerms": "Net30", "msdyn_paymentterm": None}),
        met=({"PaymentTerms": "Net10"}, {"PaymentTerms": "Net10", "msdyn_paymentterm": "Net10"}),
        lived=(
            ({"PaymentTerms": "Net10"}, {"msdyn_paymentterm": "Net10"}),
            ({"PaymentTerms": ""}, {"PaymentTerms": "", "msdyn_paymentterm": "Net30"}),
        ),
    ),
    Custom(
        "No region is Unknown",
        lines("CtsRegion > new_region default Unknown"),
        "fills what the ERP leaves blank",
        erp=({}, {"CtsRegion": "", "new_region": "Unknown"}),
        dataverse=({"new_region": "West"}, {"CtsRegion": "", "new_region": "West"}),
        lived=(({"CtsRegion": "A"}, {"new_region": "A"}), ({"CtsRegion": ""}, {"new_region": "Unknown"})),
    ),
    Custom(
        "Each company has its own source code",
        lines("- >> new_region default $source", head="constants: {source: {USMF: US, '*': Rest}}\n"),
        "a constant by company",
        erp=({}, {"new_region": "US"}),
        elsewhere=({}, {"new_region": "Rest"}),
        lived=(({"new_region": "Web"}, {"new_region": "Web"}),),
    ),
    Custom(
        "Each company has its own default region",
        lines("CtsRegion = new_region default $region", head="constants: {region: {USMF: US, DEMF: DE}}\n"),
        "fills a blank by company, where nothing comes from the other side",
        erp=({}, {"CtsRegion": "", "new_region": "US"}),
        dataverse=({}, {"CtsRegion": "US", "new_region": None}),
        elsewhere=({}, {"new_region": "DE"}),
        met=({"CtsRegion": "A"}, {"new_region": "A"}),
        lived=(({"CtsRegion": "B"}, {"new_region": "B"}), ({"CtsRegion": ""}, {"new_region": "US"})),
    ),
    Custom(
        "The region starts as the ERP's, then it is Sales' own",
        lines("CtsRegion >> new_region initial New"),
        "is written when the record is created, never again; with a source where that is blank",
        erp=({}, {"new_region": "New"}),
        dataverse=({"new_region": "Web"}, {"new_region": "Web"}),
        lived=(({"OrganizationName": "N"}, {"new_region": "New"}),),
    ),
    Custom(
        "New accounts begin as Bronze",
        lines("- >> new_tier initial 3"),
        "a constant for new records only: once cleared it stays clear",
        erp=({}, {"new_tier": 3}),
        dataverse=({}, {"new_tier": None}),
        lived=(({"new_tier": None}, {"new_tier": None}), ({"OrganizationName": "N"}, {"new_tier": None})),
    ),
    Custom(
        "The description is given once",
        lines("SalesMemo = description ; create"),
        "goes over with a new record, and is each side's own from then on",
        erp=({"SalesMemo": "Hi"}, {"description": "Hi"}),
        dataverse=({"description": "Ho"}, {"SalesMemo": "Ho"}),
        met=({"SalesMemo": "A", "description": "B"}, {"SalesMemo": "A", "description": "B"}),
        lived=(({"SalesMemo": "A"}, {"description": "Hi"}), ({"description": "B"}, {"SalesMemo": "A"})),
    ),
    Custom(
        "A new customer says nothing about VIPs",
        lines("CtsVip >< new_vip yes_no ; update"),
        "what a new record holds there stands beside its source until either is edited",
        erp=({"CtsVip": "Yes"}, {"CtsVip": "Yes", "new_vip": False}),
        dataverse=({"new_vip": True}, {"CtsVip": "No", "new_vip": True}),
        lived=(({"new_vip": True}, {"CtsVip": "Yes"}), ({"CtsVip": "No"}, {"new_vip": False})),
    ),
)
