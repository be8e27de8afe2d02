"""How old someone is, where the birth date may be known by year or month only."""

from calendar import monthrange
from datetime import date
from functools import lru_cache

from livelihood.followups.rules.facts import Member
from livelihood.households.rules import latest_birth


@lru_cache(maxsize=65_536)  # the same few days over and over: slots of anchors, birthdays
def add_months(day: date, months: int) -> date:
    """The same day so many months on, or the last day of a shorter month (31 January + 1: 28 or 29 February)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def turns(member: Member, years: int) -> date:
    """The first day on which the member counts as that old: by the latest possible birthday.

    So nobody is taken for grown, or for a school child, before they certainly are.
    """
    return add_months(latest_birth(member.born_on, member.born_precision), 12 * years)


def age_on(member: Member, day: date) -> int:
    """Completed years, by the latest possible birthday; 0 for a child who may not yet be born."""
    years = day.year - member.born_on.year
    return max(0, years if turns(member, years) <= day else years - 1)
