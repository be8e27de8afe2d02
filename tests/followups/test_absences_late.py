"""A time away that is heard of late, or again and again, hides no child: what was missed before stays missed."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from livelihood.followups.reconcile import tick
from livelihood.followups.rules.facts import Absence
from tests.desk.test_today import seen
from tests.followups.families import IN, child, family, grant, plan, visit
from tests.followups.stories import PAID, clock_on, monitor, paid_family
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
        told = seen((await browser.get(f"/households/{household.id}")).text)
    assert "was not met, and nobody confirmed the child after it" in told
    assert "Nobody has confirmed the child since" not in told
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
    for who, body in ((piseth, second), (bopha, {})):
        refused = await leaves(world, there, household, who, **body)
        assert [error["field"] for error in refused.json()["errors"]] == ["member_ids"]
        assert "Record first the visit in which they were seen" in refused.text
        assert "4 May" in refused.text
    assert await due_of(world, piseth) == RETURN
    world.clock = clock_on(RETURN)
    await found_at_home(world, household, piseth, RETURN)
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


async def found_at_home(world: World, household: Any, child: UUID, day: date) -> dict[str, Any]:
    findings = [{"member_id": str(child), "details": {"kind": "education", "state": "formal"}}]
    return await recorded(
        world, household.id, happened_on=day.isoformat(), present=[str(child)], findings=findings
    )


async def test_a_child_who_is_seen_while_said_to_be_away_is_back(world: World) -> None:
    """Until the visit is withdrawn; on the day on which they were to leave it says nothing."""
    household, _ = await paid_family(world)
    piseth = (await members_of(world, household))["Piseth"]
    world.clock = clock_on(LEAVING)
    there = await monitor(world)
    assert (await leaves(world, there, household, piseth)).status_code == 201
    await found_at_home(world, household, piseth, LEAVING)
    assert await due_of(world, piseth) == RETURN
    seen_on = LEAVING + timedelta(days=5)
    world.clock = clock_on(seen_on)
    for is_seen in (False, True, False):
        if is_seen:
            visit = await found_at_home(world, household, piseth, seen_on)
        elif await due_of(world, piseth) != RETURN:
            async with world.client(there) as client:
                address = f"/visits/{visit['visit']['id']}/withdrawal"
                gone = await client.post(address, json={"reason": "Next door"})
                assert gone.status_code in {200, 201, 204}, gone.text
        assert (await due_of(world, piseth) < RETURN) is is_seen
        async with world.browser(there) as browser:
            pages = [
                (await browser.get(page)).text
                for page in (
                    f"/households/{household.id}",
                    f"/visits/new?household={household.id}",
                    "/silence",
                )
            ]
        assert ["away until 4 May" in seen(page) for page in pages] == [not is_seen] * 3


async def test_what_is_told_of_a_time_away_that_being_seen_ended_is_until_when_it_held(world: World) -> None:
    """The first day on which they were seen ended it, whichever was recorded first, and whether it is over or not."""
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    piseth, bopha = people["Piseth"], people["Bopha"]
    world.clock = clock_on(LEAVING)
    there = await monitor(world)
    assert (await leaves(world, there, household, piseth, bopha)).status_code == 201
    world.clock = clock_on(RETURN + timedelta(days=10))
    visits: dict[int, str] = {}
    as_said = "Away until 4 May 2026"
    for day, told in (
        (70, as_said),
        (
            9,
            "Away until 11 Mar 2026, when they were seen again · Work at a brick kiln; expected back on 4 May 2026",
        ),
        (
            5,
            "Away until 7 Mar 2026, when they were seen again · Work at a brick kiln; expected back on 4 May 2026",
        ),
        (
            -5,
            "Away until 11 Mar 2026, when they were seen again · Work at a brick kiln; expected back on 4 May 2026",
        ),
    ):
        if day > 0:
            on = LEAVING + timedelta(days=day)
            visits[day] = (await found_at_home(world, household, piseth, on))["visit"]["id"]
        else:
            async with world.client(there) as client:
                address = f"/visits/{visits[-day]}/withdrawal"
                assert (await client.post(address, json={"reason": "Next door"})).is_success
        async with world.browser(there) as browser:
            page = seen((await browser.get(f"/households/{household.id}")).text)
        assert told in page, day
        # Nobody has seen the other one.
        assert as_said in page, day
        async with world.client(there) as client:
            absences = (await client.get(f"/households/{household.id}/absences")).json()["items"]
        ended = {one["member_id"]: one["ended_on"] for one in absences}
        assert {one["away_until"] for one in absences} == {RETURN.isoformat()}
        assert ended[str(bopha)] is None
        assert (ended[str(piseth)] is None) is (told == as_said)


async def test_nobody_leaves_before_a_day_on_which_they_were_seen(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    seen_on = LEAVING + timedelta(days=1)
    world.clock = clock_on(seen_on)
    await found_at_home(world, household, people["Piseth"], seen_on)
    there = await monitor(world)
    refused = await leaves(world, there, household, people["Bopha"], people["Piseth"])
    assert [error["field"] for error in refused.json()["errors"]] == ["away_from"]
    assert "Piseth was seen on 3 Mar" in refused.text
    on_the_day = {"away_from": seen_on.isoformat()}
    for who, changes in ((people["Bopha"], {}), (people["Piseth"], on_the_day)):
        assert (await leaves(world, there, household, who, **changes)).status_code == 201


async def test_who_was_seen_meanwhile_may_leave_again(world: World) -> None:
    household, _ = await paid_family(world)
    piseth = (await members_of(world, household))["Piseth"]
    world.clock = clock_on(LEAVING)
    there = await monitor(world)
    assert (await leaves(world, there, household, piseth)).status_code == 201
    seen_on = LEAVING + timedelta(days=5)
    world.clock = clock_on(seen_on)
    await found_at_home(world, household, piseth, seen_on)
    again = {"away_from": seen_on.isoformat(), "away_until": (RETURN + timedelta(days=30)).isoformat()}
    assert (await leaves(world, there, household, piseth, **again)).status_code == 201
    assert await due_of(world, piseth) == RETURN + timedelta(days=30)


@given(
    st.dates(PAID, PAID + timedelta(days=800)),
    st.integers(1, 270),
    st.integers(0, 400),
    st.none() | st.integers(0, 400),
)
def test_nobody_s_word_of_a_time_away_changes_who_is_silent_on_that_day(
    today: date, length: int, ago: int, seen_ago: int | None
) -> None:
    who, since = child(), today - timedelta(days=ago)
    visits = () if seen_ago is None else (visit(today - timedelta(days=seen_ago), (who, IN)),)
    household = family(who, anchors=(grant(PAID),), visits=visits)
    away = replace(who, absences=(Absence(since, since + timedelta(days=length), today),))
    before, after = plan(household, today), plan(replace(household, members=(away,)), today)
    silent = [one for one in after.followed if one.unconfirmed_since]
    assert [one for one in before.followed if one.unconfirmed_since] == silent
    # Whose plan is over, and who was away, is followed until the check on the return is over too.
    assert after.followed == (before.followed or after.followed)
