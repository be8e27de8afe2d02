"""A time away that is heard of late, or again and again, hides no child: what was missed before stays missed."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from livelihood.followups.reconcile import tick
from tests.desk.test_today import seen
from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_absences import LEAVING, RETURN, due_of, leaves
from tests.followups.test_visits import recorded
from tests.support.families import members_of
from tests.support.world import World, clock_at

BOARD = "SELECT confirmed_on, unconfirmed_since, level FROM followed_children WHERE member_id = $1"


async def silent(world: World) -> tuple[Any, UUID]:
    """A child whom nobody has confirmed, up to the manager."""
    household, _ = await paid_family(world)
    bopha = (await members_of(world, household))["Bopha"]
    for day in ("2026-03-01", "2026-04-15", "2026-05-20"):
        world.clock = clock_at(day)
        await tick(world.worker, world.clock)
    return household, bopha


async def test_a_time_away_that_is_told_afterwards_ends_no_silence_and_moves_what_has_not_closed(
    world: World,
) -> None:
    household, bopha = await silent(world)
    before = await world.owner_rows(BOARD, bopha)
    assert before[0]["level"] == "escalated_manager"
    closed = "SELECT id, due_on, closes_on FROM follow_ups WHERE member_id = $1 AND closes_on < $2 ORDER BY 1"
    missed = await world.owner_rows(closed, bopha, date(2026, 5, 20))
    back = date(2026, 10, 10)
    answer = await leaves(
        world, await monitor(world), household, bopha, away_from="2026-01-20", away_until=back.isoformat()
    )
    assert answer.status_code == 201, answer.text
    assert await world.owner_rows(BOARD, bopha) == before
    assert await world.owner_rows(closed, bopha, date(2026, 5, 20)) == missed
    later = await world.owner_rows(
        "SELECT due_on FROM follow_ups WHERE member_id = $1 AND closes_on >= '2026-05-20'", bopha
    )
    assert min(row["due_on"] for row in later) >= back
    async with world.browser(await world.person("supervisor@KPT")) as browser:
        board = seen((await browser.get("/silence")).text)
    assert "Bopha" in board
    assert board.count("away until 10 Oct 2026") == 1


async def test_a_leaving_that_is_told_afterwards_ends_no_silence_once_they_are_back(world: World) -> None:
    household, bopha = await silent(world)
    before = await world.owner_rows(BOARD, bopha)
    async with world.client(await world.person("supervisor@KPT")) as client:
        left = await client.post(
            f"/households/{household.id}/members/{bopha}/leave",
            json={"because": "moved", "left_on": "2026-01-13", "note": "With an aunt in Poipet"},
        )
        assert left.status_code == 201, left.text
    (leaving,) = await world.owner_rows("SELECT id FROM leavings")
    world.clock = clock_at("2026-05-25")
    async with world.client(await world.person("supervisor@KPT")) as client:
        ended = await client.post(
            f"/leavings/{leaving['id']}/end", json={"because": "came_back", "ended_on": "2026-05-25"}
        )
        assert ended.status_code == 200, ended.text
    (after,) = await world.owner_rows(BOARD, bopha)
    assert after["unconfirmed_since"] == before[0]["unconfirmed_since"]


@pytest.mark.parametrize("days", [0, 13])
async def test_the_check_on_the_return_is_put_off_by_no_second_time_away(world: World, days: int) -> None:
    """Said in either order; once the child was seen in between they may leave again."""
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    piseth, bopha = people["Piseth"], people["Bopha"]
    again = RETURN + timedelta(days=days)
    world.clock = clock_on(LEAVING)
    there = await monitor(world)
    second = {"away_from": again.isoformat(), "away_until": (again + timedelta(days=60)).isoformat()}
    assert (await leaves(world, there, household, piseth)).status_code == 201
    assert (await leaves(world, there, household, bopha, **second)).status_code == 201
    for child, body in ((piseth, second), (bopha, {})):
        refused = await leaves(world, there, household, child, **body)
        assert [error["field"] for error in refused.json()["errors"]] == ["member_ids"]
        assert "Record first the visit in which they were seen" in refused.text
        assert "4 May" in refused.text
    assert await due_of(world, piseth) == RETURN
    world.clock = clock_on(RETURN)
    findings = [{"member_id": str(piseth), "details": {"kind": "education", "state": "formal"}}]
    await recorded(
        world, household.id, happened_on=RETURN.isoformat(), present=[str(piseth)], findings=findings
    )
    assert (await leaves(world, there, household, piseth, **second)).status_code == 201


async def test_who_has_been_back_for_longer_may_leave_again_and_the_check_stays_due(world: World) -> None:
    household, _ = await paid_family(world)
    piseth = (await members_of(world, household))["Piseth"]
    world.clock = clock_on(LEAVING)
    there = await monitor(world)
    assert (await leaves(world, there, household, piseth)).status_code == 201
    world.clock = clock_on(RETURN + timedelta(days=14))
    second = {
        "away_from": world.clock.today().isoformat(),
        "away_until": (RETURN + timedelta(days=90)).isoformat(),
    }
    assert (await leaves(world, there, household, piseth, **second)).status_code == 201
    assert await due_of(world, piseth) == RETURN
