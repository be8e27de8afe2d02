"""What a message says, in its reader's language: counts and a link, and nothing else that could be anybody's."""

from collections.abc import Callable, Mapping
from uuid import UUID

from livelihood.notices.channels import Letter
from livelihood.notices.rules import Count, Kind
from livelihood.web.current import speaking
from livelihood.web.words import gettext, ngettext

LINES: Mapping[Count, Callable[[int], str]] = {
    Count.OVERDUE: lambda n: ngettext("%(num)s check is overdue", "%(num)s checks are overdue", n),
    Count.DUE: lambda n: ngettext("%(num)s check is due", "%(num)s checks are due", n),
    Count.UNCONFIRMED: lambda n: ngettext(
        "%(num)s child was not confirmed when due", "%(num)s children were not confirmed when due", n
    ),
    Count.ALERTS: lambda n: ngettext("%(num)s alert is open", "%(num)s alerts are open", n),
    Count.SAFEGUARDING: lambda n: ngettext(
        "%(num)s safeguarding matter is open", "%(num)s safeguarding matters are open", n
    ),
    Count.SUPPORT_PLANS: lambda n: ngettext(
        "%(num)s support plan is due", "%(num)s support plans are due", n
    ),
    Count.TO_DECIDE: lambda n: ngettext(
        "%(num)s application waits for your decision", "%(num)s applications wait for your decision", n
    ),
    Count.TO_PAY: lambda n: ngettext(
        "%(num)s first tranche waits to be paid", "%(num)s first tranches wait to be paid", n
    ),
}
"""In the order in which they are read."""


def letter(
    message_id: UUID,
    kind: Kind,
    *,
    counts: Mapping[str, int],
    link: str,
    settings_link: str,
    language: str,
    code: str = "",
) -> Letter:
    with speaking(language):
        subject, paragraphs = _written(kind, counts, link, code)
        if kind in {Kind.DIGEST, Kind.SAFEGUARDING}:
            paragraphs.append(
                gettext("How notices reach you: {link}").format(link=settings_link),
            )
        return Letter(message_id, subject, "\n\n".join(paragraphs) + "\n")


def _written(kind: Kind, counts: Mapping[str, int], link: str, code: str) -> tuple[str, list[str]]:
    match kind:
        case Kind.DIGEST:
            lines = [
                f"• {line(counts[count]) % {'num': counts[count]}}"
                for count, line in LINES.items()
                if counts.get(count)
            ]
            return gettext("Livelihood: your work today"), [
                gettext("This waits for you today:"),
                "\n".join(lines),
                gettext("See it here: {link}").format(link=link),
            ]
        case Kind.SAFEGUARDING:
            return gettext("Livelihood: a safeguarding matter"), [
                gettext(
                    "A safeguarding matter needs you now. What it is stands in Livelihood and not in this message."
                ),
                gettext("Sign in and see it here: {link}").format(link=link),
            ]
        case Kind.CODE:
            return gettext("Livelihood: your code"), [
                gettext("Your code is {code}").format(code=code),
                gettext(
                    "Write it on the page where you asked for it, within 30 minutes. If you did not ask for a code, "
                    "somebody wrote your address by mistake: you need do nothing."
                ),
            ]
        case Kind.TEST:
            return gettext("Livelihood: a test"), [
                gettext("This message is a test. Notices from Livelihood reach you here."),
                gettext("How notices reach you: {link}").format(link=link),
            ]
