"""Operators in histories: they give every order, what comes of each is counted, and every refusal has to be so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import Random
from typing import Final

import pytest

from shared.engine import set_state, uncouple
from shared.errors import KoppelError
from shared.ledger import end_of
from tests.simulation.counted import told
from tests.simulation.judge import Judge
from tests.simulation.operators import WISHES, Operator
from tests.simulation.reasons import RULES, Order, untrue
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, coupled, on_stage
from tests.simulation.trace import Trace

KINDS: Final = (
    "run", "pause flow", "resume flow", "stop", "plan", "approve", "couple", "uncouple", "undo", "rebuild", "erase",
    "accept", "restore", "sync record", "release", "clear", "retry",
)  # fmt: skip


def operator_on(rig: Rig) -> Operator:
    """Somebody who gives every order, watched by a judge."""
    world = rig.world
    operator = Operator(Random(1), Judge(world), Trace(world.loop), does_all=True)

    def watch(partition: str, writes: object) -> None:
        if not partition.startswith("plan~"):
            operator.judge.watch(partition, writes)  # type: ignore[arg-type] # as the ledger tells it
            operator.seen.watch(partition, writes)  # type: ignore[arg-type] # the same

    world.on_applied = watch
    rig.house = world.house()
    return operator


def test_every_kind_of_order_is_given_and_counted() -> None:
    """Some are accepted, some are refused, and nothing that is said is untrue."""

    async def story(rig: Rig) -> None:
        operator = operator_on(rig)
        await coupled(rig)
        given = [*dict.fromkeys((*WISHES, *operator.desk.orders))]
        assert set(KINDS) <= set(given)
        for _ in range(6):
            for what in operator.random.sample(given, len(given)):
                rig.edit(SalesMemo=what)
                with suppress(KoppelError):
                    await operator.give(rig.house, CUSTOMERS, what)
                await rig.pump()
        assert operator.judge.wrong == []
        assert {what for what, _ in operator.counts} == set(given)
        assert sum(operator.counts.values()) == 6 * len(given)
        assert {"accepted", "refused"} <= {end for _, end in operator.counts}
        assert len(told(operator.counts)) == len(given) + 1

    on_stage(story)


async def _nothing(_rig: Rig) -> None:
    """The flow runs, and its pair stands."""


async def _parted(rig: Rig) -> None:
    await uncouple(rig.flow(), ERP, ("usmf", ACCOUNT))


async def _paused(rig: Rig) -> None:
    await set_state(rig.house, CUSTOMERS, "paused", "the operator")


@pytest.mark.parametrize(
    ("text", "makes_it_so"),
    [
        (f"{CUSTOMERS} is paused: it cannot run; possible now: resume, stop", _paused),
        (f"{CUSTOMERS}: still at work, so nothing was done; pause or stop it first, and ask again", _nothing),
        ("the record is uncoupled already (uncoupled by an operator)", _parted),
        ("the record is coupled: there is no tombstone to clear", _nothing),
        ("PrimaryContactPhone > telephone1 flows one way only: correct the value in its source", None),
        (f"{CUSTOMERS} has no report yet: plan it first", _nothing),
    ],
)
def test_a_refusal_is_held_against_what_was_so(text: str, makes_it_so: Callable[[Rig], Awaitable[None]] | None) -> None:
    """What is so only after something happened is a lie before that, and the other way round."""

    async def story(rig: Rig) -> None:
        operator = operator_on(rig)
        row_id = await coupled(rig)
        await set_state(rig.house, CUSTOMERS, "running")
        end = end_of(DATAVERSE, (row_id,))
        if makes_it_so not in {None, _nothing}:
            assert untrue(operator.seen, Order(CUSTOMERS, rig.world.loop.time(), (end,)), text)
        since = rig.world.loop.time()
        if makes_it_so is not None:
            await makes_it_so(rig)
        assert bool(untrue(operator.seen, Order(CUSTOMERS, since, (end,)), text)) is (makes_it_so is None)

    on_stage(story)


@pytest.mark.parametrize("what", ["accept", "restore"])
def test_a_decision_is_about_the_record_of_its_conflict(what: str) -> None:
    """Somebody is just writing that: the refusal says so, and it is so."""

    async def story(rig: Rig) -> None:
        operator = operator_on(rig)
        row_id = await coupled(rig)
        rig.edit(OrganizationName="ERP")
        rig.change(row_id, name="Dataverse")
        await rig.visit(DATAVERSE, (row_id,))
        rig.edit(SalesMemo="is just being written")
        await rig.dies(ERP, ("usmf", ACCOUNT), before="dataverse update")
        with suppress(KoppelError):
            await operator.give(rig.house, CUSTOMERS, what)
        assert (operator.counts[what, "refused"], operator.judge.wrong) == (1, [])

    on_stage(story)


def test_what_no_rule_knows_is_believed() -> None:
    async def story(rig: Rig) -> None:
        assert untrue(operator_on(rig).seen, Order(CUSTOMERS, 0.0), "it rains") == []

    on_stage(story)
    assert len(RULES) > 10
