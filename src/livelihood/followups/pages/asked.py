"""Whom the visit form asks about, in which of its rows, and of whom it was sent without a word."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from livelihood.clock import Clock
from livelihood.db.reader import Reading
from livelihood.errors import FieldError, say
from livelihood.followups.forms import Seen, VisitForm
from livelihood.followups.pages.rows import numbered
from livelihood.followups.queries import lists
from livelihood.followups.queries.numbers import numbers
from livelihood.followups.queries.people import Child, people_in
from livelihood.followups.rules.ages import add_months
from livelihood.followups.rules.facts import Outcome
from livelihood.followups.rules.numbers import NumberKey
from livelihood.followups.rules.protocols import Purpose, asks_what_instead, asks_who_came_back
from livelihood.followups.rules.state import State
from livelihood.followups.schemas import FollowUpOut
from livelihood.observations.rules import KnownState
from livelihood.web.components import name_text
from livelihood.web.requests import Form

TO_DO = {"due", "overdue"}
# About as long as a school year lasts from the weeks in which it is asked who came back.
YEAR_MONTHS = 10
FOUND = {KnownState.IN_SCHOOL, KnownState.OUT_OF_SCHOOL}
BUSINESS_UNSAID = say(
    "Nothing is said of the business, and a check of it is due. Say how it is, or tick at the end of the form that "
    "nothing was learnt."
)

Asked = tuple[Child, list[FollowUpOut]]


async def asked_about(
    reading: Reading,
    people: Sequence[Child],
    follow_ups: Sequence[FollowUpOut],
    today: date,
    said: Collection[UUID] = (),
) -> list[Asked]:
    """Every child of school age, and whoever else has a check to answer; those with something due first. And of the
    household whoever was `said` something of: they may have left, or have been checked, since the form was shown.
    """
    from_age = (await numbers(reading)).on(NumberKey.SCHOOL_AGE_FROM, today)
    asked: list[Asked] = []
    for person in people:
        mine = [one for one in follow_ups if one.member_id == person.id]
        due = [one for one in mine if one.state in TO_DO]
        of_school_age = person.present and person.is_child and person.age >= from_age
        if of_school_age:
            due = [*did_they_come_back(person, mine, today), *due]
        # Of who left a trainee's checks alone are due.
        if person.id in said or due or of_school_age:
            asked.append((person, due))
    return sorted(asked, key=lambda pair: not pair[1])


def gone_from_here(people: Sequence[Child], asked: Sequence[Asked]) -> list[Asked]:
    """Whoever left, for whom the form has a place should they be met after all."""
    shown = {person.id for person, _checks in asked}
    return [(person, []) for person in people if not person.present and person.id not in shown]


def did_they_come_back(child: Child, mine: Collection[FollowUpOut], today: date) -> list[FollowUpOut]:
    """The check of one child at the beginning of this school year, if it was missed and nothing has said since whether
    they enrolled again: the next one, which took its place on the worklist, may have been answered before it.
    """
    said = [one.settled_on for one in mine if one.settled_on and _says_of_school(one)]
    if child.known and child.known.happened_on and child.known.state in FOUND:
        said.append(child.known.happened_on)
    answered = max(said, default=date.min)
    overdue = {one.slot for one in mine if one.state in TO_DO}
    missed = {
        one.slot: one
        for one in mine
        if asks_who_came_back(one.slot)
        and one.state == State.MISSED
        and one.reminds
        and one.slot not in overdue
        and answered < one.opens_on
        and today < add_months(one.opens_on, YEAR_MONTHS)
    }
    return list(missed.values())


def _says_of_school(one: FollowUpOut) -> bool:
    return one.purpose == Purpose.SCHOOL and one.state in {State.DONE, State.DONE_LATE}


def in_rows(asked: list[Asked], form: Form) -> list[tuple[int, Asked]]:
    rows = numbered(form, "people", [child.id for child, _checks in asked])
    return list(zip(rows, asked, strict=True))


async def unsaid(
    reading: Reading, typed: VisitForm, form: Form, clock: Clock
) -> list[tuple[UUID, FieldError]]:
    """Of whom a visit that met the family says nothing, though a check of them was due on its day and nobody has
    ticked that nothing was learnt. The household's own id stands for its business. That a child was there is all that
    a home check asks, but for the one that asks what they do.
    """
    if typed.outcome is not Outcome.MET:
        return []
    today = clock.today()
    follow_ups = await lists.of_household(reading, typed.household_id, today)
    opened = [one for one in follow_ups if one.opens_on <= typed.happened_on]
    people = await people_in(reading, typed.household_id, today)
    told = {one.member_id for one in typed.people if one.findings(Outcome.MET) or one.school is Seen.NOT_SEEN}
    told |= set(ticked(form))
    silent = [
        (
            child.id,
            FieldError(
                f"people.{row}.{'school' if child.is_child else 'placement'}",
                say(
                    "Nothing is said of {name}, and a check of them is due. Say what was learnt, or tick at the end of "
                    "the form that nothing was.",
                    name=name_text(child),
                ),
            ),
        )
        for row, (child, checks) in in_rows(await asked_about(reading, people, opened, today), form)
        if child.id not in told
        and any(
            one.purpose != Purpose.HOME or asks_what_instead(one.slot) or child.id not in typed.present
            for one in checks
        )
    ]
    # What is typed of a business without saying how it is has a fault of its own.
    business_told = typed.business and (typed.business.state or typed.business.typed)
    business_due = any(one.purpose == Purpose.BUSINESS.value and one.state in TO_DO for one in opened)
    if business_due and not business_told and typed.household_id not in told:
        silent.append((typed.household_id, FieldError("business.state", BUSINESS_UNSAID)))
    return silent


def ticked(form: Form) -> list[UUID]:
    """Of whom it was said that nothing was learnt; what is no id comes from no page of ours."""
    found: list[UUID] = []
    for text in form.value("nothing_learnt").split():
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
