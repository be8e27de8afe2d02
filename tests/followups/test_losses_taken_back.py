"""A loss to follow-up that was said in error is taken back: everything goes on as if nobody had said it."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from livelihood.db import migrate
from livelihood.followups.reconcile import tick
from tests.desk.test_today import seen
from tests.followups.stories import monitor, paid_family
from tests.followups.test_leaving import missing
from tests.followups.test_losses import met, silent
from tests.support.families import members_of
from tests.support.world import Person, World, clock_at

WRONG = {"reason": "It was a child of the other family"}
FOLLOW_UPS = (
    "SELECT protocol, slot, purpose, opens_on, due_on, closes_on, lapses_on, settled, settled_on, because, reminds "
    "FROM follow_ups WHERE member_id = $1 ORDER BY 1, 2, 4"
)
FOLLOWED = (
    "SELECT followed_since, confirmed_on, unconfirmed_since, level, high_risk, lost_on FROM followed_children "
    "WHERE member_id = $1"
)
TOLD = "SELECT kind, happened_on, since FROM consequences WHERE member_id = $1 ORDER BY happened_on, kind"
ALERTS = "SELECT kind, opened_on, closed_on FROM alerts WHERE member_id = $1 ORDER BY 1, 2"


async def standing(world: World, child: UUID) -> list[list[tuple[Any, ...]]]:
    return [
        [tuple(row) for row in await world.owner_rows(asked, child)]
        for asked in (FOLLOW_UPS, FOLLOWED, TOLD, ALERTS)
    ]


async def lost(world: World, child: UUID) -> str:
    """Says the loss."""
    async with world.client(await world.person("supervisor@KPT")) as client:
        said = await client.post(f"/children/{child}/losses", json={"reason": "Gone without a word"})
        assert said.status_code == 201, said.text
    (row,) = await world.owner_rows(
        "SELECT id FROM losses WHERE member_id = $1 AND taken_back_at IS NULL", child
    )
    return str(row["id"])


async def takes_back(world: World, person: Person, loss: str, **said: Any) -> tuple[int, dict[str, Any]]:
    async with world.client(person) as client:
        answer = await client.post(f"/losses/{loss}/take-back", json=WRONG | said)
    return answer.status_code, answer.json()


@pytest.mark.parametrize("search", [False, True])
async def test_it_is_as_if_nobody_had_said_it_however_late_it_is_taken_back(
    world: World, search: bool
) -> None:
    """Of two families with the same fate one child is given up in error, and 60 days later taken up again."""
    children: list[UUID] = []
    for _ in range(2):
        household, _ = await paid_family(world)
        child = (await members_of(world, household))["Bopha"]
        children.append(child)
        if search:
            world.clock = clock_at("2026-02-20")
            await missing(world, household, child, world.clock.today())
    given_up, other = children
    world.clock = clock_at("2026-03-14")
    await tick(world.worker, world.clock)
    before = await standing(world, given_up)
    assert before == await standing(world, other)
    supervisor = await world.person("supervisor@KPT")
    loss = await lost(world, given_up)
    assert (await standing(world, given_up))[0] != before[0]
    status, _ = await takes_back(world, supervisor, loss)
    assert status == 200
    assert await standing(world, given_up) == before, "on the same day"

    loss = await lost(world, given_up)
    for days in (20, 40, 60):
        world.clock = clock_at((clock_at("2026-03-14").today() + timedelta(days=days)).isoformat())
        await tick(world.worker, world.clock)
    assert await standing(world, given_up) != await standing(world, other)
    assert (await takes_back(world, supervisor, loss))[0] == 200
    await tick(world.worker, world.clock)
    assert await standing(world, given_up) == await standing(world, other)
    assert (await standing(world, given_up))[1][0][3] == "escalated_manager"


async def test_a_supervisor_takes_it_back_once_with_what_was_wrong(world: World) -> None:
    office, child = await silent(world)
    loss = await lost(world, child)
    for who, expected in (
        ("caseworker@KPT", 403), ("monitor@KPT", 403), ("focal_point@KPT", 403), ("supervisor@KMP", 404),
    ):  # fmt: skip
        assert (await takes_back(world, await world.person(who), loss))[0] == expected, who
    supervisor = await world.person("supervisor@KPT")
    assert (await takes_back(world, supervisor, loss, reason=" "))[0] == 422
    assert (await takes_back(world, supervisor, str(uuid4())))[0] == 404
    for _twice in range(2):
        status, body = await takes_back(world, supervisor, loss)
        assert status == 200
        (said,) = body["items"]
        assert (said["id"], said["taken_back_by"], said["taken_back_because"]) == (
            loss, "Supervisor.Kpt", WRONG["reason"],
        )  # fmt: skip
    status, body = await takes_back(world, supervisor, loss, reason="Something else")
    assert (status, body["code"]) == (409, "loss-is-over")
    entries = await world.owner_rows(
        "SELECT actor_id, changed::text FROM audit.entries WHERE table_name = 'losses' ORDER BY at"
    )
    assert [one["actor_id"] for one in entries] == [supervisor.id] * 2
    assert "taken_back_because" in entries[-1]["changed"]
    assert not any(WRONG["reason"] in one["changed"] or "without a word" in one["changed"] for one in entries)
    # Said once more, and ended by being found: nothing is left to be taken back.
    again = await lost(world, child)
    await met(world, office, child)
    status, body = await takes_back(world, supervisor, again)
    assert (status, body["code"]) == (409, "loss-is-over")
    async with world.client(await world.person("caseworker@KPT")) as client:
        listed = (await client.get(f"/households/{office.followed.id}/losses")).json()["items"]
    assert [(one["taken_back_at"] is None, one["ended_on"] is None) for one in listed] == [
        (False, True), (True, False),
    ]  # fmt: skip


async def test_from_the_board_and_the_timeline_to_taking_it_back(world: World) -> None:
    office, child = await silent(world)
    loss = await lost(world, child)
    home, address = f"/households/{office.followed.id}", f"/losses/{loss}"
    async with world.browser(await monitor(world)) as browser:
        assert f'href="{address}"' in (await browser.get(home)).text
        shown = await browser.get(address)
        assert "Gone without a word" in shown.text
        assert "a supervisor takes it back" in seen(shown.text)
        assert "<form" not in shown.text.split("<main")[1]
        assert f"/silence/{child}/lost" not in (await browser.get("/silence")).text
    async with world.browser(await world.person("supervisor@KPT")) as browser:
        board = (await browser.get("/silence")).text
        assert f'href="/silence/{child}/lost">Said in error?' in board
        assert (await browser.get(f"/silence/{child}/lost")).headers["location"] == address
        unsaid = await browser.post(f"{address}/take-back", data={"reason": ""})
        assert unsaid.status_code == 422
        done = await browser.post(f"{address}/take-back", data=WRONG)
        assert done.status_code == 303, done.text
        told = (await browser.get(done.headers["location"])).text
        assert "The child is looked for again" in seen(told)
        assert "Not lost to follow-up: it was said in error" in seen(told)
        assert WRONG["reason"] in told
        assert "taken back by Supervisor.Kpt" in seen(told)
        after = (await browser.get(address)).text
        assert "Taken back on" in seen(after)
        assert WRONG["reason"] in after
        assert "/take-back" not in after
        assert "Cannot be found any more?" in (await browser.get("/silence")).text


async def test_the_release_before_gives_nobody_up_who_was_taken_up_again(world: World) -> None:
    office, child = await silent(world)
    await takes_back(world, await world.person("supervisor@KPT"), await lost(world, child))
    standing_one = await lost(world, office.children["Piseth"])
    url = world.server.url(database=world.name)
    await world.owner_rows("DELETE FROM dirty")
    await asyncio.to_thread(migrate.downgrade, url, "0036_longest")
    assert [str(one["id"]) for one in await world.owner_rows("SELECT id FROM losses")] == [standing_one]
    assert [one["household_id"] for one in await world.owner_rows("SELECT household_id FROM dirty")] == [
        office.followed.id
    ]
    await asyncio.to_thread(migrate.upgrade, url, "head")
