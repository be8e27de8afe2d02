"""A family that is said to have moved: whoever may hand it over sees it, until it is, or is closed, or is met again."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from tests.desk.test_today import seen
from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_closing import closes
from tests.followups.test_handover import moves, staffed, supervisor
from tests.followups.test_leaving import caseworker
from tests.followups.test_roll_calls import school_of
from tests.followups.test_visits import recorded
from tests.support.families import registered
from tests.support.places import KMP
from tests.support.world import World

TOLD = date(2026, 3, 2)
WHERE = "The neighbour says they went to Kampot"

# What the visits of following days found and who was met, in the order in which they were recorded; `=` before what was
# entered afterwards of the same day.
STORIES = {
    "moved": True,
    "not_found moved": True,
    "moved not_found refused no_access": True,
    "moved moved": True,
    "moved met": False,
    "met moved": True,
    "moved met moved": True,
    "met": False,
    "moved register": True,
    "moved withdrawn": False,
    "moved met withdrawn": True,
    "moved met:neighbour": True,
    "moved met:other": True,
    "moved met:caregiver": False,
    "moved met:other_adult": False,
    "moved met:child": False,
    "moved met met:neighbour": False,
    "moved met:neighbour met": False,
    "moved =met": True,
    "moved =met met": False,
    "met =moved": True,
    "moved =moved =met": True,
}


async def found(
    world: World, household_id: UUID, outcome: str, day: date, entered: date | None = None, **said: str
) -> str:
    world.clock = clock_on(entered or day)
    told = await recorded(
        world, household_id, happened_on=day.isoformat(), outcome=outcome, note=WHERE, **said
    )
    return str(told["visit"]["id"])


async def waiting(world: World, role: str = "supervisor@KPT") -> dict[str, str]:
    """The household's id, and of which visit."""
    async with world.client(await world.person(role)) as client:
        answer = await client.get("/households/moved")
        assert answer.status_code == 200, answer.text
        return {one["household_id"]: one["visit_id"] for one in answer.json()["items"]}


async def test_what_unsays_it_is_meeting_the_family_and_no_closed_door(world: World) -> None:
    await monitor(world)
    school = await school_of(world)
    expected: set[str] = set()
    for story, waits in STORIES.items():
        household = await registered(world, await caseworker(world))
        if waits:
            expected.add(str(household.id))
        made: list[str] = []
        day = TOLD
        for number, step in enumerate(story.split()):
            outcome, _, met = step.removeprefix("=").partition(":")
            if number and not step.startswith("="):
                day += timedelta(days=1)
            entered = TOLD + timedelta(days=number)
            world.clock = clock_on(entered)
            if outcome == "withdrawn":
                async with world.client(await monitor(world)) as client:
                    answer = await client.post(f"/visits/{made[-1]}/withdrawal", json={"reason": "Next door"})
                    assert answer.status_code == 200, answer.text
            elif outcome == "register":
                await recorded(
                    world, household.id, mode="register", happened_on=day.isoformat(), school_id=str(school)
                )
            else:
                said = {"met": met} if met else {}
                made.append(await found(world, household.id, outcome, day, entered, **said))
    assert set(await waiting(world)) == expected


@pytest.mark.parametrize("role", ["supervisor", "monitor"])
@pytest.mark.parametrize("followed", [True, False])
async def test_a_page_says_the_same_of_the_checks_everywhere(world: World, followed: bool, role: str) -> None:
    await staffed(world)
    household = (
        (await paid_family(world))[0] if followed else await registered(world, await caseworker(world))
    )
    visit = await found(world, household.id, "moved", TOLD)
    async with world.browser(await world.person(f"{role}@KPT")) as browser:
        of_visit, of_family = [
            seen((await browser.get(path)).text)
            for path in (f"/visits/{visit}", f"/households/{household.id}")
        ]
    assert ("No further check is planned" in of_visit) is not followed
    for words in ("its checks stay due here", "the checks stay open"):
        assert (words in of_visit) is followed, words
    assert ("its checks stay due here" in of_family) is followed


