"""Numbers that are policy, as they are stored."""

from sqlalchemy import select

from livelihood.db.reader import Read, Reading
from livelihood.followups import models
from livelihood.followups.rules.numbers import Numbers, PolicyNumber

NUMBERS = Read(
    select(*(getattr(models.PolicyNumber, name) for name in PolicyNumber.__struct_fields__)), PolicyNumber
)


async def numbers(reading: Reading) -> Numbers:
    return Numbers(await NUMBERS.all(reading))
