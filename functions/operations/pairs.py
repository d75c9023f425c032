"""Many pairs at once: couple a list, what matches, or what the ERP's own integration has coupled; uncouple; send the
values of one side; decide about what is left of pairs.

Each is a job that tells of every pair what came of it. Without "confirm" it tells what would come of it, and nothing is
written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Any, Final, Literal

import azure.functions as func
from pydantic import Field, model_validator

from functions.beside import refuse_beside
from functions.bodies import Confirmed, Sent, action_of, meant, read_as
from functions.http import BadRequest, answer, json_body, new_blueprint, refusals, told
from functions.operations.flows import chosen, demand_leave_for_one
from functions.operators import operators_only
from functions.pair_lists import Pairs, rows_of
from functions.runtime import house, pairs_of
from functions.suites import shipped, suite
from shared.engine import (
    ALL,
    COUPLE,
    SEND,
    SURVIVORS,
    UNCOUPLE,
    House,
    demand_alone,
    demand_environment,
    demand_not_forgetting,
    paired_companies,
    start_pairs,
)
from shared.errors import Refused
from shared.mapping import First, Side, fold

blueprint = new_blueprint()

PRODUCT: Final = "product"
LARGEST: Final = 16 * 1024 * 1024
"""Bytes of a list: some hundred thousand pairs."""
SHOWN: Final = 20
_TELLS: Final = (
    "nothing is written: the job {job} tells what would come of each pair. Look at GET /api/operations/jobs/{job} and "
    '.../left; then send the same with "confirm": true'
)


class Pair(Sent):
    """A pair, or one record of it, by numbers, names or ids."""

    flow: str = ""
    erp: str = ""
    dataverse: str = ""
    company: str = ""


class Listed(Confirmed):
    """csv: a text whose first line names columns; pairs: the same as JSON."""

    csv: str | None = None
    pairs: list[Pair] | None = None

    def read(self, here: House, names: list[str]) -> Pairs:
        """What the list names. Raises BadRequest."""
        if (self.csv is None) == (self.pairs is None):
            others = ', or "all": true for every pair' if "all_of_them" in type(self).model_fields else ""
            raise BadRequest(f'give a list: either "csv" (a text) or "pairs" (a list of objects){others}')
        found, flow_of = Pairs("pair" if self.csv is None else "line"), partial(_flow_of, here, names)
        for at, words in rows_of(self.csv) if self.csv is not None else _objects(self.pairs or []):
            found.add(at, words, flow_of)
        found.demand_some()
        return found


class Couple(Listed):
    """first: whose values are wanted where two differ; left out: as the map says. create: also what matches nothing."""

    first: First | None = None
    create: bool = False


class Match(Confirmed):
    """Every record of the ERP without a partner."""

    first: First | None = None
    create: bool = False


class TakeOver(Confirmed):
    """What the ERP's own integration has coupled."""

    first: First = "none"


class Uncouple(Listed):
    """all: every pair of the flows. company: of these only those of one company, by its name or its id, whether it is
    synchronised or not. under: with what belongs to each pair, such as the contacts of a customer.
    """

    all_of_them: bool = Field(False, alias="all")
    company: str = ""
    under: bool = False

    @model_validator(mode="before")
    @classmethod
    def _blank(cls, given: Any) -> Any:
        """null is a company that somebody has not filled in, and would be all of them if it were left out."""
        return {**given, "company": ""} if isinstance(given, dict) and given.get("company", "") is None else given


class Send(Listed):
    """source: whose values are to stand on both sides, on every line that goes both ways. all: every pair."""

    all_of_them: bool = Field(False, alias="all")
    source: Side = Field(alias="from", description="erp or dataverse")


class Survivors(Listed):
    """do: what becomes of the records whose partners were deleted."""

    do: Literal["restore", "uncouple", "delete"] = Field(description="restore, uncouple or delete")


Order = Couple | Match | TakeOver | Uncouple | Send | Survivors
Action = Literal["couple", "match", "take_over", "uncouple", "send", "survivors"]
BODIES: Final[Mapping[Action, type[Couple | Match | TakeOver | Uncouple | Send | Survivors]]] = {
    "couple": Couple,
    "match": Match,
    "take_over": TakeOver,
    "uncouple": Uncouple,
    "send": Send,
    "survivors": Survivors,
}


@blueprint.function_name("operations_pairs")
@blueprint.route(
    route="operations/pairs/{suite}/{flow}/{action}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS
)
@refusals
@operators_only
async def act(req: func.HttpRequest) -> func.HttpResponse:
    """One action on a flow, or with `all` as its name on the flows of a suite; then each row of a list names its own.

    couple: a list; a row that names one record alone is matched. match: all that have no partner. take_over: what the
    ERP's own integration has coupled. uncouple, send: a list, or "all". survivors: a list. All only tell without
    "confirm".
    """
    here, action = await house(), action_of(req, BODIES)
    names = chosen(here, *(req.route_params.get(part, "") for part in ("suite", "flow")))
    content = json_body(req, LARGEST) if req.get_body() else {}
    body = read_as(BODIES[action], content)
    pairs, source = await _asked(here, names, body)
    if body.confirm:
        await _demand_leave(here, list(pairs.rows), body)
    started = await start_pairs(
        here,
        _KINDS.get(type(body), COUPLE),
        pairs.rows,
        pairs.refused,
        confirmed=body.confirm,
        source=source,
        **await _how(here, names, body),
    )
    return answer(_told(started["id"], pairs, confirmed=body.confirm), 202)


