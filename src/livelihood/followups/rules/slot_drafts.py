"""Whether the drafted checks of a protocol hold together: every fault, as a sentence beside its field."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

import msgspec

from livelihood.errors import FieldError, Message, out_of_range, say
from livelihood.followups.rules.ages import add_months
from livelihood.followups.rules.facts import AnchorKind
from livelihood.followups.rules.protocols import PER, Per, Purpose, Since

LONGEST_MONTHS = 120
LONGEST_WINDOW = 366
MOST_TIMES = 120
MOST_AHEAD = 12
MOST_CHECKS = 150

# Offsets are compared on an ordinary anchor: what runs into each other there does so everywhere, give or take days.
ON = date(2026, 1, 1)


class SlotDraft(msgspec.Struct, frozen=True):
    """One row as it was filled in. `every_days` 0: it does not recur; `times` none: nobody said how often.

    `purpose` none: that of the version before.
    """

    months: int = 0
    days: int = 0
    before: int = 0
    after: int = 0
    since: Since = Since.ANCHOR
    every_days: int = 0
    times: int | None = None
    ahead: int = 2
    purpose: Purpose | None = None

    @property
    def due_on(self) -> date:
        return add_months(ON, self.months) + timedelta(days=self.days)

    @property
    def recurs(self) -> bool:
        return self.every_days > 0

    @property
    def asks_to_recur(self) -> bool:
        """Once is what a check says that does not recur, where it is read from a version and not from a form."""
        return self.recurs or self.times not in {None, 1}


def _purpose(row: int, one: SlotDraft, anchors: Collection[AnchorKind]) -> Iterator[FieldError]:
    """A course is completed by one grown-up trainee; whatever else a plan counts from concerns a family."""
    if one.purpose is None or not anchors:
        return
    field = f"slots.{row}.purpose"
    if one.purpose is Purpose.PLACEMENT and AnchorKind.COURSE not in anchors:
        yield FieldError(
            field,
            say("A placement check follows a completed course. Choose another purpose, or count from one."),
        )
    elif one.purpose is not Purpose.PLACEMENT and AnchorKind.COURSE in anchors:
        yield FieldError(
            field,
            say("After a completed course the trainee's work alone is checked. Choose the placement check."),
        )


def slot_faults(row: int, one: SlotDraft, anchors: Collection[AnchorKind]) -> Iterator[FieldError]:
    """Of one check by itself."""
    yield from _purpose(row, one, anchors)
    for field, message in _of_slot(one):
        yield FieldError(f"slots.{row}.{field}", message)


def _of_slot(one: SlotDraft) -> Iterator[tuple[str, Message]]:
    out = list(_out_of_range(one))
    yield from out
    if out:
        return
    if one.since is Since.SCHOOL_YEAR:
        yield from _in_school_year(one)
    elif one.asks_to_recur:
        yield from _recurring(one)
    elif one.due_on == ON:
        yield "months", say("Say after how many months or days this check is due.")
    elif one.due_on > add_months(ON, LONGEST_MONTHS):
        yield (
            "days",
            say("This is more than ten years after the beginning. Choose ten years (120 months) or less."),
        )
    elif one.before > (offset := (one.due_on - ON).days):
        yield (
            "before",
            say(
                "The window would open before the plan begins. Open it at most {days} days before.",
                days=offset,
            ),
        )


def _out_of_range(one: SlotDraft) -> Iterator[tuple[str, Message]]:
    """Numbers that are wrong whatever the others say; with them no day can be reckoned."""
    for field, value, least, most in (
        ("months", one.months, 0, LONGEST_MONTHS),
        ("days", one.days, 0, 31 * LONGEST_MONTHS),
        ("before", one.before, 0, LONGEST_WINDOW),
        ("after", one.after, 0, LONGEST_WINDOW),
        # Nought is what an empty field says: no repetition.
        ("every_days", one.every_days, 1 if one.every_days else 0, LONGEST_WINDOW),
        ("times", one.times if one.times is not None else 1, 1, MOST_TIMES),
        ("ahead", one.ahead, 1, MOST_AHEAD),
    ):
        if not least <= value <= most:
            yield field, out_of_range(value, least, most)


def _in_school_year(one: SlotDraft) -> Iterator[tuple[str, Message]]:
    if one.months or not 0 < one.days <= 300:
        yield (
            "days",
            say("Count from the first day of the school year in days alone, from 1 to 300, with no months."),
        )
    elif one.before > one.days:
        yield (
            "before",
            say(
                "The window would open before the school year does. Open it at most {days} days before.",
                days=one.days,
            ),
        )
    if one.asks_to_recur:
        yield (
            "every_days",
            say("This check comes once every school year by itself. Leave the repetition empty."),
        )


def _recurring(one: SlotDraft) -> Iterator[tuple[str, Message]]:
    if not one.recurs:
        yield "every_days", say("Say every how many days this check repeats, or leave “times” empty.")
    elif one.times is None:
        yield (
            "times",
            say(
                "This check would never end. Say how many times it repeats, at most {most}.", most=MOST_TIMES
            ),
        )
    elif one.due_on + timedelta(days=one.every_days * one.times) > add_months(ON, LONGEST_MONTHS):
        yield (
            "times",
            say(
                "The last of these checks would come more than ten years after the first. Repeat it less often, or sooner."
            ),
        )
    elif one.before + one.after >= one.every_days:
        yield (
            "after",
            say(
                "Every {every} days, windows of {days} days run into each other. Open later or close earlier.",
                every=one.every_days,
                days=one.before + one.after + 1,
            ),
        )


def faults_together(slots: Sequence[SlotDraft]) -> list[FieldError]:
    """Of checks that are right by themselves and not beside each other."""
    return [*_alike(slots), *_windows(slots), *_how_many(slots)]


def _alike(slots: Sequence[SlotDraft]) -> Iterator[FieldError]:
    seen: dict[tuple[object, ...], int] = {}
    for row, one in enumerate(slots):
        if one.since is Since.SCHOOL_YEAR:
            day: tuple[object, ...] = ("school year",)
            message = say("Another check counts from the school year already. Change that one, or remove it.")
            field = "since"
        elif one.recurs:
            day = ("recurs", one.every_days)
            message = say("Another check repeats every {days} days already.", days=one.every_days)
            field = "every_days"
        else:
            day = (one.due_on,)
            message = say("Another check is due on the same day. Remove one, or choose another day.")
            field = "months"
        if day in seen:
            yield FieldError(f"slots.{row}.{field}", message)
        seen.setdefault(day, row)


def _windows(slots: Sequence[SlotDraft]) -> Iterator[FieldError]:
    """A window holds its own check alone: it neither reaches the next one's day nor the one before. A check of the
    business and one of a child are answered apart.
    """
    for per in {_per(one) for one in slots}:
        yield from _windows_of([(row, one) for row, one in enumerate(slots) if _per(one) is per])


def _per(one: SlotDraft) -> Per | None:
    return PER[one.purpose] if one.purpose else None


def _windows_of(slots: Sequence[tuple[int, SlotDraft]]) -> Iterator[FieldError]:
    ordinary = sorted(
        ((one.due_on, row, one) for row, one in slots if one.since is Since.ANCHOR and not one.recurs),
        key=lambda found: found[:2],
    )
    for (due, row, one), (next_due, next_row, following) in pairwise(ordinary):
        between = (next_due - due).days
        if one.after >= between > 0:
            yield FieldError(
                f"slots.{row}.after",
                say(
                    "The window would still be open when the next check is due. Close it at most {days} days after.",
                    days=between - 1,
                ),
            )
        if following.before >= between > 0:
            yield FieldError(
                f"slots.{next_row}.before",
                say(
                    "The window would open before the check before it is due. Open it at most {days} days before.",
                    days=between - 1,
                ),
            )


def _how_many(slots: Sequence[SlotDraft]) -> Iterator[FieldError]:
    checks = sum(one.times or 1 for one in slots)
    if checks > MOST_CHECKS:
        yield FieldError(
            "slots",
            say(
                "These are {checks} checks of one child, more than anybody can make. Plan at most {most}.",
                checks=checks,
                most=MOST_CHECKS,
            ),
        )
