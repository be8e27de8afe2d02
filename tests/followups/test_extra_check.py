"""An alert's page shows the check that the alert planned: its day, its state, and what answers it."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livelihood.followups.reconcile import tick
from livelihood.followups.rules.desired import Plan
from livelihood.followups.rules.facts import Household, Member, Mode
from livelihood.followups.rules.protocols import in_protocol
from livelihood.followups.rules.state import FollowUp, Settled
from livelihood.observations.rules import Details, Education, EducationState, Instead, Work
from tests.desk.office import Office, at_work
from tests.desk.test_today import seen
from tests.followups.families import (
    CALENDAR,
    IN,
    NOT_LEARNT,
    OUT,
    SPOKE,
    child,
    family,
    grant,
    of,
    plan,
    visit,
)
from tests.followups.policies import drafted, in_force, previewed, slot, version
from tests.followups.stories import PAID, clock_on, monitor
from tests.followups.test_roll_calls import pupils_of, school_of
from tests.support.world import World

DAY = timedelta(days=1)


async def alert_of(world: World) -> UUID:
    (row,) = await world.owner_rows("SELECT id FROM alerts WHERE kind = 'out_of_school'")
    return row["id"]


async def learnt(world: World, office: Office, on: date, recorded: date) -> str:
    """A visit that finds Piseth back in school; says its id."""
    world.clock = clock_on(recorded)
    details = {"kind": "education", "state": "formal", "grade": 7}
    async with world.client(await monitor(world)) as client:
        made = await client.post(
            "/visits",
            json={
                "household_id": str(office.followed.id),
                "happened_on": on.isoformat(),
                "outcome": "met",
                "findings": [{"member_id": str(office.children["Piseth"]), "details": details}],
            },
        )
    assert made.status_code == 201, made.text
    return made.json()["visit"]["id"]


async def shown(world: World, alert: UUID) -> tuple[list[dict[str, Any]], str]:
    """Over the API, and on the page."""
    person = await world.person("caseworker@KPT")
    async with world.client(person) as client:
        checks = (await client.get(f"/alerts/{alert}/care")).json()["extra_checks"]
    async with world.browser(person) as browser:
        return checks, (await browser.get(f"/alerts/{alert}")).text


async def test_its_day_its_state_and_what_would_answer(world: World) -> None:
    await at_work(world)
    alert = await alert_of(world)
    (check,), _ = await shown(world, alert)
    opens, closes = (date.fromisoformat(check[name]) for name in ("opens_on", "closes_on"))
    answered_by = f"A visit or a roll call from {opens:%a} {opens.day} {opens:%b} to {closes:%a} {closes.day} {closes:%b} that learns"
    for day, state, words in (
        (opens - DAY, "upcoming", answered_by),
        (opens, "due", answered_by),
        (closes, "due", answered_by),
        (closes + DAY, "overdue", f"It was to be answered by {closes:%a} {closes.day} {closes:%b}."),
        (closes + timedelta(days=90), "missed", "Nobody learnt in time"),
    ):
        world.clock = clock_on(day)
        (check,), html = await shown(world, alert)
        assert (check["due_on"], check["state"], check["visit_id"]) == ("2026-02-26", state, None)
        assert "Extra check School check · Thu 26 Feb" in seen(html)
        assert words in seen(html), day


@pytest.mark.parametrize(
    ("on", "recorded", "state"),
    [
        (date(2026, 2, 27), date(2026, 2, 27), "done"),
        (date(2026, 2, 27), date(2026, 4, 8), "done_late"),
    ],
)
async def test_the_visit_that_answered_is_named(world: World, on: date, recorded: date, state: str) -> None:
    office = await at_work(world)
    alert = await alert_of(world)
    visit = await learnt(world, office, on, recorded)
    (check,), html = await shown(world, alert)
    assert (check["state"], check["visit_id"]) == (state, visit)
    assert f'<a href="/visits/{visit}">Answered by the visit of Fri 27 Feb</a>' in html
    assert "to be answered" not in html


async def test_of_a_child_lost_to_follow_up_it_is_cancelled_and_says_so(world: World) -> None:
    office = await at_work(world)
    alert = await alert_of(world)
    await tick(world.worker, world.clock)
    async with world.client(await world.person("supervisor@KPT")) as client:
        lost = await client.post(
            f"/children/{office.children['Piseth']}/losses", json={"reason": "Nobody knows where they went"}
        )
        assert lost.status_code == 201, lost.text
    await tick(world.worker, world.clock)
    (check,), html = await shown(world, alert)
    assert (check["state"], check["because"]) == ("cancelled", "lost")
    assert "The child is lost to follow-up." in seen(html)


async def test_the_forms_and_the_names_follow_the_protocol_in_force(world: World) -> None:
    """The extra check is put off from two weeks to thirty days: every page says so, and calls it what it is."""
    school = await school_of(world)
    await pupils_of(world, school, families=1)
    (family,) = await world.owner_rows("SELECT id FROM households")
    manager, pages = (
        await world.person("manager"),
        (f"/visits/new?household={family['id']}", f"/schools/{school}/roll-call"),
    )
    for days in (14, 30):
        if days == 30:
            later = version(world.clock.today().isoformat(), slot(days=30, before=4, after=7))
            asked = await drafted(world, manager, "extra_check", later, world.clock)
            await previewed(world, manager, asked, world.clock)
            await in_force(world, manager, asked, world.clock)
        async with world.browser(await monitor(world)) as browser:
            for page in pages:
                html = (await browser.get(page)).text
                assert f"The next check is then in {days} days." in html, page
    async with world.client(await monitor(world)) as client:
        body = {
            "household_id": str(family["id"]),
            "happened_on": world.clock.today().isoformat(),
            "outcome": "met",
            "findings": [
                {"member_id": str(row["id"]), "details": {"kind": "education", "state": "none"}}
                for row in await world.owner_rows("SELECT id FROM members WHERE given_name_latin = 'Piseth'")
            ],
        }
        assert (await client.post("/visits", json=body)).status_code == 201
    async with world.browser(await monitor(world)) as browser:
        assert (
            "Extra check, day 30 after out of school"
            in (await browser.get(f"/households/{family['id']}")).text
        )
        # Of the version in force, of the one before it, and of what changed.
        versions = (await browser.get("/protocols/extra_check")).text
        assert versions.count("Extra check, day 30 after out of school: opens 4 days before") == 2
        assert "Extra check, two weeks after out of school: opens 4 days before" in versions
        assert "School check" not in versions
        assert (
            "Re-enrolment check, every school year, day 14"
            in (await browser.get("/protocols/school_retention")).text
        )


async def test_who_marked_it_as_missed_is_led_to_and_not_called_too_late(world: World) -> None:
    office = await at_work(world)
    alert = await alert_of(world)
    (check,), _ = await shown(world, alert)
    world.clock = clock_on(date.fromisoformat(check["due_on"]))
    supervisor = await world.person("supervisor@KPT")
    for taken_back in (True, False):
        async with world.client(supervisor) as client:
            body = {"follow_up_ids": [check["id"]], "reason": "The bridge is out until April"}
            made = await client.post(f"/households/{office.followed.id}/closed-checks", json=body)
            assert made.status_code == 201, made.text
            closed = made.json()["items"][-1]["id"]
            if taken_back:
                assert (await client.post(f"/closed-checks/{closed}/reopen")).status_code in {200, 201}
                assert "marked it as missed" not in (await shown(world, alert))[1]
    (after,), html = await shown(world, alert)
    assert (after["state"], after["closed_check_id"]) == ("missed", closed)
    told = "A supervisor marked it as missed on Thu 26 Feb, and wrote why"
    assert f'<a href="/closed-checks/{closed}">{told}</a>' in html
    assert "Nobody learnt in time" not in html
    # A visit of a day on which the check was open answers it all the same.
    visit = await learnt(world, office, date(2026, 2, 27), date(2026, 2, 27))
    (answered,), html = await shown(world, alert)
    assert (answered["visit_id"], answered["closed_check_id"]) == (visit, None)
    assert "marked it as missed" not in html


FOUND = date(2026, 11, 25)


def extra_checks(household: Household, today: date) -> list[FollowUp]:
    return [one for one in plan(household, today).follow_ups if one.protocol == "extra_check"]


@pytest.mark.parametrize(
    ("after", "planned"),
    [
        # Before the check that stands can be answered, it is the next one.
        ((5,), [0]),
        ((12,), [0, 12]),
        # Answered by that very finding, or overdue, or lapsed.
        ((14, 14, 14), [0, 14]),
        ((14, 20, 27), [0, 14, 27]),
        ((60,), [0, 60]),
        ((200, 201), [0, 200]),
    ],
)
def test_who_is_found_out_of_school_again_is_looked_for_again_in_14_days(
    after: tuple[int, ...], planned: list[int]
) -> None:
    who = child()
    visits = tuple(visit(FOUND + number * DAY, (who, OUT)) for number in (0, *after))
    household = family(who, visits=visits)
    found = plan(household, FOUND + 300 * DAY)
    checks = extra_checks(household, FOUND + 300 * DAY)
    due = [CALENDAR.first_school_day(FOUND + (number + 14) * DAY) for number in planned]
    assert [one.due_on for one in checks] == due
    (alert,) = found.alerts
    assert {one.anchor_id for one in checks} == {alert.id}
    assert {in_protocol(one.slot) for one in checks} == {"day_14"}


TOO_MUCH = Work(economic_hours=50)
SAID: list[Details] = [OUT, OUT, IN, NOT_LEARNT]


def arriving(said: list[Details]) -> st.SearchStrategy[list[tuple[int, int, Details]]]:
    """Days of which the records speak, each another, how much later they arrive, and what they say."""
    record = st.tuples(st.integers(0, 90), st.integers(0, 40), st.sampled_from(said))
    return st.lists(
        record, min_size=2, max_size=7, unique_by=(lambda one: one[0], lambda one: one[0] + one[1])
    )


def as_they_arrive(who: Member, records: list[tuple[int, int, Details]]) -> Iterator[tuple[Household, Plan]]:
    made = [
        visit(FOUND + day * DAY, (who, said), recorded_on=FOUND + (day + late) * DAY)
        for day, late, said in records
    ]
    made.sort(key=lambda one: one[0].recorded_at)
    for count in range(1, len(made) + 1):
        household = family(who, visits=tuple(made[:count]))
        yield household, plan(household, made[count - 1][0].recorded_at.date())


def none_stands_beside_another(checks: list[FollowUp]) -> None:
    """Of those that nobody has answered, no two are open on one day."""
    waiting = sorted((one.opens_on, one.closes_on) for one in checks if one.settled is None)
    assert all(closes < opens for (_, closes), (opens, _) in pairwise(waiting))


@settings(max_examples=100, deadline=None)
@given(arriving(SAID))
def test_what_arrives_later_moves_no_extra_check_and_leaves_nobody_without_one(
    records: list[tuple[int, int, Details]],
) -> None:
    """As it arrives, whatever day each record speaks of. Only a new alert takes the place of a check that stands."""
    before: dict[UUID, tuple[date, ...]] = {}
    known: set[UUID] = set()
    for household, found in as_they_arrive(child(), records):
        mine = [one for one in found.follow_ups if one.protocol == "extra_check"]
        none_stands_beside_another(mine)
        checks = {one.id: (one.opens_on, one.due_on, one.closes_on) for one in mine}
        alerts = {one.id for one in found.alerts}
        gone = before.items() - checks.items()
        assert len(gone) <= len(alerts - known)
        assert not before.keys() & checks.keys() & dict(gone).keys(), "none is moved"
        before, known = checks, alerts
        if any(one.closed_on is None for one in found.alerts):
            out = [one.happened_on for one in household.observations if one.details == OUT]
            assert any(closes > max(out) for _, _, closes in checks.values())


@settings(max_examples=100, deadline=None)
@given(
    arriving(
        [*SAID, TOO_MUCH, Work(economic_hours=20), Education(EducationState.NONE, instead=Instead.NEITHER)]
    )
)
def test_a_young_person_has_one_extra_check_at_a_time_whatever_it_asks(
    records: list[tuple[int, int, Details]],
) -> None:
    for household, found in as_they_arrive(child(date(2010, 1, 1)), records):
        mine = [one for one in found.follow_ups if one.protocol == "extra_check"]
        none_stands_beside_another(mine)
        said = {one.happened_on: one.details for one in household.observations if one.details != NOT_LEARNT}
        if said and said[max(said)] == OUT and not any(isinstance(one, Work) for one in said.values()):
            assert any(one.closes_on > max(said) for one in mine)


def out_on(
    *said: tuple[int, Details], born: date = date(2010, 1, 1)
) -> tuple[Plan, list[tuple[str, int, Settled | None]]]:
    """The extra checks of somebody, of 16 unless said otherwise, each with the day from which it counts."""
    who = child(born)
    visits = tuple(visit(FOUND + number * DAY, (who, details)) for number, details in said)
    found = plan(family(who, visits=visits), FOUND + 100 * DAY)
    checks = [one for one in found.follow_ups if one.protocol == "extra_check"]
    days = {CALENDAR.first_school_day(FOUND + (number + 14) * DAY): number for number, _ in reversed(said)}
    return found, [(in_protocol(one.slot), days[one.due_on], one.settled) for one in checks]


def test_a_question_that_stands_is_asked_once_and_gives_way_to_an_alert() -> None:
    asked, looked_for = "instead_day_14", "day_14"
    # The question stands until it closes, whoever finds the same meanwhile; then it is asked again.
    _, checks = out_on((0, OUT), (5, OUT), (16, OUT), (27, OUT))
    assert checks == [(asked, 0, None), (asked, 27, None)]
    # Whoever learns it when it is overdue need not go for it once more.
    _, checks = out_on((0, OUT), (27, OUT), (42, Work(economic_hours=20)))
    assert checks == [(asked, 0, Settled.DONE_LATE), (asked, 27, Settled.DONE)]
    # What answers the question may raise the alert.
    _, checks = out_on((0, OUT), (8, TOO_MUCH))
    assert checks == [(asked, 0, Settled.DONE), (looked_for, 8, None)]
    # Or it is raised by what does not answer it, of a day before: there is one check then, and it is that of the alert.
    who = child(date(2010, 1, 1))
    late = visit(FOUND - 3 * DAY, (who, TOO_MUCH), recorded_on=FOUND + DAY)
    for visits in (
        (visit(FOUND, (who, OUT)), late),
        (visit(FOUND, (who, OUT), recorded_on=FOUND + 2 * DAY), late),
    ):
        found = plan(family(who, visits=visits), FOUND + 3 * DAY)
        (check,) = [one for one in found.follow_ups if one.protocol == "extra_check"]
        assert (check.slot, check.anchor_id) == (looked_for, found.alerts[0].id)
    # An alert of before they were 15 stays open though nobody has learnt what they do since: they are looked for again.
    found, checks = out_on((0, OUT), (14, OUT), (41, OUT), born=FOUND.replace(year=2011) + 10 * DAY)
    assert checks == [
        (looked_for, 0, Settled.DONE),
        (looked_for, 14, Settled.DONE_LATE),
        (looked_for, 41, None),
    ]
    assert len(found.alerts) == 1


@pytest.mark.parametrize("mode", [Mode.IN_PERSON, Mode.PHONE])
def test_whoever_sees_the_child_answers_the_extra_check_that_is_overdue(mode: Mode) -> None:
    """Also where another check holds the day; who was told of the child alone leaves it overdue."""
    who = child()
    seen_on = FOUND + 60 * DAY
    told, findings = visit(seen_on, (who, OUT), mode=mode)
    told = msgspec.structs.replace(told, present=frozenset({who.id}))
    household = family(
        who,
        anchors=(grant(seen_on - 31 * DAY),),
        visits=(visit(FOUND, (who, OUT)), (told, findings)),
    )
    found = plan(household, seen_on)
    assert of(found, "month_1", who).settled is Settled.DONE
    first, again = extra_checks(household, seen_on)
    assert first.settled is (Settled.DONE_LATE if mode is Mode.IN_PERSON else None)
    assert first.closes_on < seen_on < first.lapses_on
    assert again.opens_on > seen_on


async def test_a_visit_that_finds_the_child_out_again_says_when_they_are_looked_for(world: World) -> None:
    office = await at_work(world)
    alert = await alert_of(world)
    again = date(2026, 4, 8)
    world.clock = clock_on(again)
    child_id = office.children["Piseth"]
    async with world.client(await monitor(world)) as client:
        made = await client.post(
            "/visits",
            json={
                "household_id": str(office.followed.id),
                "happened_on": again.isoformat(),
                "outcome": "met",
                "present": [str(child_id)],
                "findings": [{"member_id": str(child_id), "details": {"kind": "education", "state": "none"}}],
            },
        )
        assert made.status_code == 201, made.text
        effect = made.json()
    assert "extra_check" in {one["protocol"] for one in effect["settled"]}
    assert [one["due_on"] for one in effect["extra_checks"]] == ["2026-04-22"]
    assert effect["alerts_opened"] == []
    async with world.browser(await monitor(world)) as browser:
        html = seen((await browser.get(f"/visits/{effect['visit']['id']}")).text)
    assert "is looked for again on Wed 22 Apr" in html
    assert "Still overdue: Extra check" not in html
    (first, second), html = await shown(world, alert)
    assert (first["visit_id"], second["due_on"]) == (effect["visit"]["id"], "2026-04-22")
    assert "Answered by the visit of Wed 8 Apr" in seen(html)
    world.clock = clock_on(date(2026, 4, 22))
    async with world.browser(await monitor(world)) as browser:
        listed = seen((await browser.get("/follow-ups")).text)
    assert "Extra check, two weeks after out of school 14 days left Wed 6 May" in listed


@given(
    st.integers(0, 200),
    st.integers(0, 300),
    st.lists(st.tuples(st.integers(0, 500), st.integers(0, 60), st.sampled_from([OUT, SPOKE])), max_size=4),
)
@settings(max_examples=150, deadline=None)
def test_a_finding_that_was_recorded_late_has_a_check_that_can_be_made(
    ago: int, delay: int, later: list[tuple[int, int, Any]]
) -> None:
    """Two weeks after the finding if it was known when the check opens, else after it became known; and what is recorded
    since moves nothing. While it stands, only the check of the next alert takes its place.
    """
    found = date(2026, 2, 12) + timedelta(days=ago)
    known = found + timedelta(days=delay)
    who = child()
    first = visit(found, (who, OUT), recorded_on=known)
    household = family(who, anchors=(grant(PAID),), visits=(first,))
    (check,) = extra_of(plan(household, known))
    nominal = found if delay <= 10 else known
    assert timedelta(days=14) <= check.due_on - nominal <= timedelta(days=20)
    assert check.reminds
    assert check.closes_on >= known + timedelta(days=11)
    since = [
        visit(
            known + timedelta(days=days - late), (who, said), recorded_on=known + DAY + timedelta(days=days)
        )
        for days, late, said in later
    ]
    after = plan(family(who, anchors=household.anchors, visits=(first, *since)), known + timedelta(days=600))
    days = [(one.opens_on, one.due_on, one.closes_on) for one in extra_of(after)]
    gave_way = any(found < one.opened_on < check.closes_on for one in after.alerts)
    assert gave_way or (check.opens_on, check.due_on, check.closes_on) in days


def extra_of(found: Any) -> list[FollowUp]:
    return [one for one in found.follow_ups if one.protocol == "extra_check"]


async def test_the_page_of_an_alert_that_was_heard_of_late_says_from_when_it_counts(world: World) -> None:
    office = await at_work(world)
    alert = await alert_of(world)
    late = "so that it can be made"
    assert late not in (await shown(world, alert))[1]
    world.clock = clock_on(date(2026, 3, 20))
    body = {
        "household_id": str(office.followed.id),
        "happened_on": "2026-02-14",
        "outcome": "met",
        "findings": [
            {"member_id": str(office.children["Bopha"]), "details": {"kind": "education", "state": "none"}}
        ],
    }
    async with world.client(await monitor(world)) as client:
        assert (await client.post("/visits", json=body)).status_code == 201
    (row,) = await world.owner_rows("SELECT id FROM alerts WHERE opened_on = '2026-02-14'")
    (check,), html = await shown(world, row["id"])
    assert (check["due_on"], check["state"]) == ("2026-04-03", "upcoming")
    assert "recorded on Fri 20 Mar" in seen(html)
    assert late in html