_KINDS: Final[Mapping[type, str]] = {Uncouple: UNCOUPLE, Send: SEND, Survivors: SURVIVORS}


async def _how(here: House, names: list[str], body: Order) -> dict[str, Any]:
    """What else the job is told."""
    if isinstance(body, Send):
        return {"send_from": body.source}
    if isinstance(body, Survivors):
        return {"do": "propagate" if body.do == "delete" else body.do}
    if isinstance(body, Uncouple):
        company = await _company(here, names, body.company) if "company" in body.model_fields_set else ""
        return {"under": body.under, "company": company}
    return {"first": body.first, "creates": not isinstance(body, TakeOver) and body.create}


def _told(job: str, pairs: Pairs, *, confirmed: bool) -> dict[str, Any]:
    rows = {name: len(each) for name, each in pairs.rows.items() if each}
    refused = {"refused": len(pairs.refused), "first of them": pairs.refused[:SHOWN]} if pairs.refused else {}
    return {"job": job, "rows": rows, **refused, **({} if confirmed else {"note": _TELLS.format(job=job)})}


async def _asked(here: House, names: list[str], body: Order) -> tuple[Pairs, str]:
    """What is asked for: rows, or flows whose pairs the job reads itself, and where."""
    if isinstance(body, Listed) and not getattr(body, "all_of_them", False):
        if "company" in body.model_fields_set:
            raise BadRequest('"company" goes with "all": each row of a list says its own')
        return await _with_companies(here, body.read(here, names)), ""
    if isinstance(body, Listed) and (body.csv is not None or body.pairs is not None):
        raise BadRequest('"all" goes without a list')
    sound = [each.name for each in here.catalogue.sound() if each.name in names]
    if isinstance(body, TakeOver):
        return Pairs(rows={name: [] for name in await _kept_by_product(here, sound)}), PRODUCT
    return Pairs(rows={name: [] for name in sound}), ALL


async def _company(here: House, names: list[str], called: str) -> str:
    """A company as pairs of these flows have it: by its code where its ERP knows it by that name. Raises BadRequest for
    a blank, for whoever sends one means a company, and not all; and Refused where no pair is of it.
    """
    called = called.strip()
    if not called:
        raise BadRequest('"company" is blank: name one, or leave it out for the pairs of all companies')
    titles = await _titles(here, names)
    wanted = _codes(titles).get(fold(called), called)
    others = list[str]()
    async for code in paired_companies(here, [each.name for each in here.catalogue.sound() if each.name in names]):
        if fold(code) == fold(wanted):
            return wanted
        others.append(titles.get(code, code))
    there = f"there are pairs of {', '.join(sorted(others))}" if others else "there are none at all"
    raise Refused(f"no pair is of company {told(called)}: {there}")


async def _with_companies(here: House, pairs: Pairs) -> Pairs:
    """The same with the codes of the companies that rows call by name."""
    named = [name for name, rows in pairs.rows.items() if any(each.company for each in rows)]
    known = _codes(await _titles(here, named))
    for name in named:
        pairs.rows[name] = [replace(each, company=known.get(fold(each.company), each.company))
                            for each in pairs.rows[name]]  # fmt: skip
    return pairs


async def _titles(here: House, names: Iterable[str]) -> dict[str, str]:
    """What companies are called, by their codes, where the suite of these flows says that they have such names."""
    looks = [suite(its).companies for its in {name.partition(".")[0] for name in names} if its in shipped()]
    return {code: title for look in looks if look for code, title in (await look(here)).items()}


def _codes(titles: Mapping[str, str]) -> dict[str, str]:
    return {fold(title): code for code, title in titles.items()}


async def _kept_by_product(here: House, names: list[str]) -> list[str]:
    """Those of these flows that the ERP's own integration has couplings of. Raises Refused if it has of none."""
    found, why = [], ""
    for name in names:
        try:
            async with aclosing(pairs_of(here, name)) as pages:  # type: ignore[type-var] # it is a generator
                await anext(pages, None)
        except Refused as problem:
            why = str(problem)
        else:
            found.append(name)
    if not found:
        raise Refused(why or "none of these flows has a map that can be used")
    return found


def _objects(pairs: list[Pair]) -> list[tuple[int, dict[str, str]]]:
    return [(at, {name: word.strip() for name, word in each.model_dump().items()}) for at, each in enumerate(pairs, 1)]


def _flow_of(here: House, names: list[str], word: str) -> str:
    """The flow that a row names, in one word or with its suite. Raises Refused."""
    if not word and len(names) == 1:
        return names[0]
    if not word:
        raise Refused("it names no flow, and the address means several")
    found = [name for name in names if word in {name, name.partition(".")[2]}]
    if not found:
        raise Refused(f"{told(word)} is no flow that the address means{meant(word, names)} flows: {', '.join(names)}")
    here.catalogue.map(found[0])
    return found[0]


async def _demand_leave(here: House, names: list[str], body: Order) -> None:
    """Raises Refused for what stands in the way: what takes pairs back, another environment or suite, the ERP's own
    integration; and where records are to be written at once, what stands in the way of a pilot.
    """
    await demand_environment(here)
    await demand_not_forgetting(here, names)
    if isinstance(body, Uncouple):
        return
    await refuse_beside(here, names, run=False)
    for name in names:
        await demand_alone(here, name)
        if isinstance(body, (Send, Survivors)) or (isinstance(body, (Couple, Match)) and body.create):
            await demand_leave_for_one(here, name)
