"""Lines of some companies."""

from __future__ import annotations

from typing import Final

from tests.simulation.customs.custom import TIERS, Custom, lines

BY_COMPANY: Final = (
    Custom(
        "The fax only in DEMF",
        lines("PrimaryContactFax = fax ; off", "PrimaryContactFax = fax ; company DEMF"),
        "a line for some companies, none for all others",
        erp=({"PrimaryContactFax": "1"}, {"fax": None}),
        elsewhere=({"PrimaryContactFax": "2"}, {"fax": "2"}),
    ),
    Custom(
        "No memo in USMF",
        lines("SalesMemo = description ; off, company USMF"),
        "a line is switched off in one company",
        erp=({"SalesMemo": "1"}, {"description": None}),
        elsewhere=({"SalesMemo": "2"}, {"description": "2"}),
    ),
    Custom(
        "Tiers mean something else in DEMF",
        lines(
            "CtsTier >< new_tier tier",
            "CtsTier >< new_tier german ; company DEMF",
            values=f"{TIERS}\n  german: {{None: '', Gold: 9, Silver: 1}}",
        ),
        "a list for each company",
        erp=({"CtsTier": "Gold"}, {"new_tier": 1}),
        dataverse=({"new_tier": 3}, {"CtsTier": "Bronze"}),
        elsewhere=({"CtsTier": "Gold"}, {"new_tier": 9}),
    ),
    Custom(
        "Source code ERP only in USMF",
        lines("- >> new_region default ERP ; company USMF, enforced"),
        "an enforced constant of one company",
        erp=({"CtsRegion": "x"}, {"new_region": "ERP"}),
        elsewhere=({}, {"new_region": None}),
        lived=(({"new_region": "mine"}, {"new_region": "ERP"}),),
        left={"conflicts": 1},
    ),
)
