"""A manager says that they read an alert; those who answer it are asked all the same."""

import asyncio
from uuid import uuid4

from livelihood.db import migrate
from tests.desk.test_today import seen, today_of
from tests.followups.stories import clock_on, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_reviews import whereabouts
from tests.followups.test_visits import recorded
from tests.support.families import members_of
from tests.support.world import World


async def test_a_manager_has_read_it_and_it_waits_for_an_answer(world: World) -> None:
    household, _ = await paid_family(world)
    bopha = (await members_of(world, household))["Bopha"]
    world.clock = clock_on(MONTH_1)
    await recorded(world, household.id, findings=[whereabouts(bopha, "away_alone")])
    (alert,) = await world.owner_rows("SELECT id FROM alerts")
    address, home = f"/alerts/{alert['id']}", f"/households/{household.id}"
    manager, supervisor = await world.person("manager"), await world.person("supervisor@KPT")
    async with world.browser(manager) as browser:
        html = (await browser.get(address)).text
        assert f'action="{address}/acknowledgements"' in html
        assert f'action="{address}/steps"' not in html, "a manager looks for nobody"
        note = {"id": str(uuid4()), "note": "I called the office"}
        for _twice in range(2):
            done = await browser.post(f"{address}/acknowledgements", data=note)
            assert done.headers["location"] == f"{address}?done=acknowledged"
    for who in (manager, supervisor):
        async with world.browser(who) as browser:
            told = seen((await browser.get(address)).text)
            assert told.count("Read by Manager") == told.count("I called the office") == 1
    assert "to answer" in seen(await today_of(world, "supervisor@KPT"))
    async with world.browser(supervisor) as browser:
        assert "Answer the alert" in seen((await browser.get(home)).text)
        assert (await browser.post(f"{address}/acknowledgements", data={"note": "I go"})).status_code == 303
        assert "Answer the alert" not in seen((await browser.get(home)).text)
    assert "to answer" not in seen(await today_of(world, "supervisor@KPT"))
    async with world.client(manager) as client:
        read = (await client.get(address)).json()["acknowledgements"]
    assert [(one["by"], one["answers"]) for one in read] == [("Manager", False), ("Supervisor.Kpt", True)]
    for stranger, status in (("monitor@KPT", 403), ("monitor@KMP", 404)):
        async with world.client(await world.person(stranger)) as client:
            refused = await client.post(f"{address}/acknowledgements", json={})
            assert refused.status_code == status, stranger
    # To the release before, whatever was read is answered.
    url = world.server.url(database=world.name)
    await asyncio.to_thread(migrate.downgrade, url, "0036_longest")
    kept = await world.owner_rows("SELECT note FROM alert_acknowledgements")
    assert [one["note"] for one in kept] == ["I go"]
    await asyncio.to_thread(migrate.upgrade, url, "head")
