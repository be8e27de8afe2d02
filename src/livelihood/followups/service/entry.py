from collections.abc import Sequence
from uuid import UUID, uuid5

import msgspec
from sqlalchemy import select

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.work import UnitOfWork
from livelihood.errors import Conflict, FieldError, InvalidInput, invalid, say
from livelihood.followups.forms import at_form_fields
from livelihood.followups.models import Sheet, SheetLine, Visit
from livelihood.followups.queries.sheet_lines import gone_or_no_line, of_another
from livelihood.followups.queries.sheet_people import PersonDue
from livelihood.followups.queries.sheets import people_on
from livelihood.followups.rules.facts import Outcome
from livelihood.followups.schemas import VisitIn
from livelihood.followups.schemas_entry import LineIn
from livelihood.followups.service.visits import record_visit
from livelihood.followups.service.which_school import with_schools
from livelihood.households.models import Household
from livelihood.households.rules import name_of
from livelihood.observations.queries import WITHDRAWN


class LineEntered(Conflict):
    """The line was entered before, and said something else."""

    code = "line-entered"


class LineWithdrawn(Conflict):
    """The visit that the line told of was taken back."""

    code = "line-withdrawn"


async def enter_line(uow: UnitOfWork, sheet_id: UUID, number: int, data: LineIn, *, clock: Clock) -> UUID:
    """Record the visit that a line of a sheet tells of, and mark the line as entered; says the visit's id.

    The same line sent again is the same visit. Raises `NotFound`, `HandedOver`, `Forbidden`, `InvalidInput` with the
    faults at the line's fields, `LineEntered`, `LineWithdrawn`.
    """
    line, visit_id = await _locked(uow, sheet_id, number)
    household = await uow.session.get_one(Household, line.household_id)
    people = await with_schools(uow, data.people, household.village_code)
    data = msgspec.structs.replace(data, people=people)
    visit, fields = data.visit(visit_id, line.household_id)
    try:
        if line.visit_id != visit_id:
            on_it = await people_on(uow, line)
            data.check(line.member_ids, {one.member_id for one in on_it if one.graduate})
            _check_told(on_it, data)
            await _check_day(uow, line, visit, clock=clock)
        return await _entered(uow, line, visit, clock=clock)
    except InvalidInput as error:
        raise at_form_fields(error, fields) from error


async def enter_in_full(
    uow: UnitOfWork, sheet_id: UUID, number: int, visit: VisitIn, *, clock: Clock
) -> UUID:
    """The same of a visit that says more than a line has room for. Raises what `enter_line` does."""
    line, visit_id = await _locked(uow, sheet_id, number)
    if visit.household_id != line.household_id:
        raise of_another(number)
    if line.visit_id != visit_id:
        await _check_day(uow, line, visit, clock=clock)
    return await _entered(uow, line, msgspec.structs.replace(visit, id=visit_id), clock=clock)


async def _locked(uow: UnitOfWork, sheet_id: UUID, number: int) -> tuple[SheetLine, UUID]:
    """The line, and the id of its visit: the one it has, or the one that recording it gives."""
    found = await uow.session.execute(
        select(SheetLine).where(SheetLine.sheet_id == sheet_id, SheetLine.line == number).with_for_update()
    )
    line = found.scalar_one_or_none()
    if line is None:
        raise await gone_or_no_line(uow, sheet_id, number)
    uow.actor.require(Permission.VISITS_RECORD, line.office_id)
    if line.visit_id is None:
        return line, uuid5(line.id, "visit")
    if not await WITHDRAWN.first(uow, id=line.visit_id):
        return line, line.visit_id
    # What takes the place of a visit to this household takes over its line too: another household was meant, and what
    # was seen here waits to be entered as if the line were new.
    if not await uow.session.scalar(select(Visit.id).where(Visit.replaces == line.visit_id)):
        raise LineWithdrawn(
            say(
                "The visit that line {line} told of was withdrawn. Record it again: what was written stands there "
                "already.",
                line=number,
            )
        )
    return line, uuid5(line.visit_id, "visit")


def _check_told(on_it: Sequence[PersonDue], data: LineIn) -> None:
    """The page sends along whomever it asks about; whoever else enters a line may forget somebody."""
    if data.outcome is not Outcome.MET:
        return
    told = {one.member_id for one in data.people}
    faults = [
        FieldError(
            "people",
            say(
                "Nothing is said of {name}, whom the line asks about. Say what work they have; send them without "
                "`placement` where the paper does not say.",
                name=name_of(one),
            )
            if one.graduate
            else say(
                "Nothing is said of {name}, whom the line asks about. Say whether the child is in school; send "
                "`not_seen` where the paper does not say.",
                name=name_of(one),
            ),
        )
        for one in on_it
        if one.asked and one.member_id not in told
    ]
    if faults:
        raise InvalidInput(faults)


async def _check_day(uow: UnitOfWork, line: SheetLine, visit: VisitIn, *, clock: Clock) -> None:
    """Nobody writes on paper that is not there yet: such a day is of another month, or of another visit."""
    made_at = await uow.session.scalar(select(Sheet.made_at).where(Sheet.id == line.sheet_id))
    assert made_at is not None, "a line has its sheet"
    printed_on = clock.local_day(made_at)
    if visit.happened_on < printed_on:
        raise invalid(
            "happened_on",
            say(
                "The sheet was printed on {day}, so no visit before that day can be written on it. Look at the day on the "
                "paper; an older visit is recorded on the family's own page.",
                day=printed_on,
            ),
        )


async def _entered(uow: UnitOfWork, line: SheetLine, visit: VisitIn, *, clock: Clock) -> UUID:
    try:
        visit_id = await record_visit(uow, visit, clock=clock)
    except Conflict as error:
        raise LineEntered(
            say("Line {line} was entered already. Open its visit to see what was recorded.", line=line.line)
        ) from error
    line.visit_id = visit_id
    await uow.session.flush()
    return visit_id
