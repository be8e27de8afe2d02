"""Who is lost to follow-up: only a child of whom nothing was heard, and only until somebody sees them."""

from uuid import UUID, uuid4

import pytest

from livelihood.followups.reconcile import tick
from tests.desk.office import TODAY, Office, at_work
from tests.desk.test_today import seen
from tests.support.world import World

WORDS = "last confirmed on"


async def silent(world: World) -> tuple[Office, UUID]:
    """Bopha, whose check of month 2 has closed without an answer."""
    office = await at_work(world)
    await tick(world.worker, world.clock)
    return office, office.children["Bopha"]


async def met(world: World, office: Office, child: UUID, *, gone: bool = False) -> None:
    """A monitor has seen the child in school today; or was told that nobody knows where the child is."""
    here = [
        {"member_id": str(child), "details": {"kind": "education", "state": "formal"}},
        {"member_id": str(child), "details": {"kind": "whereabouts", "state": "at_home"}},
    ]
    body = {
        "household_id": str(office.followed.id),
        "happened_on": TODAY,
        "outcome": "met",
        "present": [] if gone else [str(child)],
        "findings": [{"member_id": str(child), "details": {"kind": "whereabouts", "state": "unknown"}}]
        if gone
        else here,
    }
    async with world.client(await world.person("monitor@KPT")) as client:
        made = await client.post("/visits", json=body)
    assert made.status_code == 201, made.text


async def test_who_is_seen_on_the_day_of_the_loss_is_lost_no_longer(world: World):
    office, child = await silent(world)
    async with world.browser(await world.person("supervisor@KPT")) as browser:
        lost = await browser.post(f"/silence/{child}/lost", data={"reason": "Gone", "id": str(uuid4())})
        assert lost.headers["location"] == "/silence?done=lost"
    checks = "SELECT DISTINCT settled FROM follow_ups WHERE member_id = $1 AND opens_on > $2"
    later = world.clock.today()
    assert [row["settled"] for row in await world.owner_rows(checks, child, later)] == ["cancelled"]
    await met(world, office, child)
    (row,) = await world.owner_rows("SELECT lost_on FROM followed_children WHERE member_id = $1", child)
    assert row["lost_on"] is None
    assert [row["settled"] for row in await world.owner_rows(checks, child, later)] == [None]
    async with world.browser(await world.person("monitor@KPT")) as browser:
        page = (await browser.get(f"/households/{office.followed.id}")).text
        assert "lost to follow-up" not in seen(
            "<main>" + page.split('id="happened"', 1)[0].split("<main", 1)[1]
        )
        told = seen("<main>" + page.split('id="happened"', 1)[1])
    assert "Lost to follow-up" in told
    assert "No longer lost to follow-up" in told


@pytest.mark.parametrize("today", [True, False])
async def test_of_whom_something_was_heard_is_not_given_up(world: World, today: bool):
    office = await at_work(world)
    child = office.children["Bopha"]
    if today:
        await met(world, office, child)
    else:
        # Nothing has come due since that visit, as far as anybody has worked out.
        await world.owner_rows(
            "UPDATE followed_children SET unconfirmed_since = NULL WHERE member_id = $1 RETURNING 1", child
        )
    supervisor = await world.person("supervisor@KPT")
    async with world.client(supervisor) as client:
        refused = await client.post(f"/children/{child}/losses", json={"reason": "Gone"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not-silent"), refused.text
    async with world.browser(supervisor) as browser:
        page = await browser.post(f"/silence/{child}/lost", data={"reason": "Gone", "id": str(uuid4())})
    assert WORDS in seen(page.text)
    assert "Visit the family" in seen(page.text)
    assert not await world.owner_rows("SELECT id FROM losses")


async def test_whoever_was_seen_on_the_day_of_the_alarm_is_not_given_up_on_it(world: World):
    """The alert stays open until somebody decides which record is right; with it alone the child may be given up."""
    office = await at_work(world)
    child = office.children["Bopha"]
    await met(world, office, child, gone=True)
    await met(world, office, child)
    assert await world.owner_rows("SELECT FROM alerts WHERE kind = 'missing_child' AND closed_on IS NULL")
    async with world.client(await world.person("supervisor@KPT")) as client:
        refused = await client.post(f"/children/{child}/losses", json={"reason": "Gone"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not-silent"), refused.text
