"""Numbers that are policy in plain words, in the reader's language."""

from livelihood.errors import Message, say
from livelihood.followups.rules.numbers import NumberKey as Key
from livelihood.web.words import gettext as _
from livelihood.web.words import ngettext, sentence

NAMES: dict[Key, Message] = {
    Key.ESCALATE_SUPERVISOR_DAYS: say("Supervisor told of a silence"),
    Key.ESCALATE_MANAGER_DAYS: say("Manager told of a silence"),
    Key.LAST_LAPSES_AFTER_DAYS: say("A last check is given up"),
    Key.MISSING_AFTER_FAILED_ATTEMPTS: say("Attempts before a child is missing"),
    Key.OUT_OF_SCHOOL_TO_AGE: say("Oldest age at which work is no reason"),
    Key.SCHOOL_AGE_FROM: say("Youngest school age"),
    Key.ATTENDANCE_BAR_PERCENT: say("Attendance bar"),
    Key.AT_RISK_DAYS_IN_A_ROW: say("School days away in a row: at risk"),
    Key.AT_RISK_DAYS_IN_A_MONTH: say("School days missed in a month: at risk"),
    Key.PRESUMED_GONE_DAYS: say("School days away in a row: presumed drop-out"),
    Key.NOT_RE_ENROLLED_DAYS: say("Days into the school year: presumed drop-out"),
    Key.SCHOOL_DAYS_A_WEEK: say("School days a week"),
    Key.SCHOOL_DAYS_IN_WINDOW: say("School days in the window of a school check"),
    Key.HIGH_RISK_WEIGHT: say("Weight of high risk"),
    Key.REMEDIATED_FROM_DAYS: say("Out of child labour: visits at least so far apart"),
    Key.REMEDIATED_TO_DAYS: say("Out of child labour: visits at most so far apart"),
    Key.SPOT_CHECK_DAYS: say("Visits looked at again: how far back"),
    Key.SPOT_CHECK_VISITS: say("Visits looked at again: how many"),
}
TEXTS: dict[Key, Message] = {
    Key.ESCALATE_SUPERVISOR_DAYS: say(
        "A check closed and nobody confirmed the child: the monitor is reminded at once, and after so many days the "
        "supervisor is told."
    ),
    Key.ESCALATE_MANAGER_DAYS: say("After so many days without a confirmation the manager is told too."),
    Key.LAST_LAPSES_AFTER_DAYS: say(
        "The last check of a plan counts as overdue so long after it has closed, and then as missed."
    ),
    Key.MISSING_AFTER_FAILED_ATTEMPTS: say(
        "After so many days on which somebody tried and met nobody, a missing-child alert is raised. Calls count "
        "among them once somebody went in person, too."
    ),
    Key.OUT_OF_SCHOOL_TO_AGE: say(
        "Up to this age every child found out of school raises an alert; above it only those who are in no decent work "
        "or training."
    ),
    Key.SCHOOL_AGE_FROM: say(
        "From this age a child is asked after at visits and on roll calls, and found out of school raises an alert. Who is "
        "checked when is said by each protocol."
    ),
    Key.SCHOOL_DAYS_A_WEEK: say(
        "Schools are open on so many days of a week, counted from Monday: 5 is Monday to Friday, 6 is Monday to Saturday."
    ),
    Key.SCHOOL_DAYS_IN_WINDOW: say(
        "A school check stays open until schools were open on so many days of its window, so that a holiday takes no time "
        "away from whoever makes it."
    ),
    Key.ATTENDANCE_BAR_PERCENT: say(
        "A child in school who attends less than this share of the days schools were open is at risk of leaving school."
    ),
    Key.AT_RISK_DAYS_IN_A_ROW: say(
        "A child in school who a register or a teacher says was away without excuse for so many school days in a row is "
        "at risk of leaving school."
    ),
    Key.AT_RISK_DAYS_IN_A_MONTH: say(
        "A child in school who missed so many of the days that schools were open in one month is at risk of leaving school."
    ),
    Key.PRESUMED_GONE_DAYS: say(
        "A child on the register who was away without excuse for so many school days in a row counts as out of school, as "
        "a presumed drop-out."
    ),
    Key.NOT_RE_ENROLLED_DAYS: say(
        "A child who was in school before the vacation and is found out of it is called not yet re-enrolled until so many "
        "days into the school year, and a presumed drop-out after them. The alert is raised at once either way."
    ),
    Key.HIGH_RISK_WEIGHT: say(
        "On the board of silence a day of a child at high risk counts so many times, so that such children stand higher."
    ),
    Key.REMEDIATED_FROM_DAYS: say(
        "A child counts as out of child labour after two good visits; less far apart, they count as one."
    ),
    Key.REMEDIATED_TO_DAYS: say(
        "A child counts as out of child labour after two good visits; further apart, the first is too long ago."
    ),
    Key.SPOT_CHECK_DAYS: say("A supervisor draws visits of the last so many days for a second look."),
    Key.SPOT_CHECK_VISITS: say("A supervisor draws at most so many visits of one monitor at a time."),
}
COUNTS_FOR: dict[Key, Message] = {
    Key.ESCALATE_SUPERVISOR_DAYS: say(
        "It counts for silences that begin on its day or later. Who is silent by then keeps the number of before."
    ),
    Key.ESCALATE_MANAGER_DAYS: say(
        "It counts for silences that begin on its day or later. Who is silent by then keeps the number of before."
    ),
    Key.LAST_LAPSES_AFTER_DAYS: say("It counts for checks that open on its day or later."),
    Key.MISSING_AFTER_FAILED_ATTEMPTS: say("It counts for attempts made on its day or later."),
    Key.OUT_OF_SCHOOL_TO_AGE: say("It counts for what is found on its day or later."),
    Key.ATTENDANCE_BAR_PERCENT: say("It counts for what is found on its day or later."),
    Key.SCHOOL_AGE_FROM: say("It counts for what is found on its day or later."),
    Key.SCHOOL_DAYS_A_WEEK: say("It counts for its day and all later ones: checks move, as with a holiday."),
    Key.SCHOOL_DAYS_IN_WINDOW: say("It counts for checks that open on its day or later."),
    Key.AT_RISK_DAYS_IN_A_ROW: say("It counts for what is found on its day or later."),
    Key.AT_RISK_DAYS_IN_A_MONTH: say("It counts for what is found on its day or later."),
    Key.PRESUMED_GONE_DAYS: say(
        "It counts for what is found on its day or later, and recorded once it is in force; what was recorded before "
        "stays as it was."
    ),
    Key.NOT_RE_ENROLLED_DAYS: say("It counts for what is found on its day or later."),
    Key.HIGH_RISK_WEIGHT: say("It counts whenever somebody opens the board, from its day on."),
    Key.REMEDIATED_FROM_DAYS: say("It counts where the later of the two visits is made on its day or later."),
    Key.REMEDIATED_TO_DAYS: say("It counts where the later of the two visits is made on its day or later."),
    Key.SPOT_CHECK_DAYS: say("It counts for visits drawn on its day or later."),
    Key.SPOT_CHECK_VISITS: say("It counts for visits drawn on its day or later."),
}
MEASURES: dict[Key, Message] = {
    Key.ESCALATE_SUPERVISOR_DAYS: say("Children whose silence is with the supervisor or further up today"),
    Key.ESCALATE_MANAGER_DAYS: say("Children whose silence is with the manager today"),
    Key.MISSING_AFTER_FAILED_ATTEMPTS: say("Missing-child alerts of the last 180 days"),
    Key.OUT_OF_SCHOOL_TO_AGE: say("Out-of-school alerts of the last 180 days"),
    Key.SCHOOL_AGE_FROM: say("Out-of-school alerts of the last 180 days"),
    Key.AT_RISK_DAYS_IN_A_ROW: say("At-risk alerts of the last 180 days"),
    Key.AT_RISK_DAYS_IN_A_MONTH: say("At-risk alerts of the last 180 days"),
    Key.ATTENDANCE_BAR_PERCENT: say("At-risk alerts of the last 180 days"),
    Key.REMEDIATED_FROM_DAYS: say("Children found out of child labour in the last 180 days"),
    Key.REMEDIATED_TO_DAYS: say("Children found out of child labour in the last 180 days"),
    Key.PRESUMED_GONE_DAYS: say("Children presumed to have dropped out by a record of the last 180 days"),
    Key.NOT_RE_ENROLLED_DAYS: say(
        "Children called a presumed drop-out after a vacation, in alerts of the last 180 days"
    ),
}
# As they are read: silence first, then what is found, then the second look.
ORDER = tuple(NAMES)


