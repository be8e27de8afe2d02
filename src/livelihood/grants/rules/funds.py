"""A donor's money: when it may be used, and how it moves."""

from datetime import date
from enum import StrEnum

from livelihood.errors import say
from livelihood.grants.rules.errors import FundOutOfPeriod


class Entry(StrEnum):
    """`budget` puts money in, `reserve` sets it aside for an approved grant, `spend` pays it out."""

    BUDGET = "budget"
    RESERVE = "reserve"
    SPEND = "spend"


def require_open(starts_on: date, ends_on: date, today: date) -> None:
    """Raises FundOutOfPeriod unless the donor's period covers today."""
    if not starts_on <= today <= ends_on:
        raise FundOutOfPeriod(
            say(
                "This fund is for {starts_on} to {ends_on}, and today is {today}. Choose another fund.",
                starts_on=starts_on,
                ends_on=ends_on,
                today=today,
            )
        )
