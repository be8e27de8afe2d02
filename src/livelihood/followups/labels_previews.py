"""What a change of policy would do in plain words, in the reader's language."""

from collections.abc import Callable
from datetime import date, timedelta

from livelihood.followups.rules.previews import Counts, Effect, Example
from livelihood.followups.rules.protocols import Purpose
from livelihood.web.components import day_text, days_text
from livelihood.web.current import LANGUAGE
from livelihood.web.words import gettext as _
from livelihood.web.words import ngettext

DAY = timedelta(days=1)


def short(effect: Effect) -> str:
    """Under its count, and at the head of a column."""
    return {
        Effect.MOVED: _("move"),
        Effect.TO_HOME: _("become home checks"),
        Effect.TO_SCHOOL: _("become school checks"),
        Effect.LAPSES: _("answered until another day"),
        Effect.GONE: _("go"),
        Effect.ADDED: _("are added"),
        Effect.OTHERWISE: _("differ otherwise"),
    }[effect]


# As they are read; the first three stand on the page even at nought.
ORDER = (
    Effect.MOVED,
    Effect.GONE,
    Effect.ADDED,
    Effect.TO_HOME,
    Effect.TO_SCHOOL,
    Effect.LAPSES,
    Effect.OTHERWISE,
)
ALWAYS = frozenset({Effect.MOVED, Effect.GONE, Effect.ADDED})


def effects(counts: Counts) -> list[tuple[Effect, str]]:
    """What is shown of these counts, with its word."""
    return [(one, short(one)) for one in ORDER if one in ALWAYS or getattr(counts, one.value)]


def total(counts: Counts) -> str:
    """All of it in one sentence."""
    forms: dict[str, Callable[[int], str]] = {
        "moved": lambda n: ngettext("%(num)s follow-up would move", "%(num)s follow-ups would move", n),
        "gone": lambda n: ngettext("%(num)s follow-up would go", "%(num)s follow-ups would go", n),
        "added": lambda n: ngettext(
            "%(num)s follow-up would be added", "%(num)s follow-ups would be added", n
        ),
        "to_home": lambda n: ngettext(
            "%(num)s school check would become a home check",
            "%(num)s school checks would become home checks",
            n,
        ),
        "to_school": lambda n: ngettext(
            "%(num)s home check would become a school check",
            "%(num)s home checks would become school checks",
            n,
        ),
        "lapses": lambda n: ngettext(
            "%(num)s follow-up would keep its days and be answered until another day",
            "%(num)s follow-ups would keep their days and be answered until another day",
            n,
        ),
        "otherwise": lambda n: ngettext(
            "%(num)s follow-up would differ otherwise", "%(num)s follow-ups would differ otherwise", n
        ),
        "opened": lambda n: ngettext("%(num)s alert would open", "%(num)s alerts would open", n),
        "closed": lambda n: ngettext("%(num)s alert would close", "%(num)s alerts would close", n),
        "told": lambda n: ngettext(
            "%(num)s silence would be told further up", "%(num)s silences would be told further up", n
        ),
    }
    whom = ngettext("%(num)s household", "%(num)s households", counts.households) % {"num": counts.households}
    if counts.children:
        children = ngettext("%(num)s child", "%(num)s children", counts.children)
        whom += " · " + children % {"num": counts.children}
    amounts = [form(n) % {"num": n} for name, form in forms.items() if (n := getattr(counts, name))]
    return _("{whom}: {what}.").format(whom=whom, what=", ".join(amounts))


def example(one: Example, today: date) -> list[str]:
    """What would differ of one follow-up, each as a sentence without its head."""
    was = _days(one.was_opens_on, one.was_closes_on, one.was_due_on, today)
    will = _days(one.opens_on, one.closes_on, one.due_on, today)
    if not was:
        return [_("is new: %(days)s") % {"days": will}]
    if not will:
        return [_("goes; it was %(days)s") % {"days": was}]
    found: list[str] = []
    if was != will:
        found.append(_("was %(was)s, becomes %(will)s") % {"was": was, "will": will})
    elif one.was_due_on and one.due_on and one.moves:
        days = {"was": _day(one.was_due_on, today), "will": _day(one.due_on, today)}
        found.append(_("due %(will)s, not %(was)s") % days)
    if one.was_purpose not in (None, one.purpose):
        becomes = {
            Purpose.HOME: _("becomes a home check instead of a school check"),
            Purpose.SCHOOL: _("becomes a school check instead of a home check"),
        }
        found += [becomes[Purpose(one.purpose)]] if one.purpose in becomes else []
    if one.was_lapses_on and one.lapses_on and one.answered_longer_or_shorter:
        days = {"was": _day(one.was_lapses_on - DAY, today), "will": _day(one.lapses_on - DAY, today)}
        found.append(_("may be answered until %(will)s, not %(was)s") % days)
    return found or [_("stays %(days)s; something else of it differs") % {"days": was}]


def _day(on: date, today: date) -> str:
    return day_text(on, LANGUAGE.get(), today)


def _days(first: date | None, last: date | None, due: date | None, today: date) -> str:
    """Its window; where a preview of before does not tell it, the day it is due."""
    if first and last:
        return days_text(first, last, LANGUAGE.get(), today)
    return _day(due, today) if due else ""


def chip(effect: Effect) -> tuple[str, str]:
    return {
        Effect.MOVED: ("due", _("moves")),
        Effect.TO_HOME: ("due", _("home check")),
        Effect.TO_SCHOOL: ("due", _("school check")),
        Effect.LAPSES: ("neutral", _("days stay")),
        Effect.GONE: ("neutral", _("goes")),
        Effect.ADDED: ("upcoming", _("added")),
        Effect.OTHERWISE: ("neutral", _("days stay")),
    }[effect]
