"""Nothing due is invisible: each list in which somebody would look for a check, and each number that counts them."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import func, select

from livelihood.db.actor import Named
from livelihood.db.reader import Read
from livelihood.desk.pages.today import work_of
from livelihood.desk.queries import today as desk
from livelihood.desk.queries.digest import waiting
from livelihood.followups import models, service
from livelihood.followups.queries import lists, schools, sheets, summary, worklist
from livelihood.followups.queries.states import IN_STATE, STATE, TO_DO
from livelihood.followups.queries.whose import whose
from livelihood.followups.rules.state import Settled, State, state_of
from livelihood.followups.schemas_sheets import SheetIn, Whose
from livelihood.notices.rules import Count
from tests.followups.alert_model import Alerts
from tests.followups.happenings import Happenings
from tests.followups.lives import Bars, Life
from tests.followups.silence_model import Row
from tests.support.world import OFFICES, Person, World


class InSql(msgspec.Struct, frozen=True):
    id: UUID
    household_id: UUID
    office_id: int
    member_id: UUID | None
    purpose: str
    planned_purpose: str
    opens_on: date
    closes_on: date
    lapses_on: date
    settled: Settled | None
    reminds: bool
    state: State
    to_do: bool
    upcoming: bool
    due: bool
    overdue: bool
    missed: bool
    done: bool
    done_late: bool
    cancelled: bool


STORED = InSql.__struct_fields__[:11]
EVERY_STATE = Read(
    select(
        *(getattr(models.FollowUp, name) for name in STORED),
        STATE.label("state"),
        TO_DO.label("to_do"),
        *(func.coalesce(IN_STATE[one], False).label(one.value) for one in State),
    ),
    InSql,
)
Due = Sequence[InSql]
# Children who are looked for, each with the family.
Missing = set[tuple[UUID, UUID]]


async def states_are_the_same(world: World, today: date) -> Sequence[InSql]:
    """Of every stored row, in SQL twice over and in Python; says them all."""
    async with world.owner.read(Named("setup")) as reads:
        rows = await EVERY_STATE.all(reads, today=today)
    for row in rows:
        by_rule = state_of(
            opens_on=row.opens_on,
            closes_on=row.closes_on,
            lapses_on=row.lapses_on,
            settled=row.settled,
            today=today,
        )
        assert row.state == by_rule
        assert [one for one in State if getattr(row, one.value)] == [by_rule]
        assert row.to_do is (row.reminds and by_rule in {State.DUE, State.OVERDUE})
    return rows


async def in_the_list(happenings: Happenings, due: Due, today: date) -> None:
    async with happenings.world.read(happenings.recorder) as reads:
        page = await lists.list_follow_ups(reads, today=today, limit=500)
    assert {one.id for one in page.items} == {one.id for one in due}


async def in_every_list(
    happenings: Happenings,
    monitors: dict[str, Person],
    every: Sequence[InSql],
    board: dict[UUID, Row],
    alerts: Alerts,
    today: date,
) -> None:
    """`monitors`: who has the families of an office; `every` check there is, of which some are due; `board`: what is
    known of the silence of each child.
    """
    due = [one for one in every if one.to_do]
    for life in happenings.lives:
        await in_its_own_list(happenings.world, happenings.recorder, life, every, today)
    for school in happenings.schools:
        await in_the_roll(happenings, school, due, alerts.bars, today)
    for office, monitor in monitors.items():
        families = [life for life in happenings.lives if life.office == office]
        mine = [one for one in due if one.household_id in {life.id for life in families}]
        missing = {
            (life.id, child)
            for life in families
            for child in life.children
            if alerts.is_missing(child) and not life.closing
        }
        await in_the_worklist(happenings.world, monitor, mine, missing, today)
        await in_a_sheet(happenings.world, monitor, OFFICES[office], mine, missing, today)
        children = {child for life in families for child in life.children}
        silent = sum(bool(row.unconfirmed_since) for child, row in board.items() if child in children)
        opened = sum(one.closed_on is None for one in alerts.known.values() if one.child in children)
        # All of an office, whoever has the family; who recorded everything is a monitor of every office.
        read = happenings.lives if monitor is happenings.recorder else families
        gone = sum(alerts.is_missing(child) for life in read for child in life.children)
        await counted(happenings.world, monitor, mine, missing, silent, gone, today)
        await counted_for_the_caseworker(happenings.world, office, mine, silent, opened, today)


async def in_its_own_list(
    world: World, reader: Person, life: Life, every: Sequence[InSql], today: date
) -> None:
    """What is to be done, what is to come, and all that ever was."""
    async with world.read(reader) as reads:
        found = await lists.of_household(reads, life.id, today)
    mine = [one for one in every if one.household_id == life.id]
    assert sorted((one.id, one.state, one.reminds) for one in found) == sorted(
        (one.id, one.state, one.reminds) for one in mine
    )


async def in_the_roll(happenings: Happenings, school: UUID, due: Due, bars: Bars, today: date) -> None:
    """Whoever is of school age is on the roll of the school that was named last, and whoever's school check waits, at
    any age, marked as waiting.
    """
    goes_to: dict[UUID, UUID] = {}
    for found, named in sorted(happenings.named, key=lambda one: one[0].day):
        goes_to[found.child] = named
    waits = {one.member_id for one in due if one.purpose == "school"}
    here = {
        child
        for life in happenings.lives
        for child, who in life.children.items()
        if goes_to.get(child) == school
        and not life.closing
        and not who.leaving
        and (bars.is_of_school_age(who, today) or child in waits)
    }
    async with happenings.world.read(happenings.recorder) as reads:
        pupils = await schools.pupils(reads, school, today)
    assert {one.child.id for one in pupils} == here
    assert {one.child.id for one in pupils if one.due} == waits & here
    happenings.met["due in a roll"] += len(waits & here)


async def in_the_worklist(world: World, monitor: Person, due: Due, missing: Missing, today: date) -> None:
    """Whoever goes out goes to the families of missing children first."""
    async with world.read(monitor) as reads:
        narrowed = worklist.Narrowed(monitors=tuple(await whose(reads, monitor.id, today)))
        listed = await worklist.worklist(reads, narrowed, today=today)
    cards = [card for village in listed.villages for card in village.cards]
    shown = [(card.id, person.id, one.id) for card in cards for person, mine in card.people for one in mine]
    shown += [(card.id, None, one.id) for card in cards for one in card.business]
    assert sorted(shown, key=str) == sorted(
        ((one.household_id, one.member_id, one.id) for one in due), key=str
    )
    assert {(card.id, member_id) for card in cards for member_id in card.missing} == missing
    first = [bool(card.missing) for card in cards]
    assert first == sorted(first, reverse=True)
    late = {card.id for card in cards if card.overdue}
    assert late == {one.household_id for one in due if one.state is State.OVERDUE}


async def in_a_sheet(
    world: World, monitor: Person, office: int, due: Due, missing: Missing, today: date
) -> None:
    """Printed under a number: a line for each family, with whom to check for what, and whom to look for."""
    if not due and not missing:
        return
    async with world.work(monitor) as uow:
        body = SheetIn(office_id=office, whose=Whose.MINE)
        sheet = await sheets.sheet(uow, await service.make_sheet(uow, body, clock=world.clock))
    assert sheet.day == today
    printed = {
        (line.household_id, person.member_id, purpose)
        for line in sheet.lines
        for person in line.people
        for purpose in person.purposes
    }
    printed |= {(line.household_id, None, "business") for line in sheet.lines if line.business}
    # What was settled earlier on the same day stays on the paper, beside what still waits.
    assert printed >= {(one.household_id, one.member_id, one.purpose) for one in due}
    people = {(line.household_id, person.member_id) for line in sheet.lines for person in line.people}
    assert people == {(one.household_id, one.member_id) for one in due if one.member_id} | missing
    families = {one.household_id for one in due} | {household_id for household_id, _ in missing}
    assert {line.household_id for line in sheet.lines} == families


async def counted(
    world: World, monitor: Person, due: Due, missing: Missing, silent: int, gone: int, today: date
) -> None:
    """On the monitor's page of today and in the digest, where slots that fall together are one check, and whoever goes out
    goes to the families of missing children too.
    """
    checks, late = _checks(due)
    async with world.read(monitor) as reads:
        monitors = await whose(reads, monitor.id, today)
        offices = [office.id for office in reads.actor.offices]
        counts = await summary.summary(
            reads, reads.actor, summary.Narrowed(monitors=tuple(monitors)), today=today
        )
        villages = await desk.VILLAGES.all(reads, offices=offices, today=today, monitors=monitors)
        work = await work_of(reads, today)
        told = await waiting(reads, reads.actor, today)
    assert (counts.checks, counts.overdue) == (checks, late)
    families = {one.household_id for one in due} | {household_id for household_id, _ in missing}
    assert counts.households == len(families)
    assert (sum(one.checks for one in villages), sum(one.overdue for one in villages)) == (checks, late)
    assert sum(one.children for one in work.in_hands) == silent
    assert told == _above_nought(
        {
            Count.DUE: checks - late,
            Count.OVERDUE: late,
            Count.UNCONFIRMED: silent,
            Count.SAFEGUARDING: gone,
        }
    )


async def counted_for_the_caseworker(
    world: World, office: str, due: Due, silent: int, opened: int, today: date
) -> None:
    checks, late = _checks(due)
    async with world.read(await world.person(f"caseworker@{office}")) as reads:
        work = await work_of(reads, today)
        told = await waiting(reads, reads.actor, today)
    assert [one.children for one in work.silence or []] == [silent]
    assert told == _above_nought(
        {
            Count.DUE: checks - late,
            Count.OVERDUE: late,
            Count.UNCONFIRMED: silent,
            Count.ALERTS: opened,
        }
    )


def _checks(due: Due) -> tuple[int, int]:
    """How many there are, and how many of them are late."""

    def number(rows: Collection[InSql]) -> int:
        return len({(one.household_id, one.member_id, one.purpose) for one in rows})

    return number(due), number([one for one in due if one.state is State.OVERDUE])


def _above_nought(counts: dict[Count, int]) -> dict[Count, int]:
    return {count: number for count, number in counts.items() if number}
