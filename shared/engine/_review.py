"""The review of a full synchronisation: for each flow of a suite what the rows on both sides advise, what a person
chose, and what came of it. One document of the ledger a suite; the last one stays until a new one is opened.

With rows on both sides coupling is advised, and with rows on one side a full synchronisation. Both match first: what a
full one adds is that records without a partner are created.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Final, Literal

from shared.engine._house import House
from shared.errors import NotFound
from shared.mapping import CREATES, DATAVERSE, ERP, Creates, FlowMap, Side

REVIEWS: Final = "reviews"
"""The partition of the ledger in which they stand, by suite."""
Choice = Literal["full", "couple", "nothing", "skip"]
"""What is to be done with a flow: create what has no partner, only couple, nothing for now, leave it as it is."""
Stays = Literal["stays"]
"""What a person says nothing about is as it was."""
Stands = Literal["", "planning", "approval", "flows", "refused"]
"""What an ordered flow stands before: its dry run, a person's approval, flows that it needs, or what `why` says."""
FINISHED: Final = "finished"
BROKEN: Final = "broken off"
_WORDS: Final[Mapping[frozenset[Side], Creates]] = {sides: word for word, sides in CREATES.items()}


@dataclass(frozen=True, slots=True)
class Entry:
    """One flow of a review, by its name.

    counts: of each side `rows`, and whether there are `more`. advised: by these counts; empty if they could not be
    taken. chosen: what a person wants instead. master: whose values win at a first match, if a person says so.
    ordered: it is to be done, as `by` wants it. resumes: ordered anew while its flow was paused. plan, job: its dry run
    and its run, by their ids. stands, why: what it waits for, as the pump saw it last. outcome: how it ended, and what
    was done; empty until then.
    """

    flow: str
    counts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    advised: Choice | Literal[""] = ""
    chosen: Choice | Literal[""] = ""
    master: Side | None = None
    ordered: bool = False
    by: str = ""
    resumes: bool = False
    plan: str = ""
    job: str = ""
    stands: Stands = ""
    why: str = ""
    outcome: Mapping[str, Any] = field(default_factory=dict)

    @property
    def choice(self) -> Choice | Literal[""]:
        return self.chosen or self.advised

    @property
    def is_new(self) -> bool:
        """Nobody has ordered it yet."""
        return not self.ordered and not self.outcome

    @property
    def is_open(self) -> bool:
        """It was ordered, and has not come to its end."""
        return self.ordered and not self.outcome

    @property
    def is_done(self) -> bool:
        return self.outcome.get("state") == FINISHED

    def terms(self, found: FlowMap) -> tuple[Side | None, Creates | None]:
        """The master of its run, and where that may create; None: as the map says."""
        if self.choice == "full":
            return self.master, _WORDS[found.creates_in_full]
        return self.master, "none" if self.choice == "couple" else None


@dataclass(frozen=True, slots=True)
class Review:
    """A suite's review. opened, started: when, and by whom."""

    suite: str
    opened: Mapping[str, str] = field(default_factory=dict)
    started: Mapping[str, str] = field(default_factory=dict)
    entries: Mapping[str, Entry] = field(default_factory=dict)

    @property
    def open(self) -> list[Entry]:
        """The entries that are to be done, or under way."""
        return [each for each in self.entries.values() if each.is_open]

    def as_json(self) -> dict[str, Any]:
        entries = {name: asdict(each) for name, each in self.entries.items()}
        return {"opened": self.opened, "started": self.started, "flows": entries}

    def having(self, *entries: Entry) -> Review:
        """The same with these entries in the place of those of the same flows."""
        return replace(self, entries={**self.entries, **{each.flow: each for each in entries}})

    def lacks(self, needed: Sequence[str]) -> list[str]:
        """Those of these flows that hold back whoever needs them: they are in the review, and have not finished.

        What is skipped, or has nothing to be done, holds nobody back.
        """
        found = [self.entries[name] for name in needed if name in self.entries]
        return [each.flow for each in found if not each.is_done and each.choice not in {"nothing", "skip"}]


def review_from(suite: str, value: Mapping[str, Any]) -> Review:
    """A review as it is stored; one that nobody has opened has no entries."""
    entries = {name: _entry_from(each) for name, each in value.get("flows", {}).items()}
    return Review(suite, value.get("opened", {}), value.get("started", {}), entries)


def _entry_from(value: Mapping[str, Any]) -> Entry:
    """What another version stored beside is left out."""
    known = {each.name for each in fields(Entry)}
    return Entry(**{name: what for name, what in value.items() if name in known})


async def stored_review(house: House, suite: str) -> Review:
    """The last review of a suite. Raises NotFound."""
    found = review_from(suite, (await house.documents.get(REVIEWS, suite)).value)
    if not found.opened:
        raise NotFound(f"{suite} has no review yet: open one")
    return found


async def change_review(house: House, suite: str, change: Callable[[Review], Review]) -> Review:
    """Changes a review in one step; the one that stands then. `change` must be pure."""
    found = await house.documents.change(
        REVIEWS, suite, lambda value: change(review_from(suite, value)).as_json() if value else value
    )
    return review_from(suite, found.value)


def advised(found: FlowMap, rows: Mapping[Side, int]) -> Choice:
    """What is advised for a flow whose sides hold so many rows. Options of a choice are there in every environment."""
    erp, dataverse = rows[ERP] > 0, rows[DATAVERSE] > found.review.comes_with
    if found.dataverse.entity.choice:
        return "couple" if erp else "nothing"
    if erp and dataverse:
        return "couple"
    return "full" if (erp or dataverse) and found.creates_in_full else "nothing"


def reviewed(house: House, suite: str) -> list[str]:
    """The flows of a suite that are reviewed, in the order in which they need each other."""
    out = left_out(house, suite)
    return [name for name in house.catalogue.order() if name.startswith(f"{suite}.") and name not in out]


def left_out(house: House, suite: str) -> dict[str, str]:
    """The flows of a suite that are not reviewed, each with why."""
    catalogue = house.catalogue
    flows = [name for name in catalogue.files if name.startswith(f"{suite}.") and not catalogue.continues(name)]
    sound = {each.name for each in catalogue.sound()}
    return {name: why for name in flows if (why := _why_left_out(house, suite, name, sound))}


def _why_left_out(house: House, suite: str, name: str, sound: Collection[str]) -> str:
    if word := house.catalogue.switched_off(name):
        return f"its map is there only with {word}"
    if name not in sound:
        return "its map cannot be used: the preflight says why"
    options = house.suites.get(suite)
    return options.unreviewed.get(name.partition(".")[2], "") if options else ""
