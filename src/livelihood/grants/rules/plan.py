"""What an application has to add up to: its lines, its amount and its tranches are the same money."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from livelihood.errors import FieldError, InvalidInput, say
from livelihood.grants.rules.money import SPLIT_STEP, BadAmount, Currency, Money, split, to_minor


@dataclass(frozen=True, slots=True)
class Plan:
    """The money of an application in minor units: `sum(items) == amount == sum(tranches)`, always."""

    currency: Currency
    amount: int
    items: tuple[int, ...]
    tranches: tuple[int, ...]
    monthly_income: int


def plan(
    *,
    currency: Currency,
    items: Sequence[Decimal],
    amount: Decimal | None,
    tranches: Sequence[Decimal],
    monthly_income: Decimal,
    shares: Sequence[int],
) -> Plan:
    """The plan of an application as written; without tranches, the amount is split by `shares`.

    Raises InvalidInput with every amount that is none, and with sums that disagree.
    """
    faults: list[FieldError] = []

    def read(field: str, value: Decimal, *, zero: bool = False) -> int:
        try:
            return to_minor(value, currency, zero=zero)
        except BadAmount as fault:
            faults.append(FieldError(field, fault.message))
            return 0

    lines = [read(f"items.{place}.amount", value) for place, value in enumerate(items)]
    asked = None if amount is None else read("amount", amount)
    parts = [read(f"tranches.{place}.amount", value) for place, value in enumerate(tranches)]
    income = read("monthly_income", monthly_income, zero=True)
    if not lines:
        faults.append(
            FieldError("items", say("Write at least one thing that the business needs, with its price."))
        )
    if faults:
        raise InvalidInput(faults)

    total = sum(lines)
    if asked is not None and asked != total:
        faults.append(
            FieldError(
                "amount",
                say(
                    "The amount is {amount}, but the lines add up to {lines}. Mend one of them.",
                    amount=Money(asked, currency),
                    lines=Money(total, currency),
                ),
            )
        )
    if parts and sum(parts) != total:
        faults.append(
            FieldError(
                "tranches",
                say(
                    "The tranches add up to {tranches}, but the lines to {lines}. Mend one of them.",
                    tranches=Money(sum(parts), currency),
                    lines=Money(total, currency),
                ),
            )
        )
    if faults:
        raise InvalidInput(faults)
    return Plan(
        currency=currency,
        amount=total,
        items=tuple(lines),
        tranches=tuple(parts or split(total, shares, SPLIT_STEP[currency])),
        monthly_income=income,
    )
