"""Two years, day by day: families to whom everything happens, and workers that look most evenings.

After every day the stored rows are those that the facts call for, SQL and Python say the same state of each, whatever
is due stands in every list in which somebody would look for it, everybody was told exactly once, and every alert is
open or closed as it should be, by models of their own. On some days no worker runs.
`LIVELIHOOD_LIVES=1,2,4 pytest tests/followups/test_two_years.py` lives through other lives than CI does.
"""

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import msgspec
import pytest

from livelihood.db.actor import Named
from livelihood.followups.queries import facts
from livelihood.followups.queries import policy as policies
from livelihood.followups.reconcile import tick
from livelihood.followups.rules import desired as schedule
from livelihood.followups.rules.desired import Plan, desired
from livelihood.followups.rules.numbers import Numbers
from livelihood.followups.rules.placing import Placed, place
from livelihood.followups.rules.policy import Policy
from livelihood.followups.rules.protocols import Purpose
from tests.followups import alert_model, policy_lives
from tests.followups.alert_model import (
    OUT_OF_SCHOOL,
    Alert,
    Alerts,
    extra_checks,
    found_again,
    unasked,
)
from tests.followups.closings import mark_or_take_back, what_was_marked_is_missed
from tests.followups.confirmation_model import INSTEAD, there_on
from tests.followups.happenings import Happenings
from tests.followups.lives import Bars, Child, Life
from tests.followups.plan_model import (
    begun_anew_on,
    everything_planned_holds,
    nobody_is_looked_for_in_vain,
    one_extra_check_stands,
    schools_of,
    what_was_answered_is_settled,
)
from tests.followups.policy_lives import checks_of, what_had_opened_stays
from tests.followups.remediation_model import remediated
from tests.followups.return_model import (
    Begun,
    on_every_return_there_is_a_check,
    what_moved_waits_for_the_return,
)
from tests.followups.silence_model import Row, Silences, Told, Window
from tests.followups.stories import PAID, clock_on
from tests.followups.test_roll_calls import school_of
from tests.followups.visible import in_every_list, in_the_list, states_are_the_same
from tests.support.world import ZONE, World

DAYS = 730
# Families of two provinces, whose schools are shut on days of their own; the first moves to a third one.
OFFICES = ("KPT", "KPT", "SVR")
CHOSEN = 3
# How likely it is that somebody speaks of a family's checks on a day.
MARKED = 0.03
SEEDS = [int(seed) for seed in os.environ.get("LIVELIHOOD_LIVES", str(CHOSEN)).split(",")]
KEYS = {
    "households": "id",
    "follow_ups": "id",
    "consequences": "id",
    "followed_children": "member_id",
    "alerts": "id",
    "days_to_review": "id",
    "anchors": "id",
}
OF_A_CHILD = frozenset({Purpose.SCHOOL, Purpose.HOME})


def local_day(instant: datetime) -> date:
    return instant.astimezone(ZONE).date()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", SEEDS)
