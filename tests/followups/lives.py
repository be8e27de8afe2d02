"""What a bystander would remember of a family, and of the numbers of the programme; nothing of the code is asked."""

from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeVar
from uuid import UUID

from livelihood.followups.rules.facts import Mode, Outcome
from livelihood.observations.rules import Details

GROWN, AT_SCHOOL = 18, 6
DAY = timedelta(days=1)
T = TypeVar("T")


def birthday(born_on: date, years: int) -> date:
    """Who was born on a 29 February has the 28th in other years."""
    try:
        return born_on.replace(year=born_on.year + years)
    except ValueError:
        return date(born_on.year + years, 2, 28)


@dataclass
class Child:
    """`born_by`: the latest day on which they can have been born. `left_after`: the visits that were recorded before
    anybody knew that they had left.
    """

    born_by: date
    joined_on: date
    left_on: date | None = None
    left_said_on: date | None = None
    left_because: str | None = None
    leaving: UUID | None = None
    left_after: frozenset[UUID] = frozenset()

    def turns(self, years: int) -> date:
        return birthday(self.born_by, years)

    def age(self, day: date) -> int:
        years = day.year - self.born_by.year
        return years if self.turns(years) <= day else years - 1


@dataclass
class Visited:
    """Somebody went, telephoned or read in a register; `present`: who was there."""

    id: UUID
    day: date
    outcome: Outcome
    mode: Mode
    present: frozenset[UUID] = frozenset()


@dataclass
class Found:
    """One finding as it stands, with its corrections taken in. `gone`: away from school for too many days in a row."""

    visit: Visited
    child: UUID
    day: date
    details: Details
    gone: bool = False


@dataclass
class Corrected:
    """What was known before a correction, and after it."""

    on: date
    before: list[Visited | Found]
    after: list[Visited | Found]


@dataclass
class Gone:
    """Not there from the one day on, back on the other, as was said; whoever is seen in between is back. `back_said_on`:
    when the return was told of, if not at once.
    """

    since: date
    until: date
    said_on: date
    back_said_on: date = field(default=date.min, kw_only=True)

    def back_on(self, seen: Iterable[date]) -> date:
        return min([self.until, *(day for day in seen if self.since < day < self.until)])


@dataclass
class Away(Gone):
    id: UUID
    child: UUID


@dataclass
class Gap(Gone):
    """Left and came back; without a child, the whole family did."""

    child: UUID | None = None


@dataclass
class Risk:
    on: date
    ended_on: date | None = None


@dataclass
class ClosedCheck:
    """A check that nobody will make, as was said on that day and not taken back."""

    id: UUID
    check: UUID
    on: date


@dataclass
class Life:
    """One family. `log` is everything that was recorded of it, in the order in which it arrived.

    `shares`: partners may hear of it. `came_from`: the office that handed it over. `closed_after`: the visits that were
    recorded before it was closed. `searches`: for which child a search began at which closed door. `worked_out`: what the models made of all this; forgotten whenever anything happens.
    """

    id: UUID
    office: str
    office_id: int
    intake_on: date
    children: dict[UUID, Child]
    shares: bool = False
    grants: dict[UUID, date] = field(default_factory=dict)
    risks: list[Risk] = field(default_factory=list)
    log: list[Visited | Found] = field(default_factory=list)
    corrections: list[Corrected] = field(default_factory=list)
    withdrawn: list[Visited] = field(default_factory=list)
    absences: list[Away] = field(default_factory=list)
    lost: list[tuple[UUID, date]] = field(default_factory=list)
    closed_checks: list[ClosedCheck] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    closed_on: date | None = None
    closed_said_on: date | None = None
    closed_because: str | None = None
    closing: UUID | None = None
    closed_after: frozenset[UUID] = frozenset()
    came_from: str | None = None
    moved_on: date | None = None
    searches: set[tuple[UUID, UUID]] = field(default_factory=set)
    worked_out: dict[object, Any] = field(default_factory=dict)

    def once(self, what: object, work: Callable[[], T]) -> T:
        if what not in self.worked_out:
            self.worked_out[what] = work()
        return self.worked_out[what]

    @property
    def found(self) -> list[Found]:
        return [one for one in self.log if isinstance(one, Found)]

    def of(self, child: UUID) -> list[Found]:
        return [one for one in self.found if one.child == child]

    def correct(self, wrong: Found, day: date, details: Details, gone: bool, today: date) -> None:
        before = [copy(one) for one in self.log]
        wrong.day, wrong.details, wrong.gone = day, details, gone
        self.corrections.append(Corrected(today, before, [copy(one) for one in self.log]))

    def withdraw(self, visit: Visited) -> None:
        """From now on it never happened, and neither did what was corrected of it."""
        self.withdrawn.append(visit)
        self.log = without(self.log, visit)
        for one in self.corrections:
            one.before, one.after = without(one.before, visit), without(one.after, visit)

    def is_at_high_risk(self, today: date) -> bool:
        return any(one.on <= today and (one.ended_on is None or one.ended_on > today) for one in self.risks)

    def leavings(self, child: UUID) -> list[tuple[date, str]]:
        """Each reason why the child is followed no longer, with its day; those of the future too."""
        return [(day, why) for day, why, _known in self.departures(child)]

    def departures(self, child: UUID) -> list[tuple[date, str, frozenset[UUID]]]:
        """The same with the visits that were recorded before anybody had heard of it."""
        who = self.children[child]
        found = [(who.turns(GROWN), "turned_18", frozenset[UUID]())]
        if who.left_on and who.left_because:
            found.append((who.left_on, who.left_because, who.left_after))
        if self.closed_on and self.closed_because:
            found.append((self.closed_on, self.closed_because, self.closed_after))
        return found

    def lived_there(self, child: UUID, day: date, visit: UUID) -> bool:
        """Or had grown up; as was known when the visit was recorded."""
        return all(
            day <= left or why == "turned_18" or visit in known for left, why, known in self.departures(child)
        )

    def times_away(self) -> list[Away | Gap]:
        return [*self.absences, *self.gaps]

    def is_away(self, child: UUID, day: date, closed_on: date, seen: Iterable[date]) -> bool:
        """So that a check of that day waits for the return, unless it had closed before anybody spoke of it."""
        days = list(seen)
        return any(
            one.child in {None, child} and one.since <= day < one.back_on(days) and one.said_on <= closed_on
            for one in self.times_away()
        )

    def was_away(self, child: UUID, day: date, seen: Iterable[date]) -> bool:
        """By what is said of it now."""
        days = list(seen)
        return any(
            one.child in {None, child} and one.since <= day < one.back_on(days) for one in self.times_away()
        )

    def is_back_unseen(self, child: UUID, since: date, until: date, seen: Iterable[date]) -> bool:
        """Whether this time away would follow another, or another it, before the child can have been seen."""
        days = list(seen)
        others = [one for one in self.times_away() if one.child in {None, child}]
        between = [(one.back_on(days), since) for one in others]
        between += [(until, one.since) for one in self.absences if one.child == child]
        return any(
            timedelta(0) <= again - back < timedelta(days=14)
            and not any(back <= day <= again for day in days)
            for back, again in between
        )

    def has_left(self, child: UUID, today: date) -> bool:
        return any(day <= today for day, _ in self.leavings(child))

    def had_left(self, child: UUID, day: date, visit: UUID) -> bool:
        """By that day, as was known when the visit was recorded."""
        who = self.children[child]
        if who.turns(GROWN) <= day:
            return True
        has_left = who.left_on is not None and who.left_on <= day and visit not in who.left_after
        return has_left or (
            self.closed_on is not None and self.closed_on <= day and visit not in self.closed_after
        )

    @property
    def recorded(self) -> frozenset[UUID]:
        """The visits."""
        return frozenset(one.id for one in self.log if isinstance(one, Visited))


