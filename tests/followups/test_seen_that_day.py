"""A missing child who was seen on the very day of the alarm: still missing, and everybody who looks is told."""

from datetime import timedelta
from typing import Any

from livelihood.followups.reconcile import tick
from tests.desk.test_today import seen
from tests.followups.stories import clock_on, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_missing_on_route import gone
from tests.followups.test_reviews import decided
from tests.followups.test_visits import education, recorded
from tests.support.world import World

WAITS = "A supervisor is to decide about the records of that day"
STANDS = "A supervisor looked at the records of that day, and both stand"


async def shown(world: World, who: str, household_id: Any) -> dict[str, str]:
    async with world.browser(await world.person(who)) as browser:
        return {
            path: (await browser.get(path)).text
            for path in (
                "/follow-ups?whose=all",
                f"/households/{household_id}",
                f"/visits/new?household={household_id}",
            )
        }


async def test_the_route_the_family_and_the_form_say_that_the_child_was_seen_that_day(world: World) -> None:
    household, _ = await paid_family(world)
    world.clock = clock_on(MONTH_1)
    await tick(world.worker, world.clock)
    child, _alert = await gone(world, household)
    for html in (await shown(world, "monitor@KPT", household.id)).values():
        assert "Seen on the same day" not in html
    found = await recorded(
        world, household.id, "caseworker@KPT", present=[str(child)], findings=[education(child)]
    )
    review = f'href="/reviews/{household.id}/{MONTH_1.isoformat()}"'
    for who in ("monitor@KPT", "supervisor@KPT"):
        for path, html in (await shown(world, who, household.id)).items():
            assert seen(html).count("Seen on the same day") == 1, (who, path)
            assert WAITS in seen(html), (who, path)
            if path != f"/households/{household.id}":
                assert (review in html) is (who == "supervisor@KPT"), (who, path)
    # Who reads no visits is told of neither.
    assert "Seen on the same day" not in (await shown(world, "trainer@KPT", household.id)).popitem()[1]
    kept = await decided(world, household.id, decision="kept_both")
    assert kept.status_code == 201, kept.text
    for path, html in (await shown(world, "monitor@KPT", household.id)).items():
        assert STANDS in seen(html), path
        assert WAITS not in seen(html), path
    assert await world.owner_rows("SELECT FROM alerts WHERE closed_on IS NULL AND kind = 'missing_child'")
    # A later day ends the search, and the word with it.
    world.clock = clock_on(MONTH_1 + timedelta(days=1))
    later = world.clock.today().isoformat()
    await recorded(world, household.id, happened_on=later, present=[str(child)])
    for path, html in (await shown(world, "monitor@KPT", household.id)).items():
        assert "Seen on the same day" not in html, path
    assert found["visit"]["id"]


async def test_a_child_who_was_not_seen_that_day_or_another_child_is_not_said_to_be(world: World) -> None:
    household, _ = await paid_family(world)
    world.clock = clock_on(MONTH_1)
    await tick(world.worker, world.clock)
    await recorded(world, household.id, happened_on=(MONTH_1 - timedelta(days=1)).isoformat())
    child, _alert = await gone(world, household)
    await recorded(
        world, household.id, "caseworker@KPT", findings=[education(child, learnt_from="caregiver")]
    )
    for path, html in (await shown(world, "monitor@KPT", household.id)).items():
        assert "missing" in html, path
        assert "Seen on the same day" not in html, path
