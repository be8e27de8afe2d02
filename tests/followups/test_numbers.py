"""Numbers that are policy: a change is added, checked, previewed, and decides what happens from its day on."""

import re
from datetime import date, timedelta
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihood.errors import FieldError, InvalidInput
from livelihood.followups import labels_numbers, previewing, service
from livelihood.followups.reconcile import tick
from livelihood.followups.rules.facts import Outcome
from livelihood.followups.rules.number_drafts import BOUNDS, number_faults
from livelihood.followups.rules.numbers import SHIPPED_NUMBERS, NumberKey, Numbers, PolicyNumber, completed
from livelihood.followups.rules.previews import Effect, summed
from livelihood.followups.schemas import VisitIn
from livelihood.observations.rules import Education, EducationState, LearntFrom
from livelihood.observations.schemas import Finding
from tests.followups.policies import difference, drafted, in_force, previewed, stands
from tests.followups.stories import PAID, anchored, clock_on, monitor
from tests.support.families import members_of, registered
from tests.support.world import World

TODAY = date(2026, 11, 24)
KEYS = st.sampled_from(NumberKey)
BAR = NumberKey.ATTENDANCE_BAR_PERCENT
SUPERVISOR = NumberKey.ESCALATE_SUPERVISOR_DAYS


def number(key: NumberKey, value: int, day: date = TODAY) -> PolicyNumber:
    return PolicyNumber(key, day, value, "The board")


def said(found: list[FieldError]) -> dict[str, str]:
    return {fault.field: str(fault.message) for fault in found}


@pytest.mark.parametrize(
    ("draft", "field", "words"),
    [
        (number(BAR, 101), "value", "at most 100 %"),
        (number(BAR, 0), "value", "between 1 and 100"),
        (number(BAR, 80), "value", "It is 80 on that day already"),
        (number(BAR, 75, TODAY - timedelta(days=1)), "effective_from", "is past"),
        (number(BAR, 75, date(2040, 1, 1)), "effective_from", "more than five years"),
        (number(BAR, 75, date(2027, 1, 1)), "effective_from", "82 from 2027-01-01 on"),
        (number(SUPERVISOR, 30), "value", "The supervisor comes first"),
        (number(NumberKey.ESCALATE_MANAGER_DAYS, 14), "value", "The supervisor comes first"),
        # Fine today, and upside down once what is announced holds.
        (number(SUPERVISOR, 29), "value", "On 2027-02-01 the supervisor would be told after 29"),
        (number(NumberKey.REMEDIATED_FROM_DAYS, 200), "value", "which none do"),
        (number(NumberKey.AT_RISK_DAYS_IN_A_ROW, 20), "value", "The risk comes first"),
        (number(NumberKey.PRESUMED_GONE_DAYS, 3), "value", "The risk comes first"),
        (number(NumberKey.OUT_OF_SCHOOL_TO_AGE, 12), "value", "before 15"),
        (number(NumberKey.SCHOOL_DAYS_A_WEEK, 8), "value", "seven days"),
    ],
)
def test_a_number_that_does_not_hold_together(draft: PolicyNumber, field: str, words: str) -> None:
    announced = (
        number(BAR, 82, date(2027, 1, 1)),
        number(NumberKey.ESCALATE_MANAGER_DAYS, 20, date(2027, 2, 1)),
    )
    assert words in said(number_faults((*SHIPPED_NUMBERS, *announced), draft, TODAY))[field]


@given(
    st.lists(
        st.builds(PolicyNumber, KEYS, st.dates(TODAY, date(2027, 6, 1)), st.integers(-5, 400), st.just("x")),
        max_size=40,
    )
)
def test_whatever_is_accepted_the_numbers_make_sense_on_every_day(drafts: list[PolicyNumber]) -> None:
    known = list(SHIPPED_NUMBERS)
    for draft in drafts:
        before = Numbers(known)
        faults = number_faults(known, draft, TODAY)
        if faults:
            assert {fault.field for fault in faults} <= {"value", "effective_from"}
            continue
        known.append(draft)
        after = Numbers(known)
        # What was before its day stays.
        yesterday = draft.effective_from - timedelta(days=1)
        assert all(before.on(key, yesterday) == after.on(key, yesterday) for key in NumberKey)
        assert after.on(draft.key, draft.effective_from) == draft.value
    assert len({(one.key, one.effective_from) for one in known}) == len(known)
    numbers = Numbers(known)
    for day in {one.effective_from for one in known}:
        assert all(least <= numbers.on(key, day) <= most for key, (least, most) in BOUNDS.items())
        assert numbers.on(SUPERVISOR, day) < numbers.on(NumberKey.ESCALATE_MANAGER_DAYS, day)
        assert numbers.on(NumberKey.REMEDIATED_FROM_DAYS, day) < numbers.on(NumberKey.REMEDIATED_TO_DAYS, day)
        assert numbers.on(NumberKey.AT_RISK_DAYS_IN_A_ROW, day) < numbers.on(
            NumberKey.PRESUMED_GONE_DAYS, day
        )


