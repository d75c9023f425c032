"""Clients of the systems Koppel keeps equal, over one HTTP base: sign-in, limits, errors, batches, pages."""

from shared.systems._business_central import AT_ONCE, COMPANY_PING, IN_A_WHILE, RESOURCE, BusinessCentral
from shared.systems._causes import PASSES
from shared.systems._client import exactly
from shared.systems._connection import Connection, Patience
from shared.systems._dataverse import TAG, WHO, Dataverse
from shared.systems._exchange_rates import BaseCurrency, worked_out
from shared.systems._finops import PING, Finops
from shared.systems._finops_errors import ADDRESS
from shared.systems._limiter import Limiter
from shared.systems._looked_into import looked_into
from shared.systems._metadata import SOLUTION, base_language, label, published_body
from shared.systems._nobodys import Nobodys, asked_columns, nobodys
from shared.systems._paging import Paging
from shared.systems._port import Body, Condition, Cursor, Observation, Page, Reading, System
from shared.systems._rehearsal import RecordKey, RehearsedSystem, record_key
from shared.systems._subscriptions import Named, Resource, Subscriber, Subscription, read_resource, unreachable
from shared.systems._tokens import IdentityTokens, KeyTokens, Tokens

__all__ = [
    "ADDRESS",
    "AT_ONCE",
    "COMPANY_PING",
    "IN_A_WHILE",
    "PASSES",
    "PING",
    "RESOURCE",
    "SOLUTION",
    "TAG",
    "WHO",
    "BaseCurrency",
    "Body",
    "BusinessCentral",
    "Condition",
    "Connection",
    "Cursor",
    "Dataverse",
    "Finops",
    "IdentityTokens",
    "KeyTokens",
    "Limiter",
    "Named",
    "Nobodys",
    "Observation",
    "Page",
    "Paging",
    "Patience",
    "Reading",
    "RecordKey",
    "RehearsedSystem",
    "Resource",
    "Subscriber",
    "Subscription",
    "System",
    "Tokens",
    "asked_columns",
    "base_language",
    "exactly",
    "label",
    "looked_into",
    "nobodys",
    "published_body",
    "read_resource",
    "record_key",
    "unreachable",
    "worked_out",
]
