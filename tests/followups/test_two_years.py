"""Two years, day by day: families to whom everything happens, and workers that look most evenings.

After every day the stored rows are those that the facts call for, SQL and Python say the same state of each, whatever
is due stands in a list, and everybody was told exactly once, by a model of its own. On some days no worker runs.
`LIVELIHOOD_SEEDS=12 pytest tests/followups/test_two_years.py` lives through more lives than CI does.
"""

import os
from collections import Counter
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import func, select

from livelihood.db.actor import Named
from livelihood.db.reader import Read
from livelihood.followups import models
from livelihood.followups.queries import facts, lists, worklist
from livelihood.followups.queries import policy as policies
from livelihood.followups.queries.states import IN_STATE, STATE, TO_DO
from livelihood.followups.reconcile import tick
from livelihood.followups.rules import desired as schedule
from livelihood.followups.rules.desired import Plan, desired
from livelihood.followups.rules.numbers import Numbers
from livelihood.followups.rules.placing import Placed, place
from livelihood.followups.rules.policy import Policy
from livelihood.followups.rules.protocols import SHIPPED, Protocol, Purpose
from livelihood.followups.rules.state import State, state_of
from tests.followups.lives import Life, born, something_happens
from tests.followups.silence_model import STEPS, Silences, Told, Window, unconfirmed_since
from tests.followups.stories import PAID, clock_on, monitor
from tests.support.world import ZONE, Person, World

DAYS = 730
FAMILIES = 3
# The third life meets records that come late and extra checks that stand alone.
SEEDS = range(3, 3 + int(os.environ.get("LIVELIHOOD_SEEDS", "1")))
SCHOOL = next(one for one in SHIPPED if one.key == "school_retention")
# On which day somebody changes what: versions of a protocol, of which one is announced, schools shut and open.
NEW_VERSIONS = {
    150: msgspec.structs.replace(
        SCHOOL,
        version=2,
        from_age=7,
        effective_from=PAID + timedelta(days=190),
        slots=tuple(
            msgspec.structs.replace(slot, after=slot.after + 10)
            for slot in SCHOOL.slots
            if slot.key != "month_3"
        ),
    ),
    430: msgspec.structs.replace(SCHOOL, version=3, effective_from=PAID + timedelta(days=430)),
}
FLOOD, HOLIDAY = 320, 60
KEYS = {
    "households": "id",
    "follow_ups": "id",
    "consequences": "id",
    "followed_children": "member_id",
    "alerts": "id",
}


class InSql(msgspec.Struct, frozen=True):
    id: UUID
    opens_on: date
    closes_on: date
    lapses_on: date
    settled: str | None
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


EVERY_STATE = Read(
    select(
        *(getattr(models.FollowUp, name) for name in InSql.__struct_fields__[:6]),
        STATE.label("state"),
        TO_DO.label("to_do"),
        *(func.coalesce(IN_STATE[one], False).label(one.value) for one in State),
    ),
    InSql,
)


def local_day(instant: datetime) -> date:
    return instant.astimezone(ZONE).date()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", SEEDS)