def test_every_number_ships_with_words_bounds_and_a_value_within_them() -> None:
    numbers = Numbers(completed([]))
    for key in NumberKey:
        least, most = BOUNDS[key]
        assert least <= numbers.on(key, TODAY) <= most
        for words in (labels_numbers.NAMES, labels_numbers.TEXTS, labels_numbers.COUNTS_FOR):
            assert words[key]


def schooling(random: Random) -> Education:
    """In school two times of three, and then seldom or always there."""
    if random.random() < 1 / 3:
        return Education(EducationState.NONE)
    return Education(EducationState.FORMAL, days_present=random.randint(12, 20), days_open=20)


async def families(world: World, random: Random, count: int = 4) -> None:
    """Families paid a while ago: some found in school, some seldom there, some met by nobody."""
    caseworker, recorder = await world.person("caseworker@KPT"), await monitor(world)
    today = world.clock.today()
    for _ in range(count):
        household = await registered(world, caseworker, intake_on="2025-06-01")
        await anchored(world, household.id, on=today - timedelta(days=random.randint(60, 150)))
        people = await members_of(world, household)
        for ago in sorted({0, *random.sample(range(1, 50), 3)}, reverse=True):
            clock = clock_on(today - timedelta(days=ago))
            met = random.random() < 0.6
            findings = tuple(
                Finding(member_id=people[child], details=schooling(random)) for child in ("Bopha", "Piseth")
            )
            body = VisitIn(
                household_id=household.id,
                happened_on=clock.today(),
                outcome=Outcome.MET if met else Outcome.NOT_FOUND,
                findings=findings if met else (),
            )
            async with world.work(recorder) as uow:
                await service.record_visit(uow, body, clock=clock)
    await tick(world.worker, world.clock)


@pytest.mark.parametrize("seed", range(2))
async def test_a_preview_of_a_number_says_what_then_happens(world: World, seed: int) -> None:
    random = Random(seed)
    manager = await world.person("manager")
    world.clock = clock_on(PAID + timedelta(days=200))
    await families(world, random)
    counted = 0
    for key, value in (
        (BAR, 99),
        (NumberKey.MISSING_AFTER_FAILED_ATTEMPTS, 1),
        (NumberKey.LAST_LAPSES_AFTER_DAYS, 60),
        (SUPERVISOR, 3),
        (NumberKey.OUT_OF_SCHOOL_TO_AGE, 17),
        (NumberKey.SCHOOL_AGE_FROM, 7),
        (NumberKey.SCHOOL_DAYS_A_WEEK, 6),
        (NumberKey.SCHOOL_DAYS_IN_WINDOW, 20),
        (NumberKey.SPOT_CHECK_VISITS, 9),
    ):
        body = {"value": value, "effective_from": world.clock.today().isoformat(), "source": "The board"}
        before = await stands(world)
        asked = await drafted(world, manager, key, body, world.clock)
        preview = await previewed(world, manager, asked, world.clock)
        assert await stands(world) == before
        await in_force(world, manager, asked, world.clock)
        exact = [
            msgspec.structs.replace(one, measured=0, measured_with=0, measured_of=0)
            for one in preview.counts
            if one.differing
        ]
        assert exact == difference(before, await stands(world)), key
        counted += sum(one.differing for one in preview.counts)
        if key in {NumberKey.SCHOOL_DAYS_A_WEEK, NumberKey.SCHOOL_DAYS_IN_WINDOW}:
            assert sum(one.moved for one in exact), key
        everywhere = summed(preview.counts)
        if key is NumberKey.LAST_LAPSES_AFTER_DAYS:
            assert everywhere.lapses, "the days on which it may be answered"
            assert everywhere.moved == 0, "and no day moves"
            assert {one.effect for one in preview.examples} == {Effect.LAPSES}
            assert all(one.lapses_on != one.was_lapses_on and not one.moves for one in preview.examples)
        if key in {BAR, SUPERVISOR}:
            assert everywhere.measured_with >= everywhere.measured
        if key is NumberKey.SPOT_CHECK_VISITS:
            assert (preview.total, preview.counts) == (0, [])
    assert counted
    audited = await world.owner_rows(
        "SELECT actor_id, action FROM audit.entries WHERE table_name = 'policy_numbers' ORDER BY id"
    )
    # The first came with a migration.
    assert [(row["actor_id"], row["action"]) for row in audited[1:]] == [(manager.id, "insert")] * 9


