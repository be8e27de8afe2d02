"""Remediated, by the rule of the CLMRS: a child found in child labour was twice seen out of it, and at school."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID, uuid5

import msgspec

from livelihood.followups.rules.ages import age_on
from livelihood.followups.rules.alerts import Alert, AlertClosed, AlertKind
from livelihood.followups.rules.confirmation import sightings
from livelihood.followups.rules.consequences import Consequence, ConsequenceKind, Ended
from livelihood.followups.rules.facts import Member, Mode, Visit
from livelihood.followups.rules.numbers import NumberKey, Numbers
from livelihood.followups.rules.out_of_school import GROWN
from livelihood.followups.rules.youth import UNSAFE, in_decent_work, of_the_child
from livelihood.observations.rules import (
    GONE,
    Education,
    LabourClass,
    Standing,
    Whereabouts,
    Work,
    child_labour,
    in_education,
    presumed_gone,
)

NEVER_WAS = frozenset({AlertClosed.CORRECTED, AlertClosed.FACTS_CHANGED})


def remediations(
    members: Mapping[UUID, Member],
    of_member: Mapping[UUID, Sequence[Standing]],
    visits: Mapping[UUID, Visit],
    alerts: Iterable[Alert],
    happened: Iterable[Consequence],
    today: date,
    numbers: Numbers,
) -> Iterator[Consequence]:
    """Of each child of a family; whoever was missing was so from the day of the alert."""
    missing: dict[UUID, set[date]] = {}
    for alert in alerts:
        if alert.kind is AlertKind.MISSING_CHILD and alert.closed_because not in NEVER_WAS:
            missing.setdefault(alert.member_id, set()).add(alert.opened_on)
    told: dict[UUID | None, list[Consequence]] = {}
    for one in happened:
        if one.kind is ConsequenceKind.REMEDIATED:
            told.setdefault(one.member_id, []).append(one)
    for member in members.values():
        records, before = of_member.get(member.id, []), told.get(member.id, [])
        if before or any(isinstance(one.details, Work) for one in records):
            gone = missing.get(member.id, set())
            yield from remediated(member, records, visits, numbers, gone, before, today)


class Remediated(msgspec.Struct, frozen=True):
    """`labour` is the finding that it answers, `seen` the one of the later visit."""

    labour: UUID
    on: date
    seen: UUID


def remediated(
    member: Member,
    records: Sequence[Standing],
    visits: Mapping[UUID, Visit],
    numbers: Numbers,
    missing_on: Collection[date],
    told: Sequence[Consequence],
    today: date,
) -> list[Consequence]:
    """What changes of what was `told` of this child: a new one, one that holds no more, one that holds again.

    It is derived like every status of a child, and so each stands with the day and the finding that it rests on.
    """
    stands = list(_remediated(member, records, visits, numbers, missing_on))
    found: list[Consequence] = []
    for one in told:
        holds = any((one.happened_on, one.cause_id) == (it.on, it.seen) for it in stands)
        if holds and one.ended_on:
            found.append(msgspec.structs.replace(one, ended_on=None, ended_because=None))
        elif not holds and not one.ended_on:
            why = _why_not(one, member, records, numbers, missing_on)
            found.append(msgspec.structs.replace(one, ended_on=today, ended_because=why))
    for it in stands:
        if any((one.happened_on, one.cause_id) == (it.on, it.seen) for one in told):
            continue
        identity = uuid5(member.id, f"{ConsequenceKind.REMEDIATED}:{it.labour}")
        if any(one.id == identity for one in told):
            identity = uuid5(identity, f"{it.seen}:{it.on}")
        found.append(Consequence(identity, member.id, ConsequenceKind.REMEDIATED, it.on, cause_id=it.seen))
    return found


def _remediated(
    member: Member,
    records: Sequence[Standing],
    visits: Mapping[UUID, Visit],
    numbers: Numbers,
    missing_on: Collection[date],
) -> Iterator[Remediated]:
    """Once for each time that the child was found in child labour: two in-person visits at which they were seen,
    so many days apart, in no child labour and in education (or, from 15, in decent work or training), and no word to
    the contrary on or between them: that they work, are out of school, or are gone.
    """
    seen_on = {
        one.on
        for one in sightings(records, visits)
        if one.member_id == member.id and one.visit.mode is Mode.IN_PERSON
    }
    labour: UUID | None = None
    good: list[date] = []
    days = _days(records)
    for day in sorted({*days, *missing_on}):
        age = age_on(member, day)
        if age >= GROWN:
            break
        of_day = days.get(day, [])
        at_work = next((one for one in of_day if _in_labour(one, age)), None)
        if at_work is not None:
            labour, good = at_work.root_id, []
        elif day in missing_on or _speaks_against(of_day, age):
            good = []
        elif labour is not None and day in seen_on and (seen := _found_well(of_day, age, visits)):
            earliest = numbers.on(NumberKey.REMEDIATED_FROM_DAYS, day)
            latest = numbers.on(NumberKey.REMEDIATED_TO_DAYS, day)
            if any(earliest <= (day - before).days <= latest for before in good):
                yield Remediated(labour, day, seen)
                labour, good = None, []
            else:
                good.append(day)


def _days(records: Iterable[Standing]) -> dict[date, list[Standing]]:
    days: dict[date, list[Standing]] = {}
    for one in of_the_child(records):
        days.setdefault(one.happened_on, []).append(one)
    return days


def _why_not(
    told: Consequence,
    member: Member,
    records: Sequence[Standing],
    numbers: Numbers,
    missing_on: Collection[date],
) -> Ended:
    """What was recorded since that speaks against it, or that the child was missing, which has not always counted."""
    on = told.happened_on
    first = on - timedelta(days=numbers.on(NumberKey.REMEDIATED_TO_DAYS, on))
    if any(first <= day <= on for day in missing_on):
        return Ended.CONTRARY
    for day, of_day in _days(records).items():
        age = age_on(member, day)
        if not first <= day <= on:
            continue
        if any(_is_gone(one) for one in of_day):
            return Ended.CONTRARY
        since = [one for one in of_day if told.recorded_at and one.recorded_at > told.recorded_at]
        if _speaks_against(since, age) or any(_in_labour(one, age) for one in since):
            return Ended.CONTRARY
    return Ended.TAKEN_BACK


def _speaks_against(of_day: Sequence[Standing], age: int) -> bool:
    return _out_of_school(of_day, age) or any(_is_gone(one) for one in of_day)


def _is_gone(record: Standing) -> bool:
    return isinstance(record.details, Whereabouts) and record.details.state in GONE


def _in_labour(record: Standing, age: int) -> bool:
    return isinstance(record.details, Work) and child_labour(record.details, age).icls in UNSAFE


def _out_of_school(of_day: Iterable[Standing], age: int) -> bool:
    """A presumed drop-out speaks against it whatever is said of work: nobody knows yet what they left for."""
    said = [one.details for one in of_day]
    schooling = [one for one in said if isinstance(one, Education)]
    if any(presumed_gone(one) for one in schooling):
        return True
    return any(in_education(one) is False for one in schooling) and not in_decent_work(said, age)


def _found_well(of_day: Sequence[Standing], age: int, visits: Mapping[UUID, Visit]) -> UUID | None:
    """The finding of no child labour, made at an in-person visit."""
    in_person = [
        one
        for one in of_day
        if (visit := visits.get(one.visit_id) if one.visit_id else None) and visit.mode is Mode.IN_PERSON
    ]
    said = [one.details for one in in_person]
    learns = any(isinstance(one, Education) and in_education(one) for one in said)
    if not learns and not in_decent_work(said, age):
        return None
    return next(
        (
            one.root_id
            for one in in_person
            if isinstance(one.details, Work) and child_labour(one.details, age).icls is LabourClass.NONE
        ),
        None,
    )
