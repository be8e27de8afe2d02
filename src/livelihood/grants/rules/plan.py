"""What an application has to add up to: its lines, its amount and its tranches are the same money."""

from collections.abc import Sequence
from dataclasses import dataclass

from livelihood.errors import Amount, FieldError, InvalidInput, say
from livelihood.grants.rules.money import LARGEST_MINOR, SPLIT_STEP, Currency, split


@dataclass(frozen=True, slots=True)
class Plan:
    """The money of an application: `sum(items) == amount == sum(tranches)`, each part above zero, always."""

    amount: int
    items: tuple[int, ...]
    tranches: tuple[int, ...]


def plan(
    currency: Currency,
    *,
    items: Sequence[int],
    amount: int | None,
    tranches: Sequence[int],
    shares: Sequence[int],
) -> Plan:
    """What the lines add up to; without tranches, it is split by `shares`.

    Raises InvalidInput where there is no line, an amount is not above zero, or the sums disagree.
    """
    faults = [
        FieldError(f"{name}.{place}.amount_minor", say("Write an amount above zero, or take the line away."))
        for name, parts in (("items", items), ("tranches", tranches))
        for place, part in enumerate(parts)
        if part <= 0
    ]
    if not items:
        faults.append(
            FieldError("items", say("Write at least one thing that the business needs, with its price."))
        )
    total = sum(items)
    if total > LARGEST_MINOR:
        faults.append(
            FieldError(
                "items",
                say(
                    "The lines add up to {lines}; at most {most} can be asked for. Check the zeros.",
                    lines=Amount(total, currency),
                    most=Amount(LARGEST_MINOR, currency),
                ),
            )
        )
    if amount is not None and amount != total:
        faults.append(
            FieldError(
                "amount_minor",
                say(
                    "The amount is {amount}, but the lines add up to {lines}. Mend one of them.",
                    amount=Amount(amount, currency),
                    lines=Amount(total, currency),
                ),
            )
        )
    if tranches and sum(tranches) != total:
        faults.append(
            FieldError(
                "tranches",
                say(
                    "The tranches add up to {tranches}, but the lines to {lines}. Mend one of them.",
                    tranches=Amount(sum(tranches), currency),
                    lines=Amount(total, currency),
                ),
            )
        )
    if faults:
        raise InvalidInput(faults)
    return Plan(
        amount=total,
        items=tuple(items),
        tranches=tuple(tranches or split(total, shares, SPLIT_STEP[currency])),
    )