def number_name(key: Key) -> str:
    return sentence(NAMES[key])


def number_text(key: Key) -> str:
    return sentence(TEXTS[key])


def counts_for(key: Key) -> str:
    return sentence(COUNTS_FOR[key])


def measure(key: Key) -> str:
    """What is counted of it; empty where nothing can be."""
    return sentence(MEASURES[key]) if key in MEASURES else ""


def measured_of(key: Key, of: int) -> str:
    """On how little it rests; empty where every visit tells of it."""
    if key is Key.PRESUMED_GONE_DAYS:
        if not of:
            return _(
                "It cannot be told: no record of the last 180 days counts the school days in a row that a child was "
                "away. Roll calls and visits count them."
            )
        text = ngettext(
            "%(num)s record counts the school days in a row that a child was away.",
            "%(num)s records count the school days in a row that a child was away.",
            of,
        )
    elif key is Key.NOT_RE_ENROLLED_DAYS:
        if not of:
            return _(
                "It cannot be told: no alert of the last 180 days is of a child who had not come back to school after "
                "a vacation."
            )
        text = ngettext(
            "%(num)s alert is of a child who had not come back to school after a vacation.",
            "%(num)s alerts are of children who had not come back to school after a vacation.",
            of,
        )
    else:
        return ""
    return text % {"num": of}


