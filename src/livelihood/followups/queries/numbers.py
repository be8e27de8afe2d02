"""Numbers that are policy, as they are stored."""

from sqlalchemy import ARRAY, Text, any_, bindparam, select

from livelihood.db.reader import Read, Reading
from livelihood.followups import models
from livelihood.followups.rules.numbers import NumberKey, Numbers, PolicyNumber, completed

# Keys of a later release, whose migration has run already, mean nothing here.
NUMBERS = Read(
    select(*(getattr(models.PolicyNumber, name) for name in PolicyNumber.__struct_fields__))
    .where(models.PolicyNumber.key == any_(bindparam("known", [key.value for key in NumberKey], ARRAY(Text))))
    .order_by(models.PolicyNumber.key, models.PolicyNumber.effective_from),
    PolicyNumber,
)


async def in_order(reading: Reading) -> tuple[PolicyNumber, ...]:
    """Every value that each number has had or will have."""
    return completed(await NUMBERS.all(reading))


async def numbers(reading: Reading) -> Numbers:
    return Numbers(await in_order(reading))
