"""The systems' own awkwardness: every switch of the twins' behaviour, drawn for a history or for a while."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final
from zlib import crc32

from shared.mapping import DATAVERSE, ERP, Side
from tests.simulation.trace import Trace
from tests.simulation.world import World

SHIFTS: Final = (["repeat", "skip"], ["skip", "skip"])


BARRED: Final[Mapping[Side, dict[str, dict[str, frozenset[Any]]]]] = {
    ERP: {
        "PaymentTerms": {"Description": frozenset({"B"})},
        "CustomersV3": {
            "SalesMemo": frozenset({"A"}),
            "CreditLimit": frozenset({100}),
            "OnHoldStatus": frozenset({"Invoice"}),
        },
        "CDSContactPersonsV2": {"Notes": frozenset({"A"}), "EmploymentProfession": frozenset({"B"})},
    },
    DATAVERSE: {
        "msdyn_paymentterms": {"msdyn_days": frozenset({10})},
        "accounts": {
            "name": frozenset({"B"}),
            "description": frozenset({"B"}),
            "creditlimit": frozenset({0}),
            "emailaddress1": frozenset({"a@contoso.com"}),
        },
        "contacts": {"description": frozenset({"B"}), "jobtitle": frozenset({"A"})},
    },
}
"""Values that people like to enter on one side, and that the other does not take."""


@dataclass(frozen=True, slots=True)
class Rework:
    """What an installation's own logic makes of what is written: see `cut` and `noted` of the twins' behaviour."""

    side: Side
    cut: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    noted: Mapping[str, Mapping[str, tuple[str, str]]] = field(default_factory=dict)


WHOLE_AMOUNTS: Final = "whole amounts"
LONG_TEXTS: Final = "long texts"
REWORKS: Final[Mapping[str, Rework]] = {
    "Dataverse cuts texts": Rework(
        DATAVERSE,
        cut={
            "accounts": {"description": 2},
            "contacts": {"description": 2, "jobtitle": 2},
            "msdyn_paymentterms": {"msdyn_description": 2},
        },
    ),
    "the ERP cuts texts": Rework(
        ERP,
        cut={
            "CustomersV3": {"SalesMemo": 2, "PersonProfessionalTitle": 2},
            "CDSContactPersonsV2": {"Notes": 2},
            "CustomerGroups": {"Description": 2},
        },
    ),
    "Dataverse makes notes": Rework(
        DATAVERSE,
        noted={
            "accounts": {"emailaddress1": ("description", "mail")},
            "contacts": {"jobtitle": ("description", "now")},
            "msdyn_paymentterms": {"msdyn_days": ("msdyn_description", "days")},
        },
    ),
    "the ERP makes notes": Rework(
        ERP,
        noted={
            "CustomersV3": {"CreditLimit": ("SalesMemo", "limit")},
            "CDSContactPersonsV2": {"EmploymentProfession": ("Notes", "is")},
            "CustomerGroups": {"IsSalesTaxIncludedInPrice": ("Description", "tax")},
        },
    ),
}


@dataclass(slots=True)
class Nature:
    """What the twins are like. Traits last as long as the history, moods for a while."""

    world: World
    random: Random
    trace: Trace
    _calm: dict[tuple[Side, str], Any] = field(default_factory=dict)

    @property
    def moods(self) -> Mapping[str, Mood]:
        return MOODS

    def character(self) -> None:
        """How this installation is set up."""
        random, dataverse, finops = self.random, self.world.dataverse.behaviour, self.world.erp.behaviour
        dataverse.trim_text = random.random() < 0.3
        dataverse.blank_text_is_null = random.random() < 0.7
        dataverse.expired_delta_status = random.choice((400, 410))
        dataverse.changeset_error = random.choice(("single", "nested"))
        dataverse.read_only_columns = random.choice(("refuse", "ignore"))
        if random.random() < 0.2:
            dataverse.delete_rules["accounts", "msdyn_paymentterm"] = random.choice(("restrict", "cascade"))
        finops.rewrite_makes_version = random.random() < 0.5
        finops.functions_in_filter = random.random() < 0.5
        finops.defaults_from_group = random.random() < 0.7
        finops.read_only_fields = random.choice(("refuse", "ignore"))
        finops.retry_after = random.random() < 0.7
        finops.write_failure_status = random.choice((400, 400, 500))
        finops.dates_at_noon = random.random() < 0.5
        finops.missing_row_body = random.random() < 0.5
        finops.front_decodes = random.random() < 0.8
        finops.front_in_batches = finops.front_decodes and random.random() < 0.5
        finops.missing_row_status = random.choice(({}, {"CustomersV3": 404, "CustomerGroups": 404}))
        dataverse.bind_null = random.choice(("clear", "ignore", "refuse"))
        dataverse.navigation_null = random.choice(("clear", "clear", "ignore", "refuse"))

    def strict(self) -> None:
        """What nobody may enter here, and what the systems say then."""
        random, dataverse, finops = self.random, self.world.dataverse.behaviour, self.world.erp.behaviour
        if random.random() < 0.5:
            finops.refused_values, finops.refuses_by = BARRED[ERP], random.choice(("label", "field", "nothing"))
        if random.random() < 0.5:
            dataverse.refused_values = BARRED[DATAVERSE]

    def reworks(self, names: Collection[str]) -> None:
        """What this installation's own logic makes of values. Whole amounts are the currency's."""
        for name in names:
            if (found := REWORKS.get(name)) is not None:
                behaviour = self._behaviour(found.side)
                behaviour.cut, behaviour.noted = found.cut or behaviour.cut, found.noted or behaviour.noted
            self.world.weather.seen["rework", name] += 1

    def careless(self, places: Collection[tuple[Side, str]]) -> None:
        """These entities take every write, whatever version it is meant for."""
        self.world.erp.behaviour.ignore_if_match = {name for side, name in places if side == ERP}
        self.world.dataverse.behaviour.ignore_if_match = {name for side, name in places if side == DATAVERSE}

    def mood(self) -> None:
        """Something is different for a while."""
        name = self.random.choice(list(self.moods))
        mood = self.moods[name]
        value = deepcopy(self.random.choice(mood.values))
        self.trace.tell(f"{name}: {mood.switch} is {value}")
        self.world.weather.seen["mood", name] += 1
        behaviour = self._behaviour(mood.where)
        self._calm.setdefault((mood.where, mood.switch), deepcopy(getattr(behaviour, mood.switch)))
        setattr(behaviour, mood.switch, value)
        if len(self._calm) > 1:
            self._undo(*next(iter(self._calm)))

    def calm(self) -> None:
        """Everything is as on a good day."""
        for where, switch in list(self._calm):
            self._undo(where, switch)

    def _undo(self, where: Side, switch: str) -> None:
        setattr(self._behaviour(where), switch, self._calm.pop((where, switch)))

    def _behaviour(self, where: Side) -> Any:
        return self.world.dataverse.behaviour if where == DATAVERSE else self.world.erp.behaviour


@dataclass(frozen=True, slots=True)
class Mood:
    """A switch of one twin, and what it is set to for a while."""

    where: Side
    switch: str
    values: Sequence[Any]


def _some_fail(row: Mapping[str, Any]) -> bool:
    """A third of all rows, by their names."""
    name = row.get("accountnumber") or row.get("CustomerAccount") or row.get("Name") or row.get("fullname")
    return crc32(str(name).encode()) % 3 == 0


MOODS: Final[Mapping[str, Mood]] = {
    "pages repeat and skip in Dataverse": Mood(DATAVERSE, "page_shift", SHIFTS),
    "pages repeat and skip in the ERP": Mood(ERP, "page_shift", SHIFTS),
    "delta tokens expire": Mood(DATAVERSE, "expire_delta_tokens", [True]),
    "reads lag": Mood(DATAVERSE, "visible_after", [0.5, 3.0]),
    "transactions take long in Dataverse": Mood(DATAVERSE, "slow_commits", [2.0, 90.0]),
    "Dataverse counts requests": Mood(DATAVERSE, "request_limit", [5, 30]),
    "Dataverse counts seconds": Mood(DATAVERSE, "execution_limit", [2.0]),
    "too many at once in Dataverse": Mood(DATAVERSE, "refuse_concurrent", [1, 4]),
    "the application user is disabled": Mood(DATAVERSE, "application_user", ["disabled", "missing"]),
    "a privilege is missing": Mood(
        DATAVERSE, "missing_privileges", [{"prvWriteaccount"}, {"prvCreateaccount"}, {"prvReadaccount"}]
    ),
    "a column is secured": Mood(
        DATAVERSE,
        "secured_columns",
        [
            {("accounts", "description"): frozenset()},
            {("accounts", "creditlimit"): frozenset({"read"}), ("accounts", "emailaddress1"): frozenset({"update"})},
            {("accounts", "accountnumber"): frozenset()},
            {("msdyn_paymentterms", "msdyn_description"): frozenset(), ("accounts", "msdyn_onholdstatus"): frozenset()},
        ],
    ),
    "the ERP counts requests": Mood(ERP, "request_limit", [5, 30]),
    "the ERP counts seconds": Mood(ERP, "execution_limit", [2.0]),
    "too many at once in the ERP": Mood(ERP, "refuse_concurrent", [1, 4]),
    "the ERP is busy": Mood(ERP, "refuse_busy", [1, 4]),
    "update conflicts": Mood(ERP, "update_conflict", [1, 3]),
    "deadlocks": Mood(ERP, "deadlock", [1, 3]),
    "the app is not registered": Mood(ERP, "application", ["missing"]),
    "a plug-in refuses values": Mood(DATAVERSE, "refused_values", [BARRED[DATAVERSE]]),
    "business logic refuses values": Mood(ERP, "refused_values", [BARRED[ERP]]),
    "a table of Dataverse cannot be read": Mood(DATAVERSE, "broken_sets", [{"accounts"}, {"msdyn_paymentterms"}]),
    "an entity of the ERP cannot be read": Mood(ERP, "broken_sets", [{"CustomersV3"}, {"CustomerGroups"}]),
    "rows of Dataverse fail": Mood(DATAVERSE, "broken_rows", [dict.fromkeys(("accounts", "contacts"), _some_fail)]),
    "records of the ERP fail": Mood(ERP, "broken_rows", [dict.fromkeys(("CustomersV3", "PaymentTerms"), _some_fail)]),
    "a role is missing": Mood(
        ERP, "missing_roles", [{"CustomersV3:update"}, {"CustomersV3:create"}, {"CustomersV3:read"}]
    ),
}
