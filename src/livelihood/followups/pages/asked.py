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
from livelihood.followups.rules.facts import Outcome
from livelihood.followups.rules.numbers import NumberKey
from livelihood.followups.rules.protocols import Purpose
from livelihood.followups.schemas import FollowUpOut
from livelihood.web.components import name_text
from livelihood.web.requests import Form

TO_DO = {"due", "overdue"}
BUSINESS_UNSAID = say(
    "Nothing is said of the business, and a check of it is due. Say how it is, or tick at the end of the form that "
    "nothing was learnt."
)

Asked = tuple[Child, list[FollowUpOut]]


async def asked_about(
    reading: Reading,
    people: Sequence[Child],
    due: Sequence[FollowUpOut],
    today: date,
    said: Collection[UUID] = (),
) -> list[Asked]:
    """Every child of school age, and whoever else has a check to answer; those with something due first. And of the
    household whoever was `said` something of: they may have left, or have been checked, since the form was shown.
    """
    from_age = (await numbers(reading)).on(NumberKey.SCHOOL_AGE_FROM, today)
    wanted = [(person, [one for one in due if one.member_id == person.id]) for person in people]
    asked = [
        (person, mine)
        for person, mine in wanted
        if person.id in said or (person.present and (mine or (person.is_child and person.age >= from_age)))
    ]
    return sorted(asked, key=lambda pair: not pair[1])


def in_rows(asked: list[Asked], form: Form) -> list[tuple[int, Asked]]:
    rows = numbered(form, "people", [child.id for child, _checks in asked])
    return list(zip(rows, asked, strict=True))


async def unsaid(
    reading: Reading, typed: VisitForm, form: Form, clock: Clock
) -> list[tuple[UUID, FieldError]]:
    """Of whom a visit that met the family says nothing, though a check of them was due on its day and nobody has
    ticked that nothing was learnt. The household's own id stands for its business.
    """
    if typed.outcome is not Outcome.MET:
        return []
    today = clock.today()
    follow_ups = await lists.of_household(reading, typed.household_id, today)
    due = [one for one in follow_ups if one.state in TO_DO and one.opens_on <= typed.happened_on]
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
        for row, (child, checks) in in_rows(await asked_about(reading, people, due, today), form)
        if checks and child.id not in told
    ]
    # What is typed of a business without saying how it is has a fault of its own.
    business_told = typed.business and (typed.business.state or typed.business.typed)
    business_due = any(one.purpose == Purpose.BUSINESS.value for one in due)
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
