"""Which subscriptions Koppel needs in Business Central, and what has to change for it (reference: business-central-api
9). Pure.

Ours are known by our address, by what the ledger has noted, or by the secret that only we can have made. Nobody else's
is ever touched.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from hmac import new as keyed_hash
from typing import Literal

from shared.systems import Resource, Subscription


@dataclass(frozen=True, slots=True)
class Ear:
    """Where notifications go, and the key that makes the secret which they carry. environment: whose they are."""

    url: str
    key: bytes = field(repr=False)
    environment: str

    def state(self, resource: Resource) -> str:
        """The secret of a list: whoever learns one can tell of that list in this environment, and of nothing else."""
        text = f"koppel subscription\n{self.environment}\n{resource.address}".encode()
        return keyed_hash(self.key, text, sha256).hexdigest()

    def knows(self, resource: Resource, state: str) -> bool:
        """Whether a secret is the one of a list, in a time that tells nothing of it."""
        return compare_digest(self.state(resource).encode(), state.encode("utf-8", "replace"))

    def is_right(self, found: Subscription) -> bool:
        """Whether a subscription calls us, with the right secret."""
        return found.url == self.url and self.knows(found.resource, found.state)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. found: the subscription that it is about; None where one is to be made."""

    what: Literal["keep", "make", "renew", "repair", "remove"]
    resource: Resource
    found: Subscription | None = None


def steps(
    wanted: Mapping[Resource, bool], found: Sequence[Subscription], noted: Collection[str], ear: Ear, now: datetime
) -> Iterator[Step]:
    """What there is to do, lists that are wanted first.

    wanted: the lists of flows, and whether a subscription that is missing is to be made. noted: ids of ours.
    """
    alive = [each for each in found if each.expires > now]
    ours = [each for each in alive if each.url == ear.url or each.id in noted or ear.knows(each.resource, each.state)]
    kept: set[str] = set()
    for resource, makes in sorted(wanted.items()):
        there = sorted((each for each in ours if each.resource == resource), key=lambda each: not ear.is_right(each))
        if there:
            kept.add(there[0].id)
            yield Step(_needs(there[0], ear, now), resource, there[0])
        elif makes:
            yield Step("make", resource)
    yield from (Step("remove", each.resource, each) for each in ours if each.id not in kept)


def _needs(found: Subscription, ear: Ear, now: datetime) -> Literal["keep", "renew", "repair"]:
    if not ear.is_right(found):
        return "repair"
    return "renew" if now >= found.half_life else "keep"
