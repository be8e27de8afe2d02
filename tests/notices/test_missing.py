"""A child found missing is told at once to those who look for children, and to nobody twice."""

import pytest

from livelihood.binding import bind
from livelihood.db.actor import Named
from livelihood.followups.reconcile import tick
from livelihood.followups.schemas import VisitIn
from livelihood.followups.service import record_visit
from tests.followups.stories import paid_family
from tests.support.families import members_of
from tests.support.world import World, clock_at

TOLD = "SELECT s.username, o.kind, o.path FROM outbox o JOIN staff s ON s.id = o.staff_id ORDER BY 1"


@pytest.mark.parametrize("names", [("Piseth",), ("Bopha", "Piseth")])
async def test_a_child_away_alone_is_told_to_safeguarding_and_the_familys_own_staff(
    world: World, names: tuple[str, ...]
):
    """Of two of one family there is one notice, which leads to the family: the second says nothing new."""
    household, _ = await paid_family(world)
    for role in ("focal_point@KPT", "focal_point", "supervisor@KPT", "focal_point@KMP", "manager"):
        await world.person(role)
    monitor = await world.person("monitor@KPT")
    async with world.owner.work(Named("setup")) as uow:
        await uow.conn.execute(
            "UPDATE households SET monitor_id = $1 WHERE id = $2", monitor.id, household.id
        )
    children = await members_of(world, household)
    world.clock = clock_at("2026-02-12")
    body = {
        "household_id": str(household.id),
        "happened_on": "2026-02-12",
        "outcome": "met",
        "findings": [
            {"member_id": str(children[name]), "details": {"kind": "whereabouts", "state": "away_alone"}}
            for name in names
        ],
    }
    async with world.work(monitor) as uow:
        await record_visit(uow, bind(VisitIn, body, typed=True), clock=world.clock)
    await tick(world.worker, world.clock)
    alerts = await world.owner_rows("SELECT id FROM alerts WHERE kind = 'missing_child'")
    assert len(alerts) == len(names)
    path = f"/alerts/{alerts[0]['id']}" if len(alerts) == 1 else f"/households/{household.id}"
    told = [tuple(row) for row in await world.owner_rows(TOLD)]
    assert told == [
        (name, "safeguarding", path)
        for name in ("caseworker.kpt", "focal_point", "focal_point.kpt", "monitor.kpt", "supervisor.kpt")
    ]
