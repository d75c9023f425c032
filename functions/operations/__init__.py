"""What operators and the platform ask: health, flow states, synchronisation, jobs, everything that is open, and why."""

from functions.operations import (
    blanked,
    conflicts,
    copies,
    couplings,
    environment,
    flows,
    health,
    job_records,
    jobs,
    pairs,
    parked,
    pump,
    records,
    reports,
    review,
    setup,
    subscriptions,
    suite_setup,
    sync,
    turned_back,
    upgrade,
)

blueprints = tuple(
    module.blueprint
    for module in (
        health,
        setup,
        subscriptions,
        suite_setup,
        flows,
        reports,
        review,
        sync,
        jobs,
        job_records,
        parked,
        conflicts,
        couplings,
        pairs,
        records,
        turned_back,
        blanked,
        environment,
        copies,
        upgrade,
        pump,
    )
)
