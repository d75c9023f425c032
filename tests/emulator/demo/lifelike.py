"""One customer as F&O stores it: lifelike, and consistent with its country. Numbers and references come from others."""

from __future__ import annotations

import re
import unicodedata
from random import Random
from typing import Final

from shared.mapping import entity
from tests.emulator.demo.countries import City, Country
from tests.emulator.demo.pairs import CUSTOMERS, Row
from tests.emulator.demo.rows import blank

_BLANK: Final = blank(entity("finops", CUSTOMERS.entity))
_NOBODY: Final = blank(entity("finops", "CDSContactPersonsV2"))
_GENDERS: Final = ("Male", "Female", "Unknown")
_MARRIAGES: Final = ("None", "None", "Single", "Married", "Divorced", "Widowhood")
_HOLDS: Final = ("Invoice", "All", "Payment", "Requisition", "Never")
_RATINGS: Final = ("A", "A+", "AA", "B-", "Good", "010", "1.10", "No")
_SIZES: Final = (3, 12, 48, 250, 1200, 15000)
_ADORNED: Final = ("☕", "🍕 & more", "🚲🔧", "♻️", "👩‍🔬 Lab", "Cafe\u0301", "Zu\u0308rich")
"""Emoji, joined emoji, and letters with combining marks."""

_LATIN: Final = str.maketrans({"ß": "ss", "ł": "l", "Ł": "L", "ø": "o", "đ": "d", "æ": "ae"})


def organisation(country: Country, random: Random) -> Row:
    """A customer that is an organisation."""
    city, trade = random.choice(country.cities), random.choice(country.trades)
    name = _name(country, city, trade, random)
    row = {**_BLANK, "OrganizationName": name, "PartyType": "Organization", "LanguageId": country.language}
    row |= {"PartyCountry": country.region, "PartyState": city.state, "SalesCurrencyCode": country.currency}
    row |= _address("Delivery", country, city, random) | _invoicing(country, random)
    row |= _contact(country, city, _domain(country, name, random), random)
    row |= _credit(country, random) | _official(country, random)
    if random.random() < 0.12:
        row["SalesMemo"] = _memo(country, random)
    return row


def person(country: Country, random: Random) -> Row:
    """A customer that is a person."""
    city = random.choice(country.cities)
    first, last = _first(country, random), _last(country, random)
    row = {**_BLANK, "PartyType": "Person", "LanguageId": country.language, "AddressLocationRoles": "Business"}
    row |= {"PartyCountry": country.region, "PartyState": city.state, "SalesCurrencyCode": country.currency}
    row |= {"PersonFirstName": first, "PersonLastName": last}
    row |= {"PersonMiddleName": _first(country, random)} if random.random() < 0.2 else {}
    row |= {"PersonGender": random.choice(_GENDERS), "PersonMaritalStatus": random.choice(_MARRIAGES)}
    row |= {"PersonProfessionalTitle": random.choice(country.trades)} if random.random() < 0.3 else {}
    row |= _address("", country, city, random) | (
        _address("Delivery", country, city, random) if _rarely(random) else {}
    )
    row |= _invoicing(country, random) if _rarely(random) else {}
    row |= _contact(country, city, _domain(country, f"{first} {last}", random), random)
    if random.random() < 0.1:
        row["SalesMemo"] = _memo(country, random)
    return row


def contact_person(country: Country, random: Random) -> Row:
    """Somebody who works for a customer or a vendor."""
    city = random.choice(country.cities)
    first, last = _first(country, random), _last(country, random)
    domain = _domain(country, f"{first} {last}", random)
    row = {**_NOBODY, "FirstName": first, "LastName": last, "Gender": random.choice(_GENDERS)}
    row |= {"PrimaryPhoneNumber": _phone(country, city, random), "PrimaryEmailAddress": f"office@{domain}"}
    row |= {"EmploymentProfession": random.choice(country.trades), "EmploymentDepartment": country.desk}
    row |= {"IsReceivingDirectMail": "Yes" if _rarely(random) else "No", "PrimaryURL": f"https://www.{domain}/"}
    if random.random() < 0.5:
        at = _address("", country, city, random)
        row |= {"PrimaryAddressStreet": at["AddressStreet"], "PrimaryAddressCity": city.name}
        row |= {"PrimaryAddressCountyId": city.county, "PrimaryAddressStateId": city.state}
        row |= {"PrimaryAddressZipCode": at["AddressZipCode"], "PrimaryAddressCountryRegionId": country.region}
    if _rarely(random):
        row |= {"MaritalStatus": random.choice(_MARRIAGES), "SpouseName": f"{_first(country, random)} {last}"}
        row |= {"Notes": _memo(country, random), "PrimaryFaxNumber": _phone(country, city, random)}
    return row


def _first(country: Country, random: Random) -> str:
    return random.choice(country.firsts)[:25].rstrip()


