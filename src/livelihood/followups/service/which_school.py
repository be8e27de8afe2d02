from collections.abc import Sequence
from typing import TypeVar

import msgspec

from livelihood.db.work import UnitOfWork
from livelihood.errors import DomainError, FieldError, InvalidInput
from livelihood.followups.forms import Answers, PersonForm
from livelihood.households.schools import name_school

A = TypeVar("A", bound=Answers)


async def with_school(uow: UnitOfWork, answers: A, village_code: str, at: str) -> A:
    """The same answers, the other school among those known. `at` is put before the fields of what is wrong with it."""
    other = answers.other_school(village_code)
    if other is None:
        return answers
    try:
        school_id = await name_school(uow, other)
    except DomainError as error:
        faults = [FieldError(f"{at}school_village", one.message) for one in error.errors]
        raise (InvalidInput(faults, error.message) if faults else error) from error
    return msgspec.structs.replace(answers, school_id=str(school_id))


async def with_schools(
    uow: UnitOfWork, people: Sequence[PersonForm], village_code: str
) -> tuple[PersonForm, ...]:
    return tuple(
        [await with_school(uow, person, village_code, f"people.{row}.") for row, person in enumerate(people)]
    )
