"""A draft that is to be written otherwise; and what is said of one that somebody has overtaken."""

from typing import TypeVar
from uuid import UUID

import msgspec

from livelihood.db.reader import Reading
from livelihood.followups import labels_changes
from livelihood.followups.queries import calendar_said, policy_pages, previews
from livelihood.followups.queries import policy as policies
from livelihood.followups.rules.drafted_upon import overtaken
from livelihood.followups.rules.policy import Change
from livelihood.web.current import LANGUAGE
from livelihood.web.requests import Form

Drafted = TypeVar("Drafted", bound=Change)


class Overtaken(msgspec.Struct, frozen=True):
    """What others have changed since, and what the draft would have."""

    theirs: list[str]
    mine: list[str]


async def redrafted(
    reading: Reading, draft: UUID | None, kind: type[Drafted]
) -> tuple[Drafted | None, Overtaken | None]:
    """An overtaken draft must not fill a form: its old rows would look like the change, and undo what others said."""
    what = await previews.drafted(reading, draft, kind)
    return (what, await how_overtaken(reading, what)) if what is not None else (None, None)


async def how_overtaken(reading: Reading, what: Change) -> Overtaken | None:
    policy = await policies.in_full(reading)
    stands = await calendar_said.stands(reading, what)
    if not overtaken(policy, what, stands):
        return None
    places = dict(await provinces(reading))
    return Overtaken(
        labels_changes.meanwhile(policy, what, stands, places),
        labels_changes.what_changes(policy, what, places),
    )


async def provinces(reading: Reading) -> list[tuple[str, str]]:
    khmer = LANGUAGE.get() == "km"
    return [
        (one.code, one.name_km if khmer else one.name_latin)
        for one in await policy_pages.PROVINCES.all(reading)
    ]


def afresh(form: Form, stands: object, href: str) -> str:
    """Where a form is had upon what is in force now; empty while the one that was filled in still is."""
    based_on = form.value("based_on")
    return href if based_on and based_on != str(stands) else ""
