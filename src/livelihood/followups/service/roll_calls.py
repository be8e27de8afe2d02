from uuid import UUID, uuid5

import msgspec
from sqlalchemy import select

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.work import UnitOfWork
from livelihood.errors import FieldError, InvalidInput, say
from livelihood.followups.queries import schools
from livelihood.followups.reconcile import reconcile
from livelihood.followups.rules.facts import Mode, Outcome
from livelihood.followups.schemas import ON_REGISTER, OnRegister, PupilIn, RollCallIn, RollCallOut, VisitIn
from livelihood.followups.service.visits import visit_faults, write_visit
from livelihood.households.models import Household
from livelihood.households.queries import handed_over, no_household
from livelihood.observations import service as observations
from livelihood.observations.queries import Family
from livelihood.observations.rules import Education, EducationState, LearntFrom, beyond_a_month
from livelihood.observations.schemas import Finding


class OneFamily(msgspec.Struct, frozen=True):
    """A family's part of a roll call; `rows` are the places of its findings in what was sent."""

    household: Family
    visit: VisitIn
    rows: tuple[int, ...]


async def call_the_roll(uow: UnitOfWork, data: RollCallIn, *, clock: Clock) -> RollCallOut:
    """Record what a school's register says of many families' children, each family's part as a visit of its own.

    All of it or nothing: a fault of one child refuses the whole, at that child. Raises `NotFound` for an unknown
    school, `Forbidden`, `InvalidInput` with every fault, `Conflict` where the id was used for another roll call.
    """
    uow.actor.require(Permission.VISITS_RECORD)
    await schools.school(uow, data.school_id)
    roll_call_id = data.id or new_id()
    learnt = [one for one in enumerate(data.children) if one[1].register is not OnRegister.NOT_LEARNT]
    belongs = await schools.households_of(uow, [child.member_id for _, child in learnt])
    ids = list(
        dict.fromkeys(
            belongs[child.member_id].household_id for _, child in learnt if child.member_id in belongs
        )
    )
    answer = RollCallOut(data.school_id, data.happened_on, [uuid5(roll_call_id, str(one)) for one in ids])
    if data.id is not None and not await uow.claim("roll call", data.id, data):
        return answer
    faults = _faults(data, learnt, belongs)
    families = [await _family(uow, data, one, learnt, belongs) for one in ids]
    for family in families:
        found = await visit_faults(uow, family.household, family.visit, clock=clock)
        moved = [_at_child(fault, family, data, clock) for fault in found]
        # A day in the future is so for every family, and said once; so is what a line was refused for already.
        said = {fault.field for fault in faults}
        faults += [fault for fault in moved if fault.field not in said]
    if faults:
        raise InvalidInput(faults)
    await _lock(uow, families)
    for family, visit_id in zip(families, answer.visits, strict=True):
        await write_visit(uow, family.household, family.visit, visit_id, clock=clock)
    await reconcile(uow, ids, clock=clock)
    return answer


async def _lock(uow: UnitOfWork, families: list[OneFamily]) -> None:
    """In one order, so that two who save at once wait for each other and not both for ever.

    A family that was handed over meanwhile is not there to be locked any more, and is said at its first child.
    """
    locked = set(
        await uow.session.scalars(
            select(Household.id)
            .where(Household.id.in_([one.household.id for one in families]))
            .order_by(Household.id)
            .with_for_update(key_share=True)
        )
    )
    gone = [
        FieldError(
            f"children.{one.rows[0]}.register",
            (await handed_over(uow, one.household.id) or no_household()).message,
        )
        for one in families
        if one.household.id not in locked
    ]
    if gone:
        raise InvalidInput(gone)


def _faults(
    data: RollCallIn, learnt: list[tuple[int, PupilIn]], belongs: dict[UUID, schools.Belongs]
) -> list[FieldError]:
    faults = beyond_a_month(data.days_open, "days_open")
    if not learnt:
        faults.append(
            FieldError(
                "children", say("Nothing was marked yet. Mark what the register says of at least one child.")
            )
        )
    faults += [
        FieldError(
            f"children.{row}.{name}",
            say(
                "Days and a grade are of a child who is on the register. Leave this out, or say that they are."
            ),
        )
        for row, child in enumerate(data.children)
        if child.register is not OnRegister.ON
        for name in ON_REGISTER
        if getattr(child, name) is not None
    ]
    seen: set[UUID] = set()
    uncounted = False
    for row, child in learnt:
        known = belongs.get(child.member_id)
        if known is not None and not known.is_child(data.happened_on):
            faults.append(
                FieldError(
                    f"children.{row}.register",
                    say(
                        "This person was no child any more on {day}, and a roll call is of children. Take them off the "
                        "list, or check the day and their date of birth.",
                        day=data.happened_on,
                    ),
                )
            )
        if known is None:
            faults.append(
                FieldError(
                    f"children.{row}.register",
                    say("This child is of no household of your offices. Take them off the list."),
                )
            )
        if child.member_id in seen:
            faults.append(
                FieldError(
                    f"children.{row}.register", say("This child is here twice. Keep the line that is right.")
                )
            )
        seen.add(child.member_id)
        if child.register is OnRegister.ON and child.days_present is not None and data.days_open is None:
            uncounted = True
    if uncounted:
        faults.append(
            FieldError(
                "days_open",
                say("Days present mean nothing alone. Write on how many days the school was open."),
            )
        )
    return faults


# What a line says in numbers; any other fault stands at its answer.
COUNTED = frozenset({"days_present", "days_away"})


async def _family(
    uow: UnitOfWork,
    data: RollCallIn,
    household_id: UUID,
    learnt: list[tuple[int, PupilIn]],
    belongs: dict[UUID, schools.Belongs],
) -> OneFamily:
    household = await observations.family(uow, household_id)
    uow.actor.require(Permission.VISITS_RECORD, household.office_id)
    mine = [
        (row, child)
        for row, child in learnt
        if child.member_id in belongs and belongs[child.member_id].household_id == household_id
    ]
    visit = VisitIn(
        household_id=household_id,
        happened_on=data.happened_on,
        outcome=Outcome.MET,
        mode=Mode.REGISTER,
        school_id=data.school_id,
        findings=tuple(Finding(_education(data, child), child.member_id) for _, child in mine),
    )
    return OneFamily(household, visit, tuple(row for row, _ in mine))


def _education(data: RollCallIn, child: PupilIn) -> Education:
    """The school is kept with who is not on its register, too: they stay on its list until found elsewhere."""
    if child.register is OnRegister.OFF:
        return Education(EducationState.NONE, school_id=data.school_id, learnt_from=LearntFrom.REGISTER)
    counted = child.days_present is not None
    return Education(
        EducationState.FORMAL,
        school_id=data.school_id,
        grade=child.grade,
        days_present=child.days_present,
        days_open=data.days_open if counted else None,
        learnt_from=LearntFrom.REGISTER,
        days_away=child.days_away,
    )


def _at_child(fault: FieldError, family: OneFamily, data: RollCallIn, clock: Clock) -> FieldError:
    """The same fault at the line it was typed in; a day that is wrong for one family only, at its first child."""
    parts = fault.field.split(".")
    if parts[-1] == "days_open":
        return FieldError("days_open", fault.message)
    if parts[0] == "findings" and len(parts) > 1:
        row = family.rows[int(parts[1])]
        return FieldError(
            f"children.{row}.{parts[-1] if parts[-1] in COUNTED else 'register'}", fault.message
        )
    if fault.field == "happened_on" and data.happened_on <= clock.today():
        return FieldError(f"children.{family.rows[0]}.register", fault.message)
    return fault
