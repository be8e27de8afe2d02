from functools import partial
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from livelihood.clock import Clock
from livelihood.db.reader import Reading
from livelihood.db.work import Reads, UnitOfWork
from livelihood.followups import labels, labels_changes, labels_numbers, labels_policy, labels_previews
from livelihood.followups.pages.redrafting import how_overtaken, provinces
from livelihood.followups.queries import policy as policies
from livelihood.followups.queries import previews
from livelihood.followups.rules.calendar_drafts import first_of
from livelihood.followups.rules.numbers import OF_LISTS
from livelihood.followups.rules.policy import (
    Change,
    ClosureGone,
    ClosureSet,
    HolidayGone,
    HolidaySet,
    NewProtocol,
    NewVersion,
    NumberSet,
    Policy,
    YearSet,
    changed,
    value_before,
)
from livelihood.followups.rules.previews import Example, PreviewState, summed
from livelihood.followups.schemas_policy import AgainIn
from livelihood.followups.service import policy as service
from livelihood.web.components import day_text
from livelihood.web.current import LANGUAGE
from livelihood.web.pages import Html, page, refused_with_a_way_on, see
from livelihood.web.requests import AnyRequest, Form, accepting
from livelihood.web.words import gettext as _


class PreviewPages(Controller):
    path = "/previews"

    @get("/{preview_id:uuid}")
    async def show(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], preview_id: FromPath[UUID]
    ) -> Html:
        return await preview_page(reads, clock, preview_id, Form({}))

    @post("/{preview_id:uuid}/again")
    async def again(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        preview_id: FromPath[UUID],
    ) -> Redirect:
        async with accepting(uow, request, lambda form: preview_page(uow, clock, preview_id, form)):
            again_id = await service.ask_again(uow, preview_id, AgainIn(), clock=clock)
        return see(f"/previews/{again_id}")

    @post("/{preview_id:uuid}/in-force")
    async def put_into_force(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        preview_id: FromPath[UUID],
    ) -> Redirect:
        async with accepting(uow, request, lambda form: preview_page(uow, clock, preview_id, form)):
            change = await service.put_into_force(uow, preview_id, clock=clock)
        return see(after(change), done="in-force")


def after(change: Change) -> str:
    """Where to look at what now holds."""
    match change:
        case NewVersion(protocol=protocol) | NewProtocol(protocol=protocol):
            return f"/protocols/{protocol.key}"
        case NumberSet(number=number):
            return f"/policy-numbers/{number.key}"
        case YearSet(year=year):
            return f"/calendar?year={first_of(year.key)}"
        case ClosureSet(closure=closure) | ClosureGone(closure=closure):
            return f"/calendar?day={closure.starts_on}"
        case HolidaySet(holiday=holiday) | HolidayGone(holiday=holiday):
            return f"/calendar?day={holiday.day}"


def check_name(policy: Policy, example: Example) -> str:
    """Its protocol may have a name of its own, and not be there yet."""
    of = next((one for one in policy.protocols if one.key == example.protocol), None)
    if of is not None:
        example = msgspec.structs.replace(example, protocol_en=of.name_en, protocol_km=of.name_km)
    return labels.check_name(example)


async def preview_page(reading: Reading, clock: Clock, preview_id: UUID, form: Form) -> Html:
    try:
        found = await previews.one(reading, preview_id, clock=clock)
    except previews.PreviewUnreadable as error:
        raise refused_with_a_way_on(error, "/protocols", _("Protocols")) from error
    policy = await policies.in_full(reading)
    number = found.what.number if isinstance(found.what, NumberSet) else None
    decided = labels_policy.decided(found.what)
    drafted = f"{reading.actor.name}, {day_text(clock.local_day(found.asked_at), LANGUAGE.get())}"
    khmer = LANGUAGE.get() == "km"
    in_force = found.state is PreviewState.IN_FORCE
    return page(
        "followups/preview.html",
        reading,
        found=found,
        everywhere=summed(found.counts),
        offices={one.id: one.name_km if khmer else one.name_en for one in reading.actor.offices},
        back=labels_policy.editing(found.what),
        done_at=after(found.what),
        back_to="/protocols" if isinstance(found.what, NewProtocol) else after(found.what),
        form=form,
        title=labels_policy.change_title(found.what, value_before(policy, number) if number else None),
        about=[*([decided] if decided else []), (_("Drafted by"), drafted)],
        overtaken=None if in_force else await how_overtaken(reading, found.what),
        changes=labels_changes.what_changes(policy, found.what, dict(await provinces(reading))),
        number=number,
        numbers=labels_numbers,
        no_count=number is not None and number.key in OF_LISTS,
        check_name=partial(check_name, changed(policy, found.what)),
        local_day=clock.local_day,
        labels=labels_policy,
        words=labels_previews,
    )
