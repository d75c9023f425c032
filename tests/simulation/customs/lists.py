"""Value maps: what a member of the one side is on the other."""

from __future__ import annotations

from typing import Final

from tests.simulation.customs.custom import ALL, INVOICE, NEVER, NO, TIERS, Custom, lines

LISTS: Final = (
    Custom(
        "A choice for an enumeration",
        lines("CtsTier >< new_tier tier", values=TIERS),
        "translates member by member; None is an empty column; a member that is not listed is set aside",
        erp=({"CtsTier": "Silver"}, {"new_tier": 2}),
        dataverse=({"new_tier": 3}, {"CtsTier": "Bronze"}),
        met=({"CtsTier": "None", "new_tier": 1}, {"CtsTier": "Gold", "new_tier": 1}),
        lived=(
            ({"new_tier": None}, {"CtsTier": "None"}),
            ({"CtsTier": "Gold"}, {"new_tier": 1}),
            ({"CtsTier": "Platinum"}, {"new_tier": 1}),
        ),
        left={"conflicts": 1, "parked": 1},
    ),
    Custom(
        "A code of the ERP as a choice",
        lines("CtsSector >< new_tier sector", values="sector: {RETAIL: 1, WHOLESALE: 2}"),
        "the list may stand beside a text as well",
        erp=({"CtsSector": "RETAIL"}, {"new_tier": 1}),
        dataverse=({"new_tier": 2}, {"CtsSector": "WHOLESALE"}),
        met=({"CtsSector": "RETAIL"}, {"new_tier": 1}),
        lived=(({"new_tier": None}, {"CtsSector": ""}),),
    ),
    Custom(
        "Two choices that the ERP does not tell apart",
        lines("CtsTier >< new_tier tier", values="tier: {None: '', Gold: [1, 9], Silver: 2, Bronze: 3}"),
        "both are read as Gold; the first is written; the other stands where somebody chose it",
        erp=({"CtsTier": "Gold"}, {"new_tier": 1}),
        dataverse=({"new_tier": 9}, {"CtsTier": "Gold", "new_tier": 9}),
        met=({"CtsTier": "Gold", "new_tier": 9}, {"CtsTier": "Gold", "new_tier": 9}),
        lived=(({"new_tier": 9}, {"CtsTier": "Gold", "new_tier": 9}), ({"CtsTier": "Silver"}, {"new_tier": 2})),
    ),
    Custom(
        "Everything else is Other",
        lines("CtsTier >< new_tier tier", values="tier: {None: '', Gold: 1, others: 9}"),
        "what is not listed becomes Other, and stays in the ERP as it is; an edit to Other has no way back",
        erp=({"CtsTier": "Platinum"}, {"CtsTier": "Platinum", "new_tier": 9}),
        dataverse=({"new_tier": 1}, {"CtsTier": "Gold"}),
        met=({"CtsTier": "Bronze", "new_tier": 9}, {"CtsTier": "Bronze", "new_tier": 9}),
        lived=(
            ({"CtsTier": "Silver"}, {"new_tier": 9}),
            ({"new_tier": 1}, {"CtsTier": "Gold"}),
            ({"new_tier": 9}, {"CtsTier": "Gold", "new_tier": 9}),
        ),
        left={"parked": 1},
    ),
    Custom(
        "Other comes back as Bronze",
        lines("CtsTier >< new_tier tier", values="tier: {None: '', Gold: 1, others: 9, to_erp: {9: Bronze}}"),
        "the way back of the catch-all is named",
        erp=({"CtsTier": "Platinum"}, {"new_tier": 9}),
        dataverse=({"new_tier": 9}, {"CtsTier": "Bronze"}),
        lived=(({"new_tier": 1}, {"CtsTier": "Gold"}), ({"new_tier": 9}, {"CtsTier": "Bronze"})),
    ),
    Custom(
        "Whatever Sales chooses beside Gold is Silver",
        lines("CtsTier >< new_tier tier", values="tier: {None: '', Gold: 1, Silver: 2, to_erp: {others: Silver}}"),
        "a catch-all on the way to the ERP",
        erp=({"CtsTier": "Gold"}, {"new_tier": 1}),
        dataverse=({"new_tier": 3}, {"CtsTier": "Silver", "new_tier": 3}),
        met=({"CtsTier": "Silver", "new_tier": 9}, {"CtsTier": "Silver", "new_tier": 9}),
        lived=(({"new_tier": 9}, {"CtsTier": "Silver", "new_tier": 9}), ({"new_tier": None}, {"CtsTier": "None"})),
    ),
    Custom(
        "Payment and All are one status for Sales",
        lines(values="on_hold_status: {Payment: 806380002, to_erp: {806380002: All}}"),
        "adds to the shipped list: two members are shown as one value, and the list says which is written back",
        erp=({"OnHoldStatus": "Payment"}, {"OnHoldStatus": "Payment", "msdyn_onholdstatus": ALL}),
        dataverse=({"msdyn_onholdstatus": ALL}, {"OnHoldStatus": "All"}),
        met=({"OnHoldStatus": "Payment", "msdyn_onholdstatus": ALL}, {"OnHoldStatus": "Payment"}),
        lived=(
            ({"OnHoldStatus": "No"}, {"msdyn_onholdstatus": NO}),
            ({"msdyn_onholdstatus": ALL}, {"OnHoldStatus": "All"}),
        ),
    ),
    Custom(
        "Nobody is ever set to Never",
        lines(values="on_hold_status: {Never: off}"),
        "takes a member out of the shipped list: whoever chooses it is told",
        erp=({"OnHoldStatus": "Invoice"}, {"msdyn_onholdstatus": INVOICE}),
        dataverse=({"msdyn_onholdstatus": INVOICE}, {"OnHoldStatus": "Invoice"}),
        met=({"OnHoldStatus": "Invoice"}, {}),
        lived=(({"msdyn_onholdstatus": NEVER}, {"OnHoldStatus": "Invoice", "msdyn_onholdstatus": NEVER}),),
        left={"parked": 1},
    ),
    Custom(
        "A list that reads more than it writes",
        lines(
            "CtsTier >< new_tier tier",
            values="tier: {to_dataverse: {None: '', Gold: 1, Platinum: 1}, to_erp: {'': None, 1: Gold, 2: Gold}}",
        ),
        "one list for each direction",
        erp=({"CtsTier": "Platinum"}, {"CtsTier": "Platinum", "new_tier": 1}),
        dataverse=({"new_tier": 2}, {"CtsTier": "Gold", "new_tier": 2}),
        lived=(({"new_tier": 2}, {"CtsTier": "Gold", "new_tier": 2}), ({"new_tier": None}, {"CtsTier": "None"})),
    ),
)
