"""Customers that cannot be kept equal as they are, and what becomes of them.

| breakage           | stands in | what is wrong                                            | outcome              |
|--------------------|-----------|----------------------------------------------------------|----------------------|
| long_mail          | F&O       | a mail address of 150 characters, Dataverse takes 100    | parked, `too-long`   |
| long_state         | Dataverse | a state spelled out, F&O takes 10 characters             | parked, `too-long`   |
| spelled_out        | both      | the same, on a customer that F&O has with the state code | line, `too-long`     |
| unknown_currency   | F&O       | DKK, which Dataverse does not have                       | waiting, `missing`   |
| foreign_currency   | Dataverse | BRL, which F&O does not have                             | waiting, `missing`   |
| unknown_vendor     | F&O       | a vendor account that Dataverse does not have            | waiting, `missing`   |
| off_the_map        | F&O       | a latitude above 90                                      | parked, `range`      |
| heavy_memo         | F&O       | under 2,000 characters, but more as servers count them   | parked, `too-long`   |
| no_group           | Dataverse | no customer group, which F&O demands                     | parked, refused      |
| party_of_a_person  | Dataverse | the party number of a person                             | parked, refused      |
| billed_to_person   | F&O       | an invoice account outside the flow                      | line, `missing`      |
| billed_to_prospect | Dataverse | a billing account outside the flow                       | line, `missing`      |
| unspecific         | F&O       | a gender that Dataverse has no value for                 | parked, `value-map`  |

"parked" and "waiting" stand for the whole record; "line" for that line alone, and the others are kept equal.
"refused": the other side answers 400. Servers count text in UTF-16. Persons that buy are broken in some of the same
ways, and in one of their own: `unspecific`.

What is merely late is not broken: an invoice account that comes later is filled at the second visit, and a payment
term or group that only one side has is created by its own flow before any customer is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from tests.emulator.demo.customers import Customer, Maker
from tests.emulator.demo.pairs import Row

_STATE: Final = ("DE", "Baden-Württemberg")
_LINE: Final = "🚚📦 Rampe 3 👩‍🔧 bitte klingeln\n"
_LONGEST_MEMO: Final = 2000
_HOST: Final = "@demo.example"
_LONG_MAIL: Final = ("accounts.payable." * 10)[: 150 - len(_HOST)] + _HOST

Breaker = Callable[[Maker, Sequence[Customer]], Customer]
"""Makes a broken customer; it may refer to one of those that are outside the scopes of organisations."""


def _in_finops(field: str, value: Callable[[Maker], Any]) -> Breaker:
    """A customer of F&O with something in a field that the other side cannot take."""

    def breaker(maker: Maker, _outside: Sequence[Customer]) -> Customer:
        made = maker.in_finops("broken")
        _here(made)[field] = value(maker)
        return made

    return breaker


def _in_dataverse(field: str, value: str) -> Breaker:
    """The same of Dataverse."""

    def breaker(maker: Maker, _outside: Sequence[Customer]) -> Customer:
        made = maker.in_dataverse("broken")
        _there(made)[field] = value
        return made

    return breaker


def _long_state(maker: Maker, _outside: Sequence[Customer]) -> Customer:
    code, state = _STATE
    made = maker.in_dataverse("broken", country=maker.countries[code])
    _there(made)["DeliveryAddressState"] = state
    return made


def _spelled_out(maker: Maker, _outside: Sequence[Customer]) -> Customer:
    code, state = _STATE
    made = maker.on_both("broken", country=maker.countries[code])
    _there(made)["DeliveryAddressState"] = state
    return made


def _vendor_only_here(maker: Maker) -> str:
    (code,) = maker.references.codes("VendorsV2", {"only_erp"})
    return code


def _party_of_a_person(maker: Maker, outside: Sequence[Customer]) -> Customer:
    made = maker.in_dataverse("broken")
    _there(made)["PartyNumber"] = _here(_persons(outside)[-1])["PartyNumber"]
    return made


def _billed_to_person(maker: Maker, outside: Sequence[Customer]) -> Customer:
    payer = maker.random.choice(_persons(outside))
    made = maker.in_finops("broken", company=payer.company)
    made.bill_to = payer
    return made


def _billed_to_prospect(maker: Maker, outside: Sequence[Customer]) -> Customer:
    payer = maker.random.choice([each for each in outside if each.there is not None and each.company])
    made = maker.in_dataverse("broken", company=payer.company)
    made.bill_to = payer
    return made


_long_mail: Final = _in_finops("PrimaryContactEmail", lambda _: _LONG_MAIL)
_unknown_currency: Final = _in_finops("SalesCurrencyCode", lambda _: "DKK")
_foreign_currency: Final = _in_dataverse("SalesCurrencyCode", "BRL")
_heavy_memo: Final = _in_finops("SalesMemo", lambda _: (_LINE * (_LONGEST_MEMO // len(_LINE))).rstrip())
_no_group: Final = _in_dataverse("CustomerGroupId", "")

BREAKERS: Final[dict[str, Breaker]] = {
    "long_mail": _long_mail,
    "long_state": _long_state,
    "spelled_out": _spelled_out,
    "unknown_currency": _unknown_currency,
    "foreign_currency": _foreign_currency,
    "unknown_vendor": _in_finops("VendorAccount", _vendor_only_here),
    "off_the_map": _in_finops("DeliveryAddressLatitude", lambda maker: round(100 + maker.random.random(), 6)),
    "heavy_memo": _heavy_memo,
    "no_group": _no_group,
    "party_of_a_person": _party_of_a_person,
    "billed_to_person": _billed_to_person,
    "billed_to_prospect": _billed_to_prospect,
}
"""In the order in which they are dealt out. Those that need a customer outside the scopes come when there are some."""


CONSUMER_BREAKERS: Final[dict[str, Breaker]] = {
    "unspecific": _in_finops("PersonGender", lambda _: "NonSpecific"),
    "long_mail": _long_mail,
    "no_group": _no_group,
    "unknown_currency": _unknown_currency,
    "foreign_currency": _foreign_currency,
    "heavy_memo": _heavy_memo,
}
"""The same for customers that are persons."""


def broken(
    breakers: Mapping[str, Breaker], maker: Maker, outside: Sequence[Customer], number: int
) -> list[tuple[str, Customer]]:
    """So many broken customers with the name of the breakage, each in turn."""
    names = list(breakers)
    chosen = [names[at % len(names)] for at in range(number)]
    return [(name, breakers[name](maker, outside)) for name in chosen]


def _persons(outside: Sequence[Customer]) -> list[Customer]:
    return [each for each in outside if each.there is None]


def _here(made: Customer) -> Row:
    assert made.here is not None
    return made.here


def _there(made: Customer) -> Row:
    assert made.there is not None
    return made.there