async def test_no_child_is_forgotten_in_two_years(
    world: World, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = Random(seed)
    caseworker, recorder = await world.person("caseworker@KPT"), await monitor(world)
    lives = [await born(world, caseworker, random) for _ in range(FAMILIES)]
    windows = kept_windows(monkeypatch)
    model = Silences()
    stored = Stored(world)
    for number in range(DAYS):
        today = PAID + timedelta(days=number)
        world.clock = clock_on(today, 17)
        before = await school_checks(world) if number in NEW_VERSIONS else []
        changed = await policy_changes(world, number, today)
        looked_at: list[Life] = []
        for life in lives:
            if not changed and random.random() < 0.06:
                stored.fresh = False
                if await something_happens(world, life, recorder, random, today):
                    looked_at.append(life)
        works = changed or random.random() > 0.1
        if works:
            stored.fresh = not await tick(world.worker, world.clock) and stored.fresh
            looked_at = lives
            await stored.is_what_the_facts_call_for(today)
        elif not stored.fresh:
            await stored.read()
            stored.worked_out(today)
        for life in looked_at:
            model.look(life, windows[life.id], today)
        assert stored.told == Counter(one for one, _ in model.told)
        due = await states_are_the_same(world, today)
        await nothing_due_is_invisible(world, recorder, due, today, weekly=number % 7 == 0)
        if works:
            assert stored.silent() == {
                (child, since)
                for life in lives
                for child in life.children
                if (since := unconfirmed_since(life, child, windows[life.id], today))
            }
        if number in NEW_VERSIONS:
            what_had_opened_stays(before, await school_checks(world), NEW_VERSIONS[number])
    kinds = Counter(one.kind for one, _ in model.told)
    assert min(kinds[kind] for kind, _ in STEPS) > 0


class Stored:
    """What is in the tables. `fresh`: nobody has written since it was read, so that it need not be read again."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.fresh = False
        self.policy: Policy
        self.families: list[facts.Loaded] = []
        self.tables: dict[str, dict[UUID, Any]] = {}
        self.told: Counter[Told] = Counter()

    async def read(self) -> None:
        """The facts, and the rows that were derived from them."""
        async with self.world.owner.read(Named("setup")) as reads:
            for table, key in KEYS.items():
                self.tables[table] = {
                    row[key]: row for row in await reads.conn.fetch(f"SELECT * FROM {table}")
                }
            self.policy = await policies.in_full(reads)
            self.families = await facts.load(reads, list(self.tables["households"]), local_day)
        self.told = Counter(
            Told(row["member_id"], row["kind"], row["happened_on"], row["since"])
            for row in self.tables["consequences"].values()
            if row["since"]
        )

    def worked_out(self, today: date) -> dict[UUID, Plan]:
        """From the stored facts alone, from scratch."""
        numbers = Numbers(self.policy.numbers)
        return {
            one.household.id: desired(
                one.household,
                self.policy.protocols,
                policies.calendar_of(self.policy, one.household.province),
                today,
                local_day,
                numbers,
            )
            for one in self.families
        }

    async def is_what_the_facts_call_for(self, today: date) -> None:
        """Every column of every row of every household."""
        if not self.fresh:
            await self.read()
            self.fresh = True
        plans = self.worked_out(today)
        for table, wanted in (
            ("follow_ups", [one for plan in plans.values() for one in plan.follow_ups]),
            ("consequences", [one for plan in plans.values() for one in plan.consequences]),
            ("followed_children", [one for plan in plans.values() for one in plan.followed]),
        ):
            rows = self.tables[table]
            assert rows.keys() == {getattr(one, KEYS[table]) for one in wanted}
            for one in wanted:
                assert_stored(rows[getattr(one, KEYS[table])], one)
        alerts = dict(self.tables["alerts"])
        for plan in plans.values():
            for alert in plan.alerts:
                assert_stored(alerts.pop(alert.id), alert)
        # What is called for no longer stays, closed: somebody may have acted on it.
        assert all(row["closed_on"] for row in alerts.values())
        for household_id, plan in plans.items():
            assert self.tables["households"][household_id]["next_change_on"] == plan.next_change_on

    def silent(self) -> set[tuple[UUID, date]]:
        rows = self.tables["followed_children"].values()
        return {(row["member_id"], row["unconfirmed_since"]) for row in rows if row["unconfirmed_since"]}


def assert_stored(row: Any, one: msgspec.Struct) -> None:
    fields = one.__struct_fields__
    assert [row[name] for name in fields] == [getattr(one, name) for name in fields]


def kept_windows(monkeypatch: pytest.MonkeyPatch) -> dict[UUID, list[Window]]:
    """The windows of every child's checks, by household, as they are placed on the calendar, before any answer."""
    windows: dict[UUID, list[Window]] = {}

    def kept(household: Any, *args: Any) -> Placed:
        placed = place(household, *args)
        windows[household.id] = [
            Window(
                one.member_id,
                placed.answers_from.get(one.id, one.opens_on),
                one.closes_on,
                one.reminds,
            )
            for one in placed.follow_ups
            if one.member_id and one.planned_purpose in {Purpose.SCHOOL, Purpose.HOME}
        ]
        return placed

    monkeypatch.setattr(schedule, "place", kept)
    return windows


async def policy_changes(world: World, number: int, today: date) -> bool:
    """Versions of a protocol in mid-course, schools shut by a flood, a holiday more; everybody is looked at again."""
    if number in NEW_VERSIONS:
        new = NEW_VERSIONS[number]
        await world.owner_rows(
            "INSERT INTO protocols (key, version, effective_from, source, anchors, slots, from_age, to_age) "
            "VALUES ($1, $2, $3, 'A test', $4, $5, $6, $7)",
            new.key,
            new.version,
            new.effective_from,
            msgspec.json.encode(new.anchors).decode(),
            msgspec.json.encode(new.slots).decode(),
            new.from_age,
            new.to_age,
        )
    elif number == FLOOD:
        await world.owner_rows(
            "INSERT INTO school_vacations (starts_on, ends_on, name, assumed, source) "
            "VALUES ($1, $2, 'Flood', false, 'A test')",
            today - timedelta(days=5),
            today + timedelta(days=30),
        )
    elif number == HOLIDAY:
        await world.owner_rows(
            "INSERT INTO holiday_overrides (day, is_holiday, name, source) "
            "SELECT $1::date + n, true, 'Mourning', 'A test' FROM generate_series(0, 6) n",
            today + timedelta(days=30),
        )
    else:
        return False
    await world.owner_rows(
        "INSERT INTO dirty (household_id, office_id, cause) SELECT id, office_id, 'policy' FROM households"
    )
    return True


async def states_are_the_same(world: World, today: date) -> set[UUID]:
    """Of every stored row, in SQL twice over and in Python; says which are to be done now."""
    due: set[UUID] = set()
    async with world.owner.read(Named("setup")) as reads:
        rows = await EVERY_STATE.all(reads, today=today)
    for row in rows:
        by_rule = state_of(
            opens_on=row.opens_on,
            closes_on=row.closes_on,
            lapses_on=row.lapses_on,
            settled=row.settled,  # type: ignore[arg-type]
            today=today,
        )
        assert row.state == by_rule
        assert [one for one in State if getattr(row, one.value)] == [by_rule]
        is_due = row.reminds and by_rule in {State.DUE, State.OVERDUE}
        assert row.to_do is is_due
        if is_due:
            due.add(row.id)
    return due


async def nothing_due_is_invisible(
    world: World, recorder: Person, due: set[UUID], today: date, *, weekly: bool
) -> None:
    async with world.read(recorder) as reads:
        page = await lists.list_follow_ups(reads, today=today, limit=500)
        assert {one.id for one in page.items} == due
        if weekly:
            listed = await worklist.worklist(reads, worklist.Narrowed(), today=today)
            cards = [card for village in listed.villages for card in village.cards]
            shown = {one.id for card in cards for _, mine in card.people for one in mine}
            assert shown | {one.id for card in cards for one in card.business} == due


async def school_checks(world: World) -> list[Any]:
    return await world.owner_rows(
        "SELECT id, slot, opens_on, due_on, closes_on FROM follow_ups WHERE protocol = 'school_retention' ORDER BY id"
    )


def what_had_opened_stays(before: list[Any], after: list[Any], new: Protocol) -> None:
    """A new version rewrites nothing that anybody was asked to do, and counts for all that opens from its day on."""
    start = new.effective_from
    opened = [tuple(row) for row in before if row["opens_on"] < start]
    assert opened
    assert [tuple(row) for row in after if row["opens_on"] < start] == opened
    to_come = [row for row in after if row["opens_on"] >= start]
    assert to_come
    keys = tuple(slot.key for slot in new.slots)
    assert all(row["slot"] in keys or row["slot"].startswith("re_enrolment") for row in to_come)
