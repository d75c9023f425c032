"""Columns of every simple type."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tests.simulation.customs.custom import Custom, lines

COLUMNS: Final = (
    Custom(
        "Our own text column",
        lines("CtsRegion = new_region"),
        "flows both ways; where both sides differ Dataverse wins, as the map says, and what gave way is kept",
        erp=({"CtsRegion": "North"}, {"new_region": "North"}),
        dataverse=({"new_region": "South"}, {"CtsRegion": "South"}),
        met=({"CtsRegion": "East", "new_region": "West"}, {"CtsRegion": "West", "new_region": "West"}),
        lived=(
            ({"CtsRegion": "A"}, {"new_region": "A"}),
            ({"new_region": "B"}, {"CtsRegion": "B"}),
            ({"CtsRegion": ""}, {"new_region": None}),
            ({"CtsRegion": "C", "new_region": "D"}, {"CtsRegion": "D", "new_region": "D"}),
        ),
        left={"conflicts": 2},
    ),
    Custom(
        "Our own notes of several lines",
        lines("CtsNotes = new_notes"),
        "flows both ways, line by line as typed",
        erp=({"CtsNotes": "One\nTwo"}, {"new_notes": "One\nTwo"}),
        dataverse=({"new_notes": "Three"}, {"CtsNotes": "Three"}),
        met=({"CtsNotes": "Kept"}, {"CtsNotes": "Kept", "new_notes": "Kept"}),
        lived=(({"new_notes": None}, {"CtsNotes": ""}),),
    ),
    Custom(
        "A whole number of our own",
        lines("CtsScore = new_score"),
        "flows both ways; an empty column and 0 in the ERP are the same nothing",
        erp=({"CtsScore": 7}, {"new_score": 7}),
        dataverse=({"new_score": None}, {"CtsScore": 0}),
        met=({"CtsScore": 5}, {"CtsScore": 5, "new_score": 5}),
        lived=(({"new_score": 9}, {"CtsScore": 9}), ({"new_score": None}, {"CtsScore": 0})),
    ),
    Custom(
        "A discount with decimals",
        lines("CtsDiscount = new_discount"),
        "flows both ways; what Dataverse rounds is not written back over the ERP's six decimals",
        erp=({"CtsDiscount": Decimal("1.234567")}, {"new_discount": Decimal("1.23")}),
        dataverse=({"new_discount": Decimal("2.5")}, {"CtsDiscount": Decimal("2.5")}),
        met=({"CtsDiscount": Decimal("1.5"), "new_discount": Decimal("2.5")}, {"CtsDiscount": Decimal("2.5")}),
        lived=(({"new_discount": Decimal("1.25")}, {"CtsDiscount": Decimal("1.25")}),),
        left={"conflicts": 1},
    ),
    Custom(
        "A yes or no of our own",
        lines("CtsVip >< new_vip yes_no"),
        "flows both ways over the shipped list",
        erp=({"CtsVip": "Yes"}, {"new_vip": True}),
        dataverse=({"new_vip": True}, {"CtsVip": "Yes"}),
        met=({"CtsVip": "Yes", "new_vip": False}, {"CtsVip": "No", "new_vip": False}),
        lived=(({"new_vip": False}, {"CtsVip": "No"}), ({"CtsVip": "Yes"}, {"new_vip": True})),
        left={"conflicts": 1},
    ),
    Custom(
        "A date of our own",
        lines("CtsSince = new_since"),
        "flows both ways; 1900-01-01 in the ERP is no date",
        erp=({"CtsSince": "2024-07-05T12:00:00Z"}, {"new_since": "2024-07-05"}),
        dataverse=({"new_since": "2024-12-05"}, {"CtsSince": "2024-12-05T12:00:00Z"}),
        lived=(({"new_since": None}, {"CtsSince": "1900-01-01T00:00:00Z"}),),
    ),
    Custom(
        "A date that Dataverse keeps as its users' midnight",
        lines("CtsSince = new_birthday ; zone Europe/Vienna"),
        "is the same day on both sides, in summer and in winter",
        erp=({"CtsSince": "2024-07-05T12:00:00Z"}, {"new_birthday": "2024-07-04T22:00:00Z"}),
        dataverse=({"new_birthday": "2024-12-04T23:00:00Z"}, {"CtsSince": "2024-12-05T12:00:00Z"}),
        lived=(({"CtsSince": "1900-01-01T00:00:00Z"}, {"new_birthday": None}),),
    ),
    Custom(
        "A moment of our own",
        lines("CtsLastVisit = new_lastvisit"),
        "flows both ways to the second",
        erp=({"CtsLastVisit": "2024-07-05T10:30:00Z"}, {"new_lastvisit": "2024-07-05T10:30:00Z"}),
        dataverse=({"new_lastvisit": "2024-07-05T23:59:59Z"}, {"CtsLastVisit": "2024-07-05T23:59:59Z"}),
        lived=(({"new_lastvisit": None}, {"CtsLastVisit": "1900-01-01T00:00:00Z"}),),
    ),
    Custom(
        "A number that Dataverse keeps as text",
        lines("CtsScore >< new_region fn from_whole(4)"),
        "is written with leading zeros, and read back as a number; what is none is set aside",
        erp=({"CtsScore": 42}, {"new_region": "0042"}),
        dataverse=({"new_region": "0815"}, {"CtsScore": 815}),
        met=({"CtsScore": 3}, {"CtsScore": 3, "new_region": "0003"}),
        lived=(
            ({"new_region": "0007"}, {"CtsScore": 7}),
            ({"new_region": ""}, {"CtsScore": 0}),
            ({"new_region": "seven"}, {"CtsScore": 0, "new_region": "seven"}),
        ),
        left={"parked": 1},
    ),
    Custom(
        "A choice of several",
        lines("CtsProducts >< new_products products ; separator ';'", values="products: {S: 1, T: 2, P: 10}"),
        "lists the members that are selected, whatever their order",
        erp=({"CtsProducts": "S;P"}, {"new_products": "1,10"}),
        dataverse=({"new_products": "2"}, {"CtsProducts": "T"}),
        met=({"CtsProducts": "P;S", "new_products": "1,10"}, {"CtsProducts": "P;S", "new_products": "1,10"}),
        lived=(({"new_products": "2,10"}, {"CtsProducts": "T;P"}), ({"CtsProducts": ""}, {"new_products": None})),
    ),
    Custom(
        "A choice of several as its numbers",
        lines("CtsProducts = new_products"),
        "lists the numbers, with commas",
        erp=({"CtsProducts": "10,1"}, {"new_products": "1,10"}),
        dataverse=({"new_products": "1,2"}, {"CtsProducts": "1,2"}),
        lived=(({"new_products": None}, {"CtsProducts": ""}),),
    ),
)
