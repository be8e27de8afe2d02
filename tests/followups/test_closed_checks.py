"""A check that nobody will make is marked as missed by a supervisor, with why; it confirms nobody and ends no search."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livelihood.followups.reconcile import tick
from livelihood.followups.rules.facts import Absence, Because, CheckClosed, Household, Leaving
from livelihood.followups.rules.state import FollowUp, Settled, State, state
from livelihood.households import models as households
from tests.desk.test_today import seen
from tests.followups.families import CALENDAR, IN, child, families, family, grant, of, plan, visit
from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_handover import moves, staffed
from tests.followups.test_handover import supervisor as the_supervisor
from tests.followups.test_leaving import missing
from tests.followups.test_visits import education, recorded
from tests.support.families import members_of
from tests.support.world import Person, World

PAID = date(2026, 1, 12)
# Month 2 is due, and month 3 is to come.
TODAY = date(2026, 3, 3)
DAY = timedelta(days=1)
REASON = "The bridge is out until May"


def marked(household: Household, *closed: tuple[FollowUp, date]) -> Household:
    said = tuple(CheckClosed(one.id, on) for one, on in closed)
    return msgspec.structs.replace(household, closed_checks=said)


def test_it_is_missed_from_that_day_and_the_silence_is_that_of_a_missed_check() -> None:
    who = child()
    household = family(who, anchors=(grant(PAID),), visits=(visit(PAID + 31 * DAY, (who, IN)),))
    one = of(plan(household, TODAY), "month_2", who)
    said = marked(household, (one, TODAY))
    for day in (TODAY, one.closes_on, one.closes_on + DAY, one.closes_on + 40 * DAY):
        found, before = plan(said, day), plan(household, day)
        closed = of(found, "month_2", who)
        assert (closed.settled, closed.settled_on) == (Settled.MISSED, TODAY)
        assert state(closed, day) is State.MISSED
        silent = one.closes_on if day > one.closes_on else None
        assert [child.unconfirmed_since for child in found.followed] == [silent]
        assert (found.followed, found.consequences) == (before.followed, before.consequences)
        assert found.next_change_on == before.next_change_on


@settings(max_examples=150, deadline=None)
@given(families(), st.dates(date(2025, 1, 1), date(2028, 12, 31)), st.data())
def test_nothing_but_the_check_itself_differs(household: Household, today: date, data: st.DataObject) -> None:
    """Whatever else is known of the family: who is silent, what is told of them and every alert stay as they are."""
    before = plan(household, today)
    due = [one for one in before.follow_ups if state(one, today) in {State.DUE, State.OVERDUE}]
    if not due:
        return
    chosen = {one.id for one in data.draw(st.lists(st.sampled_from(due), min_size=1, unique=True))}
    after = plan(marked(household, *((one, today) for one in due if one.id in chosen)), today)
    assert {state(one, today) for one in after.follow_ups if one.id in chosen} == {State.MISSED}
    assert [one for one in after.follow_ups if one.id not in chosen] == [
        one for one in before.follow_ups if one.id not in chosen
    ]
    for name in before.__struct_fields__:
        assert name == "follow_ups" or getattr(after, name) == getattr(before, name)


@pytest.mark.parametrize(
    ("after", "recorded_after", "how"), [(0, 0, Settled.DONE), (0, 200, Settled.DONE_LATE)]
)
def test_a_visit_of_a_day_in_its_window_answers_it_however_late(
    after: int, recorded_after: int, how: Settled
) -> None:
    who = child()
    household = family(who, anchors=(grant(PAID),))
    one = of(plan(household, TODAY), "month_2", who)
    day = TODAY + after * DAY
    made = visit(day, (who, IN), recorded_on=day + recorded_after * DAY)
    met = msgspec.structs.replace(household, visits=(made[0],), observations=made[1])
    found = plan(marked(met, (one, TODAY)), day + recorded_after * DAY)
    assert of(found, "month_2", who).settled is how


@pytest.mark.parametrize(("left", "how"), [(-1, Settled.CANCELLED), (0, Settled.MISSED), (1, Settled.MISSED)])
def test_who_had_left_before_that_day_was_not_to_be_checked(left: int, how: Settled) -> None:
    """As with what lapses: whatever was missed by the day of the leaving stays so, whenever anybody hears of it."""
    who = child()
    household = family(who, anchors=(grant(PAID),))
    one = of(plan(household, TODAY), "month_2", who)
    gone = msgspec.structs.replace(who, left=Leaving(TODAY + left * DAY, Because.MOVED))
    said = marked(msgspec.structs.replace(household, members=(gone,)), (one, TODAY))
    found = of(plan(said, TODAY + 9 * DAY), "month_2", gone)
    assert (found.settled, found.because is None) == (how, how is Settled.MISSED)
    assert of(plan(said, TODAY + 9 * DAY), "month_3", gone).settled is Settled.CANCELLED


def test_a_check_that_has_moved_to_after_that_day_is_to_be_made() -> None:
    who = child()
    household = family(who, anchors=(grant(PAID),))
    one = of(plan(household, TODAY), "month_2", who)
    on, back = one.due_on - DAY, one.closes_on + 60 * DAY
    away = msgspec.structs.replace(who, absences=(Absence(on, back),))
    moved = marked(msgspec.structs.replace(household, members=(away,)), (one, on))
    found = of(plan(moved, back), "month_2", away)
    assert (found.due_on, found.settled) == (CALENDAR.first_school_day(back), None)
    # Marked once more, it is missed from then on.
    again = marked(msgspec.structs.replace(moved), (one, on), (one, back))
    assert of(plan(again, back), "month_2", away).settled_on == back


async def due_family(world: World) -> tuple[households.Household, dict[str, UUID]]:
    household, _ = await paid_family(world)
    world.clock = clock_on(TODAY)
    await tick(world.worker, world.clock)
    return household, await members_of(world, household)


async def check_of(world: World, member_id: UUID | None, slot: str = "month_2") -> Any:
    (row,) = await world.owner_rows(
        "SELECT * FROM follow_ups WHERE member_id IS NOT DISTINCT FROM $1 AND slot = $2 AND protocol <> 'extra_check'",
        member_id,
        slot,
    )
    return row


async def marks(
    world: World,
    person: Person,
    household: households.Household,
    *checks: UUID,
    reason: str = REASON,
    **more: str,
) -> httpx.Response:
    body = {"follow_up_ids": [str(one) for one in checks], "reason": reason, **more}
    async with world.client(person) as client:
        return await client.post(f"/households/{household.id}/closed-checks", json=body)


async def test_the_check_leaves_the_worklist_and_the_child_stays_unconfirmed(world: World):
    household, people = await due_family(world)
    one, other = [(await check_of(world, people[name]))["id"] for name in ("Bopha", "Piseth")]
    before = await world.owner_rows("SELECT * FROM followed_children ORDER BY member_id")
    supervisor, key = await the_supervisor(world), str(uuid4())
    for _ in range(2):
        answer = await marks(world, supervisor, household, one, id=key)
        assert answer.status_code == 201, answer.text
    (said,) = answer.json()["items"]
    assert (said["follow_up_id"], said["member_id"], said["reason"]) == (
        str(one),
        str(people["Bopha"]),
        REASON,
    )
    assert (said["closed_on"], said["closed_by"], said["reopened_at"]) == (
        TODAY.isoformat(),
        "Supervisor.Kpt",
        None,
    )
    row = await check_of(world, people["Bopha"])
    assert (row["settled"], row["settled_on"]) == ("missed", TODAY)
    async with world.client(await monitor(world)) as client:
        due = {check["id"] for check in (await client.get("/follow-ups")).json()["items"]}
        assert (str(one) in due, str(other) in due) == (False, True)
        listed = (await client.get("/follow-ups?state=missed")).json()["items"]
        assert str(one) in {check["id"] for check in listed}
        told = await client.get(f"/households/{household.id}/closed-checks")
        assert told.json() == answer.json()
    assert await world.owner_rows("SELECT * FROM followed_children ORDER BY member_id") == before
    # Its close is the unmet check: what a missed check leads to comes on its days.
    world.clock = clock_on(row["closes_on"] + 14 * DAY)
    await tick(world.worker, world.clock)
    levels = "SELECT member_id, unconfirmed_since, level FROM followed_children ORDER BY member_id"
    assert {tuple(row.values())[1:] for row in await world.owner_rows(levels)} == {
        ((await check_of(world, people["Piseth"], "month_1"))["closes_on"], "escalated_manager")
    }
    (audited,) = await world.owner_rows(
        "SELECT changed FROM audit.entries WHERE table_name = 'closed_checks'"
    )
    assert "bridge" not in str(audited["changed"])


@pytest.mark.parametrize(
    "role", ["monitor@KPT", "caseworker@KPT", "manager@KPT", "supervisor@KMP", "trainer@KPT"]
)
async def test_a_supervisor_of_the_office_alone_says_so(world: World, role: str):
    household, people = await due_family(world)
    one = (await check_of(world, people["Bopha"]))["id"]
    person = await world.person(role)
    elsewhere = role.endswith("KMP")
    refused = await marks(world, person, household, one)
    assert refused.status_code == (404 if elsewhere else 403)
    assert elsewhere or "supervisor" in refused.json()["detail"]
    made = await marks(world, await the_supervisor(world), household, one)
    (closed,) = made.json()["items"]
    async with world.client(person) as client:
        again = await client.post(f"/closed-checks/{closed['id']}/reopen")
        assert again.status_code == (404 if elsewhere else 403)
    async with world.browser(person) as browser:
        page = await browser.get(f"/households/{household.id}/checks/close")
        assert page.status_code == (404 if elsewhere else 403)
        shown = await browser.get(f"/closed-checks/{closed['id']}")
        # A trainer reads of a family what becomes of its trainees.
        assert shown.status_code == (404 if elsewhere or role.startswith("trainer") else 200)
        assert "Take it back" not in shown.text
    assert (await check_of(world, people["Bopha"]))["settled"] == "missed"


async def test_what_is_not_due_is_not_marked_and_a_reason_is_asked_for(world: World):
    household, people = await due_family(world)
    supervisor = await the_supervisor(world)
    due, to_come, lapsed = [
        (await check_of(world, people["Bopha"], slot))["id"] for slot in ("month_2", "month_6", "month_1")
    ]
    for one in (to_come, lapsed):
        refused = await marks(world, supervisor, household, due, one)
        assert (refused.status_code, refused.json()["code"]) == (409, "check-is-not-due"), refused.text
    for reason, field in (("x", "reason"), (" a\u200bb ", "reason"), ("", "reason")):
        refused = await marks(world, supervisor, household, due, reason=reason)
        assert refused.status_code == 422
        assert [one["field"] for one in refused.json()["errors"]] == [field]
    refused = await marks(world, supervisor, household, due, uuid4())
    assert [one["field"] for one in refused.json()["errors"]] == ["follow_up_ids"]
    assert (await marks(world, supervisor, household)).status_code == 422
    assert (await marks(world, supervisor, household, due)).status_code == 201
    assert (await marks(world, supervisor, household, due)).json()["code"] == "check-is-not-due"


async def test_nobody_stops_looking_for_a_missing_child(world: World):
    household, people = await due_family(world)
    await missing(world, household, people["Bopha"], TODAY)
    supervisor = await the_supervisor(world)
    sister, brother = [(await check_of(world, people[name]))["id"] for name in ("Bopha", "Piseth")]
    refused = await marks(world, supervisor, household, brother, sister)
    assert (refused.status_code, refused.json()["code"]) == (409, "child-is-missing"), refused.text
    assert not await world.owner_rows("SELECT FROM closed_checks")
    async with world.browser(supervisor) as browser:
        page = (await browser.get(f"/households/{household.id}/checks/close")).text
    assert "their checks stay due until they are found" in seen(page)
    assert (str(brother) in page, str(sister) in page) == (True, False)
    assert (await marks(world, supervisor, household, brother)).status_code == 201
    (alert,) = await world.owner_rows("SELECT closed_on FROM alerts WHERE kind = 'missing_child'")
    assert alert["closed_on"] is None


async def test_a_supervisor_marks_and_takes_back_on_the_familys_page(world: World):
    household, people = await due_family(world)
    one = (await check_of(world, people["Bopha"]))["id"]
    address = f"/households/{household.id}"
    async with world.browser(await monitor(world)) as browser:
        assert "/checks/close" not in (await browser.get(address)).text
    async with world.browser(await the_supervisor(world)) as browser:
        assert f"{address}/checks/close" in (await browser.get(address)).text
        form = {"id": str(uuid4()), "follow_up_ids": str(one), "reason": "no"}
        refused = await browser.post(f"{address}/checks/close", data=form)
        assert refused.status_code == 422
        assert "Write in a few words" in seen(refused.text)
        made = await browser.post(f"{address}/checks/close", data={**form, "reason": REASON})
        assert made.headers["location"] == f"{address}?done=missed"
        told = seen("<main" + (await browser.get(address)).text.split('id="happened"')[1])
        assert "School check, month 2 · marked as missed" in told
        assert REASON in told
        assert "Supervisor.Kpt" in told
        (closed,) = await world.owner_rows("SELECT id FROM closed_checks")
        page = await browser.get(f"/closed-checks/{closed['id']}")
        assert (REASON in seen(page.text), "Take it back" in seen(page.text)) == (True, True)
        for _ in range(2):
            back = await browser.post(f"/closed-checks/{closed['id']}/reopen")
            assert back.headers["location"] == f"{address}?done=reopened"
        told = seen("<main" + (await browser.get(address)).text.split('id="happened"')[1])
        assert "taken back by Supervisor.Kpt" in told
        assert "Taken back on" in seen((await browser.get(f"/closed-checks/{closed['id']}")).text)
    assert (await check_of(world, people["Bopha"]))["settled"] is None
    # What was taken back can be said again.
    assert (await marks(world, await the_supervisor(world), household, one)).status_code == 201


async def test_the_check_of_the_business_is_marked_too_and_outlives_its_plan_on_the_timeline(world: World):
    household, grant_id = await paid_family(world)
    world.clock = clock_on(date(2026, 1, 26))
    one = await check_of(world, None, "day_14")
    assert (await marks(world, await the_supervisor(world), household, one["id"])).status_code == 201
    await world.owner_rows("DELETE FROM anchors WHERE source_id = $1", grant_id)
    await world.owner_rows(
        "INSERT INTO dirty (household_id, office_id, cause) VALUES ($1, 1, 'test')", household.id
    )
    await tick(world.worker, world.clock)
    assert not await world.owner_rows("SELECT FROM follow_ups WHERE id = $1", one["id"])
    async with world.browser(await monitor(world)) as browser:
        told = seen((await browser.get(f"/households/{household.id}")).text)
    assert "Business check, day 14: the things bought · marked as missed" in told


async def test_it_goes_along_when_the_family_is_handed_over(world: World):
    _, there = await staffed(world)
    household, people = await due_family(world)
    one = (await check_of(world, people["Bopha"]))["id"]
    ours = await the_supervisor(world)
    (closed,) = (await marks(world, ours, household, one)).json()["items"]
    assert (await moves(world, ours, household.id)).status_code == 201
    assert (await check_of(world, people["Bopha"]))["settled"] == "missed"
    async with world.browser(there) as browser:
        assert REASON in seen((await browser.get(f"/households/{household.id}")).text)
    async with world.client(ours) as client:
        assert (await client.post(f"/closed-checks/{closed['id']}/reopen")).status_code == 404
    async with world.client(await world.person("supervisor@KMP")) as client:
        (back,) = (await client.post(f"/closed-checks/{closed['id']}/reopen")).json()["items"]
    assert back["reopened_by"] == "Supervisor.Kmp"
    assert (await check_of(world, people["Bopha"]))["settled"] is None


async def test_a_later_visit_answers_it_too_and_the_timeline_says_so(world: World) -> None:
    household, people = await due_family(world)
    check = await check_of(world, people["Bopha"], "month_3")
    world.clock = clock_on(check["due_on"])
    await tick(world.worker, world.clock)
    assert (await marks(world, await the_supervisor(world), household, check["id"])).status_code == 201
    # No other check is open then that it would answer instead.
    world.clock = clock_on(check["closes_on"] + 5 * DAY)
    findings = [education(people["Bopha"])]
    day = world.clock.today().isoformat()
    made = await recorded(world, household.id, happened_on=day, findings=findings)
    assert str(check["id"]) in {one["id"] for one in made["settled"]}
    async with world.browser(await monitor(world)) as browser:
        told = seen((await browser.get(f"/households/{household.id}")).text)
    assert "marked as missed; a visit answered it since" in told
