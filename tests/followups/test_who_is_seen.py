"""Who counts as seen, from the pages and the API to the search for a missing child."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from livelihood.households.models import Household
from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_reviews import whereabouts
from tests.followups.test_visits import confirmed_on, recorded
from tests.support.families import members_of
from tests.support.world import World

WEEK = timedelta(days=7)


async def searched(world: World) -> tuple[Household, dict[str, UUID]]:
    """A family one of whose children is looked for since the first month's check."""
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    await recorded(world, household.id, findings=[whereabouts(people["Bopha"], "away_alone")])
    return household, people


async def search(world: World) -> list[tuple[date, date | None]]:
    found = await world.owner_rows(
        "SELECT opened_on, closed_on FROM alerts WHERE kind = 'missing_child' ORDER BY opened_at"
    )
    return [(one["opened_on"], one["closed_on"]) for one in found]


async def sent(world: World, household: Household, people: dict[str, UUID], day: date, **said: str) -> Any:
    """The form of a visit, filled for one child."""
    world.clock = clock_on(day)
    form = {
        "household_id": str(household.id),
        "happened_on": day.isoformat(),
        "outcome": "met",
        "mode": "in_person",
        "met": "caregiver",
        "people-0-member_id": str(people["Bopha"]),
        "nothing_learnt": f"{people['Piseth']} {household.id}",
    }
    async with world.browser(await monitor(world)) as browser:
        return await browser.post(
            "/visits/new", data=form | {f"people-0-{key}": it for key, it in said.items()}
        )


@pytest.mark.parametrize(
    ("said", "is_seen"),
    [
        ({"school": "out_of_school", "whereabouts": "with_relatives"}, False),
        ({"school": "in_school"}, False),
        ({"school": "in_school", "learnt_from": "caregiver"}, False),
        ({"school": "in_school", "learnt_from": "child"}, True),
        ({"school": "in_school", "learnt_from": "teacher"}, True),
        ({"school": "out_of_school", "present": "true"}, True),
    ],
)
async def test_a_word_of_nobody_knows_whom_ends_no_search(
    world: World, said: dict[str, str], is_seen: bool
) -> None:
    household, people = await searched(world)
    page = await sent(world, household, people, MONTH_1 + WEEK, **said)
    assert page.status_code == 303, page.text
    assert await search(world) == [(MONTH_1, MONTH_1 + WEEK if is_seen else None)]
    assert await confirmed_on(world, people["Bopha"]) == (MONTH_1 + WEEK if is_seen else None)
    # Its check is answered all the same.
    settled = await world.owner_rows(
        "SELECT FROM follow_ups WHERE settled_on = $1 AND member_id = $2", MONTH_1 + WEEK, people["Bopha"]
    )
    assert settled


async def test_a_child_is_not_confirmed_by_the_very_visit_that_says_they_are_gone(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    page = await sent(world, household, people, MONTH_1, school="out_of_school", whereabouts="away_alone")
    assert page.status_code == 303, page.text
    assert await confirmed_on(world, people["Bopha"]) is None
    assert await search(world) == [(MONTH_1, None)]


async def test_the_form_says_what_makes_a_child_count_as_seen(world: World) -> None:
    household, _ = await paid_family(world)
    async with world.browser(await monitor(world)) as browser:
        page = await browser.get(f"/visits/new?household={household.id}")
    assert "counts as seen by this alone, by a register or a teacher who knows the child" in page.text