def unit(key: Key) -> str:
    return {
        Key.ATTENDANCE_BAR_PERCENT: _("percent of the days"),
        Key.AT_RISK_DAYS_IN_A_MONTH: _("school days"),
        Key.AT_RISK_DAYS_IN_A_ROW: _("school days"),
        Key.HIGH_RISK_WEIGHT: _("times"),
        Key.MISSING_AFTER_FAILED_ATTEMPTS: _("days on which somebody tried"),
        Key.OUT_OF_SCHOOL_TO_AGE: _("years of age"),
        Key.PRESUMED_GONE_DAYS: _("school days"),
        Key.SCHOOL_AGE_FROM: _("years of age"),
        Key.SCHOOL_DAYS_A_WEEK: _("days, from Monday on"),
        Key.SCHOOL_DAYS_IN_WINDOW: _("school days"),
        Key.SPOT_CHECK_VISITS: _("visits"),
    }.get(key, _("days"))


def value_text(key: Key, value: int) -> str:
    """As in "14 days", "80 %", "twice"."""
    if key is Key.ATTENDANCE_BAR_PERCENT:
        return f"{value} %"
    forms = {
        Key.HIGH_RISK_WEIGHT: lambda: ngettext("%(num)s time", "%(num)s times", value),
        Key.MISSING_AFTER_FAILED_ATTEMPTS: lambda: ngettext("%(num)s attempt", "%(num)s attempts", value),
        Key.OUT_OF_SCHOOL_TO_AGE: lambda: ngettext("%(num)s year", "%(num)s years", value),
        Key.SCHOOL_AGE_FROM: lambda: ngettext("%(num)s year", "%(num)s years", value),
        Key.SPOT_CHECK_VISITS: lambda: ngettext("%(num)s visit", "%(num)s visits", value),
    }
    text = forms[key]() if key in forms else ngettext("%(num)s day", "%(num)s days", value)
    return text % {"num": value}
