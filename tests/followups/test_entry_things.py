"""What was bought, asked for on paper and on the form while that check is due."""

from datetime import timedelta
from uuid import UUID

import pytest

from livelihood.households.models import Household
from tests.followups.stories import PAID, clock_on, monitor, paid_family
from tests.followups.test_api import visit
from tests.followups.test_closed_checks import marks
from tests.followups.test_entry import faults, sheet_of
from tests.followups.test_handover import supervisor
from tests.support.families import members_of
from tests.support.world import World


@pytest.mark.parametrize(("things", "settled"), [("there", ["day_14"]), ("not_looked", []), (None, [])])
async def test_what_was_bought_is_asked_for_while_that_check_is_due(
    world: World, things: str | None, settled: list[str]
) -> None:
    day = PAID + timedelta(days=14)
    family, _ = await paid_family(world)
    other, _ = await paid_family(world, on=day - timedelta(days=35))
    sheet_id = await sheet_of(world, [family, other], day)
    world.clock = clock_on(day)
    people = [{"member_id": str(one), "school": "not_seen"} for one in await asked_of(world, family)]
    async with world.browser(await monitor(world)) as browser:
        shown = (await browser.get(f"/sheets/{sheet_id}/entry")).text
        assert shown.count('name="business"') == 2
        assert shown.count('name="things"') == 1
        form = (await browser.get(f"/visits/new?household={family.id}")).text
        assert 'name="business-things" value="not_there"' in form
        form = (await browser.get(f"/visits/new?household={other.id}")).text
        assert "business-things" not in form
    async with world.client(await monitor(world)) as api:
        line = {"happened_on": day.isoformat(), "outcome": "met", "people": people, "things": things}
        path = f"/sheets/{sheet_id}/lines/1"
        if things:
            assert faults(await api.post(path, json=line)) == {"business"}
        made = await api.post(path, json=line | {"business": "operating"})
        assert made.status_code == 201, made.text
        assert [one["slot"] for one in made.json()["settled"]] == settled


async def asked_of(world: World, family: Household) -> list[UUID]:
    people = await members_of(world, family)
    return [people["Bopha"], people["Piseth"]]


@pytest.mark.parametrize(("said", "settled"), [("there", 1), ("not_there", 1), ("not_looked", 0), ("", 0)])
async def test_the_visit_form_answers_for_the_things_bought(world: World, said: str, settled: int) -> None:
    day = PAID + timedelta(days=14)
    family, _ = await paid_family(world)
    world.clock = clock_on(day)
    typed = {
        "household_id": str(family.id),
        "happened_on": day.isoformat(),
        "outcome": "met",
        "mode": "in_person",
        "business-state": "operating",
        "business-things": said,
    }
    async with world.browser(await monitor(world)) as browser:
        due = await asked_of(world, family)
        typed["nothing_learnt"] = " ".join(map(str, due))
        made = await browser.post("/visits/new", data=typed)
        assert made.status_code == 303, made.text
    rows = await world.owner_rows("SELECT slot FROM follow_ups WHERE settled = 'done'")
    assert [row["slot"] for row in rows] == ["day_14"] * settled


@pytest.mark.parametrize("how", ["visited", "marked as missed"])
@pytest.mark.parametrize("before", [True, False])
async def test_a_sheet_asks_for_what_the_worklist_had_when_it_was_made(
    world: World, how: str, *, before: bool
) -> None:
    """What was done by then is not on the paper, also on the sheet's own day; what is done since stays on it, of
    whatever day it is entered.
    """
    day = PAID + timedelta(days=18)
    family, _ = await paid_family(world)
    world.clock = clock_on(day, 7)
    (check,) = await world.owner_rows(
        "SELECT id FROM follow_ups WHERE slot = 'day_14' AND household_id = $1", family.id
    )

    async def done() -> None:
        if how == "visited":
            happened_on = day if before else day - timedelta(days=1)
            found = {"details": {"kind": "business", "state": "operating", "assets_seen": True}}
            async with world.client(await monitor(world)) as api:
                made = await api.post("/visits", json=visit(family.id, happened_on, found))
        else:
            made = await marks(world, await supervisor(world), family, check["id"])
        assert made.status_code == 201, made.text

    async with world.client(await monitor(world)) as api:
        if before:
            await done()
            world.clock = clock_on(day, 8)
        sheet_id = (await api.post("/sheets", json={"village": family.village_code})).json()["id"]
        asked = (await api.get(f"/sheets/{sheet_id}")).json()["lines"]
        # The check of the first month is due as well, and marked as missed by nobody.
        business = not before or how == "marked as missed"
        assert [(one["business"], one["things"]) for one in asked] == [(business, not before)]
        assert [one["purposes"] for one in asked[0]["people"]] == [["school"], ["school"]]
        if not before:
            world.clock = clock_on(day, 10)
            await done()
            assert (await api.get(f"/sheets/{sheet_id}")).json()["lines"][0]["things"]
    async with world.browser(await monitor(world)) as browser:
        entry = (await browser.get(f"/sheets/{sheet_id}/entry")).text
        assert (('name="business"' in entry), ('name="things"' in entry)) == (business, not before)