@pytest.mark.parametrize("answer", ["handed over", "closed", "new village"])
async def test_it_waits_until_somebody_has_done_something_about_it(world: World, answer: str) -> None:
    await staffed(world)
    household, _ = await paid_family(world)
    visit = await found(world, household.id, "moved", TOLD)
    assert await waiting(world) == {str(household.id): visit}
    assert await waiting(world, "supervisor@KMP") == {}
    async with world.browser(await supervisor(world)) as browser:
        assert "Said to have moved 1 family" in seen((await browser.get("/")).text)
        assert household.code in seen((await browser.get("/handovers")).text)
    world.clock = clock_on(TOLD + timedelta(days=1))
    if answer == "closed":
        assert (
            await closes(world, await supervisor(world), household, closed_on="2026-03-03")
        ).status_code == 201
    else:
        (near,) = await world.owner_rows(
            "SELECT min(code) AS code FROM places WHERE level = 'village' AND code LIKE '06%' AND code <> $1",
            household.village_code,
        )
        village = KMP if answer == "handed over" else near["code"]
        assert (await moves(world, await supervisor(world), household.id, village)).status_code == 201
    assert await waiting(world) == {}
    assert await waiting(world, "supervisor@KMP") == {}
    async with world.browser(await supervisor(world)) as browser:
        assert "Said to have moved" not in seen((await browser.get("/")).text)


async def test_the_pages_lead_on_whoever_may_hand_over_and_say_to_the_others_who_may(world: World) -> None:
    household, _ = await paid_family(world)
    visit = await found(world, household.id, "moved", TOLD)
    leads = f'href="/households/{household.id}/move"'
    nobody = "ask an administrator for a supervisor"
    async with world.browser(await monitor(world)) as browser:
        for path in (f"/visits/{visit}", f"/households/{household.id}"):
            assert nobody in seen((await browser.get(path)).text), path
    await world.person("manager")
    named = await supervisor(world)
    async with world.browser(await monitor(world)) as browser:
        for path in (f"/visits/{visit}", f"/households/{household.id}"):
            shown = (await browser.get(path)).text
            assert "those who may hand it over: Supervisor.Kpt. They read the note of the visit." in seen(
                shown
            ), path
            assert leads not in shown, path
    async with world.browser(named) as browser:
        for path in (f"/visits/{visit}", f"/households/{household.id}"):
            shown = (await browser.get(path)).text
            assert f'role="button" {leads}' in shown, path
        assert WHERE in seen((await browser.get(f"/households/{household.id}/move")).text)
    async with world.client(await monitor(world)) as client:
        assert (await client.get("/households/moved")).status_code == 403
    async with world.browser(await caseworker(world)) as browser:
        leaving = (await browser.get(f"/households/{household.id}/leave")).text
        assert "It is handed over by: Supervisor.Kpt." in seen(leaving)
        assert f'href="/households/{household.id}/close"' in leaving
    async with world.browser(named) as browser:
        assert leads in (await browser.get(f"/households/{household.id}/leave")).text
    met = await found(world, household.id, "met", TOLD + timedelta(days=1))
    async with world.browser(named) as browser:
        for path in (f"/visits/{visit}", f"/visits/{met}", f"/households/{household.id}"):
            assert "hand it over" not in seen((await browser.get(path)).text).lower(), path


async def test_a_move_is_answered_by_what_came_after_it_whenever_it_is_entered(world: World) -> None:
    """A visit of before the handover may come in later; one of after it tells of another move."""
    await staffed(world)
    household, _ = await paid_family(world)
    (near,) = await world.owner_rows(
        "SELECT min(code) AS code FROM places WHERE level = 'village' AND code LIKE '06%' AND code <> $1",
        household.village_code,
    )
    handed_on, entered = TOLD + timedelta(days=2), TOLD + timedelta(days=9)
    world.clock = clock_on(handed_on)
    assert (await moves(world, await supervisor(world), household.id, near["code"])).status_code == 201
    await found(world, household.id, "moved", handed_on - timedelta(days=1), entered)
    assert await waiting(world) == {}
    again = await found(world, household.id, "moved", handed_on + timedelta(days=1), entered)
    assert await waiting(world) == {str(household.id): again}


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({}, 422),
        ({"note": "  "}, 422),
        ({"note": "Not known"}, 201),
        ({"outcome": "not_found"}, 201),
    ],
)
async def test_it_is_asked_where_a_family_went(world: World, said: dict[str, str], status: int) -> None:
    household = await registered(world, await world.person("caseworker@KPT"))
    world.clock = clock_on(TOLD)
    visit = {"household_id": str(household.id), "happened_on": TOLD.isoformat(), "outcome": "moved"} | said
    async with world.client(await monitor(world)) as client:
        answer = await client.post("/visits", json=visit)
    assert answer.status_code == status, answer.text
    async with world.browser(await monitor(world)) as browser:
        sent = await browser.post("/visits/new", data=visit | {"mode": "in_person"})
    assert sent.status_code == (422 if status == 422 else 303), sent.text
    if status == 422:
        assert [fault["field"] for fault in answer.json()["errors"]] == ["note"]
        assert 'id="f-note-error"' in sent.text
        assert "Note (optional)" not in seen(sent.text)
        assert "Where they moved, it is needed: where to, and who says so." in seen(sent.text)