def without(log: list[Visited | Found], visit: Visited) -> list[Visited | Found]:
    return [one for one in log if (one.visit if isinstance(one, Found) else one).id != visit.id]


@dataclass
class Bars:
    """Numbers that are policy, with the day from which each holds; the first is the domain's. And the first and the last
    day of each school year.
    """

    years: list[tuple[date, date]]
    # Of each protocol that asks after children: what begins it, and of each version from when on it asks after whom.
    protocols: dict[str, tuple[frozenset[str], list[tuple[date, int]]]] = field(
        default_factory=lambda: {
            "school_retention": (frozenset({"grant", "schooling"}), [(date.min, AT_SCHOOL)]),
            "extra_check": (frozenset({"out_of_school"}), [(date.min, AT_SCHOOL)]),
            "high_risk": (frozenset({"high_risk"}), [(date.min, AT_SCHOOL)]),
        }
    )
    values: dict[str, list[tuple[date, int]]] = field(
        default_factory=lambda: {
            "escalate_supervisor_days": [(date.min, 14)],
            "escalate_manager_days": [(date.min, 30)],
            "missing_after_failed_attempts": [(date.min, 3)],
            "attendance_bar_percent": [(date.min, 80)],
            "at_risk_days_in_a_row": [(date.min, 3)],
            "at_risk_days_in_a_month": [(date.min, 5)],
            "presumed_gone_days": [(date.min, 20)],
            "not_re_enrolled_days": [(date.min, 30)],
            "school_age_from": [(date.min, AT_SCHOOL)],
            "school_days_a_week": [(date.min, 5)],
            "school_days_in_window": [(date.min, 10)],
        }
    )

    def change(self, key: str, day: date, value: int) -> None:
        self.values[key] = sorted([*self.values[key], (day, value)])

    def ask(self, key: str, day: date, age: int) -> None:
        """From that day on, of whoever is so old."""
        if key in self.protocols:
            self.protocols[key][1].append((day, age))

    def asks_from(self, child: Child, kind: str, begun: date) -> date:
        """A plan that began then; of versions that were replaced before that, nothing."""
        found: list[date] = []
        for kinds, versions in self.protocols.values():
            for number, (since, age) in enumerate(versions if kind in kinds else ()):
                if all(later > begun for later, _ in versions[number + 1 :]):
                    found.append(max(since, child.turns(age)))
        return min(found)

    def on(self, key: str, day: date) -> int:
        return [value for since, value in self.values[key] if since <= day][-1]

    def has_gone(self, details: Details, day: date) -> bool:
        """Away for so many days in a row: as was answered, or because they came on none that the school was open."""
        days = [getattr(details, "days_away", None)]
        if getattr(details, "days_present", None) == 0:
            days.append(getattr(details, "days_open", None))
        return any(one is not None and one >= self.on("presumed_gone_days", day) for one in days)

    def is_of_school_age(self, child: Child, day: date) -> bool:
        return self.on("school_age_from", day) <= child.age(day) < GROWN

    def of_school_age_from(self, child: Child) -> date:
        """The first day of all."""
        changes = [since for since, _ in self.values["school_age_from"] if since > date.min]
        birthdays = [child.turns(years) for years in range(GROWN)]
        return min(day for day in (*changes, *birthdays) if self.is_of_school_age(child, day))
