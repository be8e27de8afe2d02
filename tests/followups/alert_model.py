"""Which alerts a child's records call for, once more: from what the domain says, and from nothing of the code.

"Found out of school (aged 6–14, or 15–17 and neither in education nor in decent work or training) at a follow-up → an
alert, an extra check in 14 days; of whom at 15–17 nobody has learnt what they do since they left school, an extra check
asks. Attendance under the bar → at risk; so is who was 3 school days in a row away, or 5 in
a month; 20 in a row: presumed drop-out, at any of these ages unless decent work or training is known of. Missing: away
alone or unknown, or three failed attempts, one of them at the door → an alert the same day. Status follows the newest day: a late record of an
earlier day neither opens nor closes an alert. At most one open alert per subject and kind; it closes itself when the
condition clears and says why." Who came on none of the days that school was open was away on all of them, and is not
back in school by it. A correction that takes the cause away closes the alert, and so does the withdrawal of
the visit; it is never deleted.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from uuid import UUID

from livelihood.followups.rules.facts import Mode, Outcome
from livelihood.observations.rules import Education, Placement, Whereabouts, WhereaboutsState, Work
from tests.followups.confirmation_model import (
    idle_or_unsafe,
    in_a_register,
    is_there,
    learns,
    there_on,
    vouches,
    was_there,
    works_well,
)
from tests.followups.lives import GROWN, Bars, Found, Life, Visited

# The clearest first.
REASONS = ["days_in_a_row", "days_in_a_month", "attendance"]
OF_LEAVING = ["presumed_gone", "not_yet_re_enrolled", "not_re_enrolled"]
NOBODY_MET = "nobody_met"
OUT_OF_SCHOOL, AT_RISK, MISSING = "out_of_school", "at_risk", "missing_child"
Log = list[Visited | Found]
Key = tuple[str, UUID, UUID]


@dataclass(frozen=True)
class Alert:
    """Known by its kind, its child and the visit that raised it."""

    kind: str
    child: UUID
    visit: UUID
    opened_on: date
    closed_on: date | None = None
    because: str | None = None
    reason: str | None = None

    @property
    def key(self) -> Key:
        return self.kind, self.child, self.visit

    def closed(self, day: date, because: str) -> "Alert":
        return replace(self, closed_on=max(day, self.opened_on), because=because)


Raised = Callable[[Life, UUID, Log, Bars], list[Alert]]


@dataclass
class Alerts:
    """All that were ever raised, as they stand since somebody last worked out the family."""

    bars: Bars
    known: dict[Key, Alert] = field(default_factory=dict)

    def look(self, life: Life, today: date) -> None:
        called = _by_key(one for child in life.children for one in self._called_for(life, child, today))
        withdrawn = {one.id for one in life.withdrawn}
        for key, one in self.known.items():
            if one.child in life.children and one.closed_on is None and key not in called:
                called[key] = one.closed(today, "corrected" if one.visit in withdrawn else "facts_changed")
        self.known |= called
        life.searches |= {(one.child, one.visit) for one in called.values() if one.reason == NOBODY_MET}

    def is_looked_for(self, life: Life) -> bool:
        """A child of this family is missing, and the alert is open."""
        return any(self.is_missing(child) for child in life.children)

    def any_open(self, life: Life, child: UUID, today: date) -> bool:
        """By the facts and the day, whoever has worked them out."""
        return any(one.closed_on is None for one in self._called_for(life, child, today))

    def _called_for(self, life: Life, child: UUID, today: date) -> Iterator[Alert]:
        for raised in (_out_of_school, _at_risk, _missing):
            yield from _called_for(life, child, raised, self.bars, today)

    def out_of_school_at_15(self, life: Life, today: date) -> UUID | None:
        """One of this family who may go to work, as long as none was found there."""
        if any(one.because == "in_decent_work" for one in self.known.values()):
            return None
        return next(
            (
                one.child
                for one in self.known.values()
                if (one.kind, one.closed_on) == (OUT_OF_SCHOOL, None)
                and one.child in life.children
                and one.opened_on < today
                and 15 <= life.children[one.child].age(today) < GROWN
            ),
            None,
        )

    def is_missing(self, child: UUID) -> bool:
        return any(
            one.kind == MISSING and one.closed_on is None and one.child == child
            for one in self.known.values()
        )


def is_alarm(found: Found) -> bool:
    """Said to be away alone, or nowhere known: by the family, or by a neighbour at a closed door."""
    return isinstance(found.details, Whereabouts) and found.details.state in {
        WhereaboutsState.AWAY_ALONE,
        WhereaboutsState.UNKNOWN,
    }


def extra_checks(life: Life, child: UUID, bars: Bars) -> list[date]:
    """From which days an extra check counts: of each finding out of school that no correction has taken back."""
    found = _called_for(life, child, _out_of_school, bars, date.min)
    return [one.opened_on for one in found if one.because != "corrected"]


def found_again(life: Life, child: UUID, bars: Bars) -> dict[Key, list[date]]:
    """By alert, the later days on which the child was found out of school once more while it was open."""
    return {alert.key: days for alert, days in _found_out(life, child, life.log, bars)[0]}


def unasked(life: Life, child: UUID, bars: Bars) -> list[date]:
    """On which days a young person was found out of school of whom nobody knew what they do instead."""
    return _found_out(life, child, life.log, bars)[1]


def followed_since(life: Life, child: UUID, bars: Bars) -> date | None:
    """From when a plan asks after the child: of a grant, of a risk, of a return to school, or an extra check; at school age,
    or at the age from which the protocol asks, if that is earlier.
    """
    begun = [("grant", day) for day in life.grants.values()]
    begun += [("high_risk", one.on) for one in life.risks]
    begun += [("schooling", day) for day in _returns(life, child)]
    begun += [("out_of_school", day) for day in extra_checks(life, child, bars) + unasked(life, child, bars)]
    who = life.children[child]
    old_enough = bars.of_school_age_from(who)
    days = [max(day, min(old_enough, bars.asks_from(who, kind, day))) for kind, day in begun]
    return max(min(days), who.joined_on) if days else None


def _called_for(life: Life, child: UUID, raised: Raised, bars: Bars, today: date) -> list[Alert]:
    found = life.once((child, raised), lambda: _recorded(life, child, raised, bars))
    return [one if one.closed_on else _left(life, one, today) for one in found]


def _left(life: Life, alert: Alert, today: date) -> Alert:
    """By a leaving of the day or later, or of which nobody had heard when it was found. Whoever is missing stays missing
    when the family moves or its case is closed.
    """
    ends = [
        (day, why)
        for day, why, known in life.departures(alert.child)
        if day <= today
        and (alert.kind != MISSING or why in {"died", "turned_18"})
        and (alert.opened_on <= day or alert.visit in known)
    ]
    return alert.closed(*min(ends)) if ends else alert


def _recorded(life: Life, child: UUID, raised: Raised, bars: Bars) -> list[Alert]:
    """What the records call for as they stand, and what they called for until a correction."""
    dropped: dict[Key, Alert] = {}
    for one in life.corrections:
        after = _by_key(raised(life, child, one.after, bars))
        for key, alert in _by_key(raised(life, child, one.before, bars)).items():
            if key not in after:
                dropped[key] = alert if alert.closed_on else alert.closed(one.on, "corrected")
    return list((dropped | _by_key(raised(life, child, life.log, bars))).values())


def _by_key(alerts: Iterable[Alert]) -> dict[Key, Alert]:
    return {one.key: one for one in alerts}


def _mine(child: UUID, log: Log) -> list[Found]:
    return [one for one in log if isinstance(one, Found) and one.child == child]


def _out_of_school(life: Life, child: UUID, log: Log, bars: Bars) -> list[Alert]:
    return [alert for alert, _ in _found_out(life, child, log, bars)[0]]


def _found_out(
    life: Life, child: UUID, log: Log, bars: Bars
) -> tuple[list[tuple[Alert, list[date]]], list[date]]:
    """A day counts with all that was said of it. Who is out is judged by the newest word of their work, of whatever day.
    Each alert with the later days of which it was said again; and, while there was none, the days on which nobody knew of
    any work since they left.
    """
    alerts: list[Alert] = []
    again: list[list[date]] = []
    asked: list[date] = []
    in_school: list[date] = []
    out_on: list[date] = []
    words: list[date] = []
    newest = working = date.min
    is_out = badly = False
    left: Found | None = None
    at_work: Found | None = None
    who = life.children[child]
    mine = _mine(child, log)

    def of_day(day: date) -> list[Found]:
        return [one for one in mine if one.day == day]

    def is_in(day: date) -> bool:
        answers = [learns(one) for one in of_day(day) if learns(one) is not None]
        return bool(answers) and all(answers)

    def came_never(day: date) -> bool:
        return any(_came_never(one) for one in of_day(day))

    for one in mine:
        is_open = bool(alerts) and alerts[-1].closed_on is None
        schooling = learns(one) is not None and one.day >= newest
        well, ill = works_well(of_day(one.day)), idle_or_unsafe(of_day(one.day))
        work = isinstance(one.details, Work | Placement) and 15 <= who.age(one.day) < GROWN and (well or ill)
        work = work and one.day >= working
        if schooling:
            stays_out = (is_out or is_open) and came_never(one.day)
            newest, is_out = one.day, stays_out or not is_in(one.day)
            (out_on if is_out else in_school).append(one.day)
            speaks_of_it = not learns(one) or (stays_out and _came_never(one))
            if speaks_of_it and (left is None or one.day > left.day):
                left = one
        if work:
            working, badly = one.day, ill
            words.append(one.day)
            at_work = one if at_work is None or one.day > at_work.day else at_work
        if is_open and one.day > alerts[-1].opened_on and schooling and not is_out:
            alerts[-1] = alerts[-1].closed(one.day, "back_in_school")
        elif is_open and one.day > alerts[-1].opened_on and work and well and one.day >= newest:
            alerts[-1] = alerts[-1].closed(one.day, "in_decent_work")
        elif (schooling or work) and is_out and left and left.day == newest:
            day = max(newest, working) if badly else newest
            if at_work and working > newest:
                raising = at_work if badly else None
            elif who.age(newest) < 15 or idle_or_unsafe(of_day(newest)):
                raising = left
            else:
                raising = left if (badly or left.gone) and not works_well(of_day(newest)) else None
            if is_open:
                # Whatever they do instead, unless it is decent.
                said = bool(raising) or (schooling and not works_well(of_day(newest)))
                day = day if raising else newest
                stays_out = came_never(day) or not is_in(day)
                if said and stays_out and bars.is_of_school_age(who, day):
                    again[-1] += [day] if day > max([alerts[-1].opened_on, *again[-1]]) else []
            elif raising and (came_never(day) or not is_in(day)) and bars.is_of_school_age(who, day):
                reason = None
                if raising is left:
                    reason = "presumed_gone" if left.gone else _re_enrolled(newest, in_school, bars)
                alerts.append(Alert(OUT_OF_SCHOOL, child, raising.visit.id, day, reason=reason))
                again.append([])
            elif raising is None and schooling and newest not in asked:
                left_on = min(day for day in out_on if day > max(in_school, default=date.min))
                known = any(day >= left_on for day in words) or works_well(of_day(newest))
                if not known and bars.is_of_school_age(who, newest):
                    asked.append(newest)
    return list(zip(alerts, again, strict=True)), asked


def _came_never(found: Found) -> bool:
    return isinstance(found.details, Education) and found.details.days_present == 0


def _re_enrolled(day: date, in_school: list[date], bars: Bars) -> str | None:
    """Of who was last known to be in school before the school year began."""
    for first, last in bars.years:
        if first <= day <= last and in_school and max(in_school) < first:
            late = day >= first + timedelta(days=bars.on("not_re_enrolled_days", day))
            return "not_re_enrolled" if late else "not_yet_re_enrolled"
    return None


def _returns(life: Life, child: UUID) -> Iterator[date]:
    """Days on which a child who was known to be out of school was found in it, and nobody says that they never came."""
    newest, out = date.min, False
    mine = life.of(child)
    for one in mine:
        answer = learns(one)
        if answer is None or one.day < newest or (answer and out and one.day == newest):
            continue
        if answer and out and any(_came_never(other) for other in mine if other.day == one.day):
            newest = one.day
            continue
        if answer and out:
            yield one.day
        newest, out = one.day, not answer


def _at_risk(life: Life, child: UUID, log: Log, bars: Bars) -> list[Alert]:
    alerts: list[Alert] = []
    newest = seldom = date.min
    causes: set[str] = set()
    mine = _mine(child, log)
    for one in mine:
        answer, (bad, good) = learns(one), _attendance(one, bars)
        if answer is None or one.day < newest or (answer and not bad | good):
            continue
        answer = answer and not _is_out_still(mine, one)
        newest = one.day
        is_open = bool(alerts) and alerts[-1].closed_on is None
        if answer and bad:
            seldom = one.day
        if is_open and not answer:
            # Not on a day of which somebody else says that the child is there, and seldom.
            if one.day != seldom:
                alerts[-1] = alerts[-1].closed(one.day, "left_school")
        elif is_open:
            causes |= bad
            if one.day != seldom and not bad and causes <= good:
                alerts[-1] = alerts[-1].closed(one.day, "attending")
        elif answer and bad and bars.is_of_school_age(life.children[child], one.day):
            causes = bad
            clearest = min(bad, key=REASONS.index)
            alerts.append(Alert(AT_RISK, child, one.visit.id, one.day, reason=clearest))
    return alerts


def _is_out_still(mine: list[Found], found: Found) -> bool:
    """Who came on none of the days, and had been out of school on the last day that spoke of it before, or had come as little
    since.
    """
    spoke = [one for one in mine if learns(one) is not None]
    of_day = [one for one in spoke if one.day == found.day]
    before = [one for one in spoke[: spoke.index(of_day[0])] if one.day < found.day]
    if not before or not any(_came_never(one) for one in of_day):
        return False
    last = max(before, key=lambda one: one.day)
    out = any(one.day == last.day and not learns(one) for one in spoke)
    return out or _is_out_still(mine, last)


def _attendance(found: Found, bars: Bars) -> tuple[set[str], set[str]]:
    """Which reasons speak for a risk, and which speak against it; of the others nothing is known."""
    said = found.details
    if not isinstance(said, Education):
        return set(), set()
    bad: dict[str, bool] = {}
    row = bars.on("at_risk_days_in_a_row", found.day)
    if said.days_present is not None and said.days_open:
        share = 100 * said.days_present / said.days_open
        bad["attendance"] = share < bars.on("attendance_bar_percent", found.day)
        missed = said.days_open - said.days_present
        many = bars.on("at_risk_days_in_a_month", found.day)
        if missed < many:
            bad["days_in_a_month"] = False
        elif said.days_open < 32:
            bad["days_in_a_month"] = True
        if said.days_away is None and missed < row:
            bad["days_in_a_row"] = False
    if said.days_present == 0 and said.days_open:
        bad["days_in_a_row"] = max(said.days_open, said.days_away or 0) >= row
    elif said.days_away is not None:
        bad["days_in_a_row"] = said.days_away >= row
    return {why for why, it in bad.items() if it}, {why for why, it in bad.items() if not it}


def _missing(life: Life, child: UUID, log: Log, bars: Bars) -> list[Alert]:
    """Attempts count by days since the family was last met and the child last confirmed, by what was known then."""
    alerts: list[Alert] = []
    failed: dict[date, bool] = {}
    met = confirmed = there = placed = alarmed = date.min
    seen = there_on(life, child)
    for one in log:
        is_open = bool(alerts) and alerts[-1].closed_on is None
        by_visit = isinstance(one, Visited)
        if was_there(one, child) if by_visit else one.child == child and vouches(one):
            confirmed = max(confirmed, one.day)
            if by_visit or is_there(one):
                there = max(there, one.day)
                # The alarm of a day speaks of what came after the lesson.
                after = not by_visit and in_a_register(one)
                since = alerts[-1].opened_on + timedelta(days=after) if is_open else date.max
                if one.day > alarmed and one.day >= since:
                    alerts[-1] = alerts[-1].closed(one.day, "confirmed")
        if isinstance(one, Visited):
            if one.mode is Mode.REGISTER:
                continue
            if one.outcome is Outcome.MET:
                met = max(met, one.day)
                continue
            failed[one.day] = failed.get(one.day, False) or one.mode is Mode.IN_PERSON
            joined = life.children[child].joined_on
            counted = [day for day in failed if day > met and day > confirmed and day >= joined]
            enough = bars.on("missing_after_failed_attempts", one.day)
            here = [day for day in counted if not life.was_away(child, day, seen)]

            def enough_of(days: list[date], enough: int = enough) -> bool:
                return len(days) >= enough and any(failed[day] for day in days)

            if is_open or one.day <= met:
                continue
            # Only knowing ends a search that has begun: neither a payment that is reversed nor a finding that is
            # corrected tells where the child is, nor does what is said later of a time away.
            began = (child, one.id) in life.searches
            if enough_of(here):
                known_away = life.was_away(child, one.day, seen)
                begins = not known_away and _is_followed(life, child, one, max(here), bars)
                last = max(here) if began or begins else None
            else:
                last = max(counted) if began and enough_of(counted) else None
            if last:
                alerts.append(Alert(MISSING, child, one.id, last, reason=NOBODY_MET))
        elif one.child == child and is_alarm(one) and there <= one.day < life.children[child].turns(GROWN):
            if not is_open and one.day < placed:
                continue
            alarmed = max(alarmed, one.day)
            if not is_open:
                alerts.append(Alert(MISSING, child, one.visit.id, one.day, reason=one.details.state.value))
        elif one.child == child and isinstance(one.details, Whereabouts) and not is_alarm(one):
            placed = max(placed, one.day)
    return alerts


def is_sought_on(life: Life, child: UUID, day: date, bars: Bars) -> bool:
    """An alarm that was right is open on that day, by what is known now."""
    # Who died, or grew up, since is missing no more: no day of such an end has an alarm that began before and no end.
    return any(
        one.opened_on <= day and (one.closed_on is None or day < one.closed_on)
        for one in _called_for(life, child, _missing, bars, date.max)
        if one.because != "corrected"
    )


def _is_followed(life: Life, child: UUID, visit: Visited, day: date, bars: Bars) -> bool:
    """As far as was known when the visit was recorded: nobody is found by a leaving that is heard of later."""
    since = followed_since(life, child, bars)
    return since is not None and since <= day and not life.had_left(child, day, visit.id)