def _last(country: Country, random: Random) -> str:
    return random.choice(country.surnames)[:25].rstrip()


def _rarely(random: Random) -> bool:
    return random.random() < 0.25


def digits(pattern: str, random: Random) -> str:
    """A pattern with a digit for every `#`."""
    return re.sub("#", lambda _: "0123456789"[int(random.random() * 10)], pattern)


def _name(country: Country, city: City, trade: str, random: Random) -> str:
    name = random.choice(country.names).format(
        surname=random.choice(country.surnames),
        other=random.choice(country.surnames),
        first=random.choice(country.firsts),
        trade=trade,
        city=city.name,
    )
    chance = random.random()
    if chance < 0.01:
        return f"{name} {random.choice(_ADORNED)}"
    return unicodedata.normalize("NFD" if chance < 0.02 else "NFC", name)


def _domain(country: Country, name: str, random: Random) -> str:
    """A domain that nobody can own, made from the name where it is in Latin letters."""
    latin = unicodedata.normalize("NFKD", name.translate(_LATIN)).encode("ascii", "ignore").decode().lower()
    words = [] if country.web else re.findall("[a-z]{3,}", latin)[:2]
    return f"{'-'.join(words or [random.choice(country.web or ('demo',)), digits('###', random)])}.example"


def _address(role: str, country: Country, city: City, random: Random) -> Row:
    """An address; half of them were put on a map."""
    street = country.street.format(street=random.choice(country.streets), number=random.randrange(1, 180))
    at = f"{role}Address"
    found: Row = {
        f"{at}Street": street,
        f"{at}City": city.name,
        f"{at}County": city.county,
        f"{at}State": city.state,
        f"{at}ZipCode": digits(city.zip_code, random),
        f"{at}CountryRegionISOCode": country.code,
    }
    if random.random() < 0.5:
        found[f"{at}Latitude"] = round(city.latitude + (random.random() - 0.5) / 10, 8)
        found[f"{at}Longitude"] = round(city.longitude + (random.random() - 0.5) / 10, 8)
    return found


def _invoicing(country: Country, random: Random) -> Row:
    if random.random() < 0.4:
        return {"InvoiceAddress": "OrderAccount"}
    return _address("Invoice", country, random.choice(country.cities), random)


def _contact(country: Country, city: City, domain: str, random: Random) -> Row:
    found: Row = {"PrimaryContactPhone": _phone(country, city, random), "PrimaryContactURL": f"https://www.{domain}/"}
    if random.random() < 0.85:
        found["PrimaryContactEmail"] = f"{random.choice(('office', 'info', 'orders', 'purchasing+erp'))}@{domain}"
    if random.random() < 0.3:
        found |= {"PrimaryContactPhoneDescription": country.desk, "PrimaryContactPhoneExtension": digits("##", random)}
    if random.random() < 0.3:
        found["PrimaryContactFax"] = _phone(country, city, random)
    if random.random() < 0.1:
        handle = domain.removesuffix(".example")
        found |= {"PrimaryContactTwitter": f"@{handle}", "PrimaryContactLinkedIn": f"company/{handle}"}
        found |= {"PrimaryContactFacebook": handle, "PrimaryContactFacebookDescription": country.desk}
    return found


def _phone(country: Country, city: City, random: Random) -> str:
    return digits(country.phone.format(area=city.area), random)


def _credit(country: Country, random: Random) -> Row:
    found: Row = {}
    if random.random() < 0.6:
        found["CreditLimit"] = _limit(country, random)
        found["CreditLimitIsMandatory"] = "Yes" if random.random() < 0.3 else "No"
        found["CreditRating"] = random.choice(_RATINGS)
    if random.random() < 0.08:
        found["OnHoldStatus"] = random.choice(_HOLDS)
    if random.random() < 0.02:
        found["IsOneTimeCustomer"] = "Yes"
    return found


def _limit(country: Country, random: Random) -> float:
    """F&O keeps more decimals than Dataverse does."""
    limit = random.randrange(50_000, 90_000_000)
    if country.currency in {"JPY", "KRW"}:
        return limit
    return limit / 10_000 if random.random() < 0.1 else limit / 100


def _official(country: Country, random: Random) -> Row:
    size = random.choice(_SIZES)
    return {
        "OrganizationNumberOfEmployees": random.randrange(size) if random.random() < 0.7 else 0,
        "TaxExemptNumber": digits(country.tax, random) if random.random() < 0.7 else "",
        "IdentificationNumber": digits(country.register, random) if random.random() < 0.5 else "",
        "PaymentTermsBaseDays": 14 if random.random() < 0.1 else 0,
    }


def _memo(country: Country, random: Random) -> str:
    lines = random.sample(country.memos, k=random.randrange(1, len(country.memos) + 1))
    return ("\r\n" if random.random() < 0.2 else "\n").join(lines)
