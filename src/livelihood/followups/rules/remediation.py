"""Remediated, by the rule of the CLMRS: a child found in child labour was twice seen out of it, and at school."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from uuid import UUID, uuid5

from livelihood.followups.rules.ages import age_on
from livelihood.followups.rules.confirmation import sightings
from livelihood.followups.rules.consequences import Consequence, ConsequenceKind
from livelihood.followups.rules.facts import Member, Mode, Visit
from livelihood.followups.rules.numbers import NumberKey, Numbers
from livelihood.followups.rules.out_of_school import GROWN
from livelihood.followups.rules.youth import UNSAFE, in_decent_work
from livelihood.observations.rules import (
    Education,
    LabourClass,
    Standing,
    Work,
    child_labour,
    in_education,
    presumed_gone,
)


def remediated(
    member: Member, records: Sequence[Standing], visits: Mapping[UUID, Visit], numbers: Numbers
) -> list[Consequence]:
    """Once for each time that the child was found in child labour: two in-person visits at which they were seen,
    so many days apart, in no child labour and in education (or, from 15, in decent work or training), and no word to
    the contrary on or between them.
    """
    if not any(isinstance(one.details, Work) for one in records):
        return []
    found: list[Consequence] = []
    seen_on = {
        one.on
        for one in sightings(records, visits)
        if one.member_id == member.id and one.visit.mode is Mode.IN_PERSON
    }
    labour: UUID | None = None
    good: list[date] = []
    for day, group in groupby(sorted(records, key=lambda one: one.happened_on), lambda one: one.happened_on):
        age = age_on(member, day)
        if age >= GROWN:
            break
        of_day = list(group)
        at_work = next((one for one in of_day if _in_labour(one, age)), None)
        if at_work is not None:
            labour, good = at_work.root_id, []
        elif _out_of_school(of_day, age):
            good = []
        elif labour is not None and day in seen_on and (seen := _found_well(of_day, age, visits)):
            earliest = numbers.on(NumberKey.REMEDIATED_FROM_DAYS, day)
            latest = numbers.on(NumberKey.REMEDIATED_TO_DAYS, day)
            if any(earliest <= (day - before).days <= latest for before in good):
                found.append(
                    Consequence(
                        uuid5(member.id, f"{ConsequenceKind.REMEDIATED}:{labour}"),
                        member.id,
                        ConsequenceKind.REMEDIATED,
                        day,
                        cause_id=seen,
                    )
                )
                labour, good = None, []
            else:
                good.append(day)
    return found


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