async def test_a_bar_measured_on_what_is_recorded(world: World) -> None:
    """Two children at 80 and 90 % a month ago: a bar of 85 % would have found one of them."""
    manager, recorder = await world.person("manager"), await monitor(world)
    household = await registered(world, await world.person("caseworker@KPT"))
    people = await members_of(world, household)
    world.clock = clock_on(PAID)
    body = VisitIn(
        household_id=household.id,
        happened_on=PAID,
        outcome=Outcome.MET,
        findings=tuple(
            Finding(
                member_id=people[child],
                details=Education(EducationState.FORMAL, days_present=present, days_open=20),
            )
            for child, present in (("Bopha", 16), ("Piseth", 18))
        ),
    )
    async with world.work(recorder) as uow:
        await service.record_visit(uow, body, clock=world.clock)
    world.clock = clock_on(PAID + timedelta(days=30))
    draft = {"value": 85, "effective_from": world.clock.today().isoformat(), "source": "The board"}
    asked = await drafted(world, manager, BAR, draft, world.clock)
    (counts,) = (await previewed(world, manager, asked, world.clock)).counts
    assert (counts.differing, counts.measured, counts.measured_with) == (0, 0, 1)


async def test_days_away_and_vacations_measured_on_what_is_recorded(world: World) -> None:
    """Away for 8 and 25 school days; another child in school last year and out of it 15 days into this one."""
    manager, recorder = await world.person("manager"), await monitor(world)
    household = await registered(world, await world.person("caseworker@KPT"))
    people = await members_of(world, household)
    world.clock = clock_on(date(2026, 10, 1))

    async def asked(key: NumberKey, value: int) -> tuple[Any, str]:
        draft = {"value": value, "effective_from": world.clock.today().isoformat(), "source": "The board"}
        preview = await drafted(world, manager, key, draft, world.clock)
        found = summed((await previewed(world, manager, preview, world.clock)).counts)
        async with world.browser(manager) as browser:
            shown = (await browser.get(f"/previews/{preview}")).text
        return (found.measured, found.measured_with, found.measured_of), re.sub(r"<[^>]+>|\s+", " ", shown)

    async def found(day: date, **children: Education) -> None:
        world.clock = clock_on(day)
        body = VisitIn(
            household_id=household.id,
            happened_on=day,
            outcome=Outcome.MET,
            findings=tuple(Finding(member_id=people[name], details=one) for name, one in children.items()),
        )
        async with world.work(recorder) as uow:
            await service.record_visit(uow, body, clock=world.clock)

    for key, value in ((NumberKey.PRESUMED_GONE_DAYS, 6), (NumberKey.NOT_RE_ENROLLED_DAYS, 10)):
        counted, shown = await asked(key, value)
        assert counted == (0, 0, 0)
        assert "It cannot be told: no" in shown
        assert "→" not in shown[shown.index("Had it held") :]
    teacher = {"state": EducationState.FORMAL, "learnt_from": LearntFrom.TEACHER}
    await found(date(2026, 10, 5), Bopha=Education(**teacher), Piseth=Education(**teacher, days_away=8))
    (year,) = await world.owner_rows(
        "SELECT starts_on FROM school_years WHERE starts_on BETWEEN '2026-10-06' AND '2027-06-01'"
    )
    late = year["starts_on"] + timedelta(days=15)
    await found(late, Bopha=Education(EducationState.NONE), Piseth=Education(**teacher, days_away=25))
    counted, shown = await asked(NumberKey.PRESUMED_GONE_DAYS, 30)
    assert counted == (1, 0, 2), "the one record with 25 days, of two that count them"
    assert "2 records count the school days in a row" in shown
    assert (await asked(NumberKey.PRESUMED_GONE_DAYS, 6))[0] == (1, 1, 2), "a child is counted once"
    counted, shown = await asked(NumberKey.NOT_RE_ENROLLED_DAYS, 10)
    assert counted == (0, 1, 1)
    assert "1 alert is of a child who had not come back" in shown
    assert (await asked(NumberKey.NOT_RE_ENROLLED_DAYS, 16))[0] == (0, 0, 1)