async def test_no_child_is_forgotten_in_two_years(
    world: World, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = Random(seed)
    # It changes no silence and no alert, and so nothing of what else happens.
    aside = Random(seed)
    recorder = await world.person("monitor@KPT", "monitor@SVR", "monitor@KMP")
    monitors = {"KPT": recorder}
    for office in ("SVR", "KMP"):
        monitors[office] = await world.person(f"monitor@{office}")
        await world.person(f"caseworker@{office}")
    schools = [await school_of(world, name) for name in ("វត្តភ្នំ", "ព្រែកត្នោត")]
    years = await world.owner_rows("SELECT starts_on, ends_on FROM school_years")
    bars = Bars([(year["starts_on"], year["ends_on"]) for year in years])
    happenings = Happenings(world, random, recorder, schools, bars)
    for office in OFFICES:
        await happenings.born(office, monitors[office])
    lives = happenings.lives
    windows = kept_windows(monkeypatch)
    silences, alerts = Silences(bars), Alerts(bars)
    out_of_labour: dict[UUID, list[date]] = {}
    stored = Stored(world)
    planned = policy_lives.drawn(random, DAYS)

    def happened(worked_out: Iterable[Life], today: date) -> None:
        stored.fresh = False
        anew(lives)
        for one in worked_out:
            # Worked out by the verb itself; what happens next is decided by what was known then.
            silences.look(one, windows[one.id], today)
            alerts.look(one, today)

    async def sought_in(life: Life, today: date) -> set[UUID]:
        """By the facts and the day: what happened since the last tick may have moved a check."""
        await stored.read()
        stored.worked_out(today)
        return {
            child
            for child in life.children
            if alerts.any_open(life, child, today) or silences.is_silent(life, child, windows[life.id], today)
        }

    for number in range(DAYS):
        today = PAID + timedelta(days=number)
        world.clock = clock_on(today, 17)
        changed = None
        looked_at: list[Life] = []
        if kind := planned.get(number):
            changed = await policy_lives.change(world, kind, random, bars, today)
            happenings.met[kind] += 1
            stored.fresh = False
            anew(lives)
        for life in () if changed else lives:
            if random.random() < 0.075:
                before, known = windows.get(life.id, []), len(life.absences)
                happened(await happenings.one(life, today, silences.board, alerts, sought_in), today)
                if len(life.absences) > known:
                    what_had_closed_stays(before, windows[life.id], today)
            if aside.random() < MARKED:
                happened(await mark_or_take_back(world, life, aside, alerts, today, happenings.met), today)
        works = changed is not None or random.random() > 0.1
        if works:
            stored.fresh = not await tick(world.worker, world.clock) and stored.fresh
            looked_at = lives
            await stored.is_what_the_facts_call_for(today)
        elif not stored.fresh:
            await stored.read()
        for life in looked_at:
            silences.look(life, windows[life.id], today)
            alerts.look(life, today)
        assert stored.told() == Counter(silences.told)
        assert stored.board() == silences.board
        assert stored.levels() == {child: silences.levels[child] for child in silences.board}
        assert stored.alerts() == alerts.known
        for life in looked_at:
            for child in life.children:
                out_of_labour[child] = remediated(life, child, alerts.known.values())
                happenings.met["out of child labour"] += len(out_of_labour[child])
        if looked_at:
            assert stored.remediated() == {child: days for child, days in out_of_labour.items() if days}
        every = await states_are_the_same(world, today)
        due = [one for one in every if one.to_do]
        await in_the_list(happenings, due, today)
        if works:
            checks = list(stored.tables["follow_ups"].values())
            nobody_is_looked_for_in_vain(checks, due, lives, silences.board, stored.anchored(), today)
            extra_checks_stand(stored, lives, windows, bars, happenings.met)
            whoever_was_met_after_leaving_waits(
                stored.tables["days_to_review"].values(), lives, happenings.met
            )
            what_was_marked_is_missed(stored.tables["follow_ups"], lives, happenings.met)
            if number % 7 == 0 or changed:
                everything_planned_holds(checks, lives, stored.policy)
                for life in lives:
                    what_was_answered_is_settled(stored.tables["follow_ups"], life, windows[life.id])
                    who_was_away_is_awaited(stored, life, happenings)
                await in_every_list(happenings, monitors, every, silences.board, alerts, today)
        if changed and changed.version:
            what_had_opened_stays(
                changed.before, await checks_of(world, changed.version.key), changed.version
            )
    it_was_a_life(happenings, silences, alerts, chosen=seed == CHOSEN)


def what_had_closed_stays(before: Iterable[Window], after: Iterable[Window], today: date) -> None:
    """Where somebody is said to be away: of what was missed by then nothing is put off."""
    closed = {one.check: one for one in before if one.closes_on < today}
    assert closed.items() <= {one.check: one for one in after}.items()


def who_was_away_is_awaited(stored: "Stored", life: Life, happenings: Happenings) -> None:
    rows = [row for row in stored.tables["follow_ups"].values() if row["household_id"] == life.id]
    begun = {row["id"]: Begun(row["anchored_on"]) for row in stored.tables["anchors"].values()}
    for row in stored.tables["alerts"].values():
        begun[row["id"]] = Begun(row["opened_on"], local_day(row["opened_at"]))
    schools = schools_of(stored.policy, life)
    moved = what_moved_waits_for_the_return(rows, begun, life, schools, stored.policy)
    happenings.met["waits for a return"] += moved
    made = on_every_return_there_is_a_check(rows, life, schools, happenings.bars)
    happenings.met["a check on the return"] += made


def whoever_was_met_after_leaving_waits(
    rows: Iterable[Any], lives: Iterable[Life], met: Counter[str]
) -> None:
    """With a supervisor: nobody decides in these lives."""
    waits = {(row["household_id"], row["happened_on"]): row["departed"] for row in rows if row["departed"]}
    there = Counter(
        (life.id, day)
        for life in lives
        for child in life.children
        for day in set(there_on(life, child))
        if any(left < day for left, why in life.leavings(child) if why != "turned_18")
    )
    assert waits == there
    met["met after leaving"] += len(waits)


def anew(lives: Iterable[Life]) -> None:
    for life in lives:
        life.worked_out.clear()


class Stored:
    """What is in the tables. `fresh`: nobody has written since it was read, so that it need not be read again."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.fresh = False
        self.policy: Policy
        self.families: list[facts.Loaded] = []
        self.tables: dict[str, dict[UUID, Any]] = {}

    async def read(self) -> None:
        """The facts, and the rows that were derived from them."""
        async with self.world.owner.read(Named("setup")) as reads:
            for table, key in KEYS.items():
                self.tables[table] = {
                    row[key]: row for row in await reads.conn.fetch(f"SELECT * FROM {table}")
                }
            self.tables["anchors"] = {
                row["id"]: row for row in await reads.conn.fetch("SELECT * FROM anchors")
            }
            self.policy = await policies.in_full(reads)
            self.families = await facts.load(reads, list(self.tables["households"]), local_day)

    def worked_out(self, today: date) -> dict[UUID, Plan]:
        """From the stored facts alone, from scratch."""
        numbers = Numbers(self.policy.numbers)
        return {
            one.household.id: desired(
                one.household,
                self.policy.protocols,
                policies.calendar_for(self.policy, one.household),
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
            ("days_to_review", [one for plan in plans.values() for one in plan.to_review]),
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

    def told(self) -> Counter[Told]:
        return Counter(
            Told(row["member_id"], row["kind"], row["happened_on"], row["since"])
            for row in self.tables["consequences"].values()
            if row["since"]
        )

    def board(self) -> dict[UUID, Row]:
        fields = Row.__dataclass_fields__
        return {
            child: Row(*(row[name] for name in fields))
            for child, row in self.tables["followed_children"].items()
        }

    def remediated(self) -> dict[UUID, list[date]]:
        found: dict[UUID, list[date]] = {}
        for row in self.tables["consequences"].values():
            if row["kind"] == "remediated" and row["ended_on"] is None:
                found.setdefault(row["member_id"], []).append(row["happened_on"])
        return {child: sorted(days) for child, days in found.items()}

    def levels(self) -> dict[UUID, str | None]:
        return {child: row["level"] for child, row in self.tables["followed_children"].items()}

    def anchored(self) -> dict[UUID, date]:
        """On which day each plan began: what somebody recorded, or an alert."""
        days = {one: row["anchored_on"] for one, row in self.tables["anchors"].items()}
        return days | {one: row["opened_on"] for one, row in self.tables["alerts"].items()}

    def alerts(self) -> dict[tuple[str, UUID, UUID], Alert]:
        rows = self.tables["alerts"].values()
        opened = Counter((row["kind"], row["member_id"]) for row in rows if row["closed_on"] is None)
        assert not opened or max(opened.values()) == 1
        found = [
            Alert(
                row["kind"],
                row["member_id"],
                row["visit_id"],
                row["opened_on"],
                row["closed_on"],
                row["closed_because"],
                row["reason"],
            )
            for row in rows
        ]
        return {one.key: one for one in found}


def assert_stored(row: Any, one: msgspec.Struct) -> None:
    fields = one.__struct_fields__
    assert [row[name] for name in fields] == [getattr(one, name) for name in fields]


def kept_windows(monkeypatch: pytest.MonkeyPatch) -> dict[UUID, list[Window]]:
    """The windows of every child's checks, by household, as they are placed on the calendar, before any answer."""
    windows: dict[UUID, list[Window]] = {}

    def kept(household: Any, *args: Any) -> Placed:
        placed = place(household, *args)
        # What a young person does instead of school is asked by the extra check alone, from the finding on.
        asked = {one.id: one.on for one in args[0] if one.asks}
        windows[household.id] = [
            Window(
                one.id,
                one.member_id,
                frozenset(
                    {INSTEAD} if one.anchor_id in asked else {one.planned_purpose.value, one.purpose.value}
                ),
                asked.get(one.anchor_id) or placed.answers_from.get(one.id, one.opens_on),
                one.closes_on,
                one.reminds,
                one.opens_on,
            )
            for one in placed.follow_ups
            if one.member_id
            and one.planned_purpose in OF_A_CHILD
            and (one.anchor_id not in asked or one.protocol == "extra_check")
        ]
        return placed

    monkeypatch.setattr(schedule, "place", kept)
    return windows


def extra_checks_stand(
    stored: Stored,
    lives: Iterable[Life],
    windows: Mapping[UUID, Iterable[Window]],
    bars: Bars,
    met: Counter[str],
) -> None:
    """One for the newest time that a child was found out of school, or that nobody knew what a young person does instead,
    where they are of the age for it; and for no other.
    """
    rows = [row for row in stored.tables["follow_ups"].values() if row["protocol"] == "extra_check"]
    rows.sort(key=lambda row: (row["opens_on"], row["closes_on"], row["id"]))
    stands = Counter((row["member_id"], row["anchor_id"], begun_anew_on(row)) for row in rows)
    # One as the old version had it that was open already, and one as the new version has it.
    versions = sum(one.key == "extra_check" for one in stored.policy.protocols)
    assert not stands or max(stands.values()) <= versions
    opened = {row["id"]: row["opened_on"] for row in stored.tables["alerts"].values()}
    for life in lives:
        planned = {one.check: one for one in windows[life.id]}
        for child, who in life.children.items():
            raised = set(extra_checks(life, child, bars))
            again = {day for days in found_again(life, child, bars).values() for day in days}
            asked = set(unasked(life, child, bars))
            checks: dict[date, Window] = {}
            for row in rows:
                if row["member_id"] != child:
                    continue
                window = planned[row["id"]]
                if row["slot"].startswith("instead_"):
                    day, called_for, what = window.answers_from, asked, "asked what instead"
                elif anew := begun_anew_on(row):
                    day, called_for, what = anew, again, "found out again"
                else:
                    day, called_for, what = opened[row["anchor_id"]], raised, "found out"
                assert day in called_for
                checks.setdefault(day, window)
                met[what] += 1
            found = _surely_checked(who, raised | again | asked)
            one_extra_check_stands(checks, raised, found, life, child)


def _surely_checked(who: Child, days: Iterable[date]) -> set[date]:
    """On the day of the check, which the calendar or an absence may put off, they are a child still; and they lived
    there: a visit recorded late may speak of a day before they came.
    """
    return {
        day
        for day in days
        if who.age(day) >= 7 and who.age(day + timedelta(days=365)) < 17 and who.joined_on <= day
    }


def it_was_a_life(happenings: Happenings, silences: Silences, alerts: Alerts, *, chosen: bool) -> None:
    """What these two years are to try has happened in them; in the life that CI lives, what is rare as well."""
    kinds = Counter(one.kind for one in silences.told)
    assert min(kinds[kind] for kind, _ in silences.steps(PAID)) > 0
    afresh = Counter((one.what.child, one.what.kind, one.confirmed) for one in silences.spoken)
    assert max(afresh.values()) > 1 or not chosen, "a silence that began again without a confirmation"
    raised = Counter(one.kind for one in alerts.known.values())
    assert raised[OUT_OF_SCHOOL] > 0
    assert len(raised) == 3
    reasons = {one.reason for one in alerts.known.values()}
    assert {None, "presumed_gone"} <= reasons
    assert reasons >= set(alert_model.REASONS) or not chosen
    assert "in_decent_work" in {one.because for one in alerts.known.values()} or not chosen
    met = happenings.met
    for what in ("present", "phoned", "roll calls", "lost", "Forbidden", "InvalidInput", "due in a roll"):
        assert met[what] > 0, what
    assert all(met[kind] == count for kind, count in Counter(policy_lives.KINDS).items())
    assert met["handed over"] == 1
    assert met["HandedOver"] > 0
    assert met["corrected"] > 0
    for what in ("marked as missed", "taken back", "answered after it was marked"):
        assert met[what] > 0, what
    assert met["withdrawn"] > (1 if chosen else 0)
    for what in ("left", "closed"):
        assert met[what] > 0, what
        assert met[f"{what}: came_back"] > 0, what
    for what in ("asked what instead", "found out again", "met after leaving"):
        assert met[what] > 0, what
    for what in ("away all the time", "waits for a return", "a check on the return"):
        assert met[what] > 0 or not chosen, what
    assert met["families of a roll call"] > met["roll calls"]