async def test_two_changes_for_one_day_and_rights(world: World) -> None:
    manager, other = await world.person("manager"), await world.person("manager", name="second")
    world.clock = clock_on(PAID)
    day = (PAID + timedelta(days=9)).isoformat()
    previews = []
    for person, value in ((manager, 70), (other, 75)):
        body = {"value": value, "effective_from": day, "source": "The board"}
        previews.append(await drafted(world, person, BAR, body, world.clock))
        await previewed(world, person, previews[-1], world.clock)
    await in_force(world, manager, previews[0], world.clock)
    with pytest.raises(InvalidInput, match="need a look"):
        await in_force(world, other, previews[1], world.clock)
    assert len(await world.owner_rows("SELECT value FROM policy_numbers WHERE key = $1", BAR.value)) == 2


async def test_a_manager_changes_a_number_on_its_page(world: World) -> None:
    world.clock = clock_on(PAID)
    async with world.browser(await world.person("monitor@KPT")) as browser:
        assert ">Change<" not in (await browser.get(f"/policy-numbers/{BAR}")).text
        assert (await browser.get(f"/policy-numbers/{BAR}/change")).status_code == 403
    async with world.browser(await world.person("manager")) as browser:
        listed = (await browser.get("/policy-numbers")).text
        assert "Attendance bar" in listed
        assert "80 %" in listed
        form = (await browser.get(f"/policy-numbers/{BAR}/change")).text
        (preview_id,) = re.findall(r'name="id" value="([^"]+)"', form)
        sent: dict[str, Any] = {
            "id": preview_id,
            "value": "101",
            "effective_from": "2026-02-01",
            "source": "Board",
        }
        refused = await browser.post(f"/policy-numbers/{BAR}/change", data=sent)
        assert refused.status_code == 422
        assert "at most 100 %" in refused.text
        sent["value"] = "៧៥"
        asked = await browser.post(f"/policy-numbers/{BAR}/change", data=sent)
        assert asked.status_code == 303, asked.text
        await previewing.tick(world.worker, world.clock)
        shown = (await browser.get(asked.headers["Location"])).text
        assert "Had it held all along" in shown
        assert "<h1>Attendance bar: from 80 to 75 %, from 1 Feb 2026 on</h1>" in shown
        about = re.sub(r"<[^>]+>|\s+", " ", shown)
        assert re.search(r"Who decided it, and why +Board +Drafted by +Manager, Mon 12 Jan 2026", about), (
            about
        )
        assert "Put into force from Sun 1 Feb 2026" in shown
        done = await browser.post(f"{asked.headers['Location']}/in-force")
        assert done.headers["Location"] == f"/policy-numbers/{BAR}?done=in-force"
        kept = (await browser.get(asked.headers["Location"])).text
        assert "from 80 to 75 %" in kept, "also once it is in force"
        page = (await browser.get(done.headers["Location"])).text
        for words in ("75 %", "to come", "came with the software", "Manager, "):
            assert words in page, words
        assert "75 % from Sun 1 Feb" in (await browser.get("/policy-numbers")).text
    async with world.client(await world.person("manager")) as client:
        found = (await client.get(f"/policy-numbers/{BAR}")).json()
        assert (found["value"], [one["value"] for one in found["values"]]) == (80, [75, 80])
        body = {"value": 60, "effective_from": "2026-03-01", "source": "Board"}
        asked = await client.post(f"/policy-numbers/{BAR}/previews", json=body)
        assert asked.json()["what"]["kind"] == "number"
        assert (await client.get("/policy-numbers/no_such_number")).status_code == 404
        assert len((await client.get("/policy-numbers")).json()["items"]) == len(NumberKey)
