"""Records of one day that want a supervisor's look: the days that wait, and one day side by side."""

from datetime import date
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect

from livelihood.binding import Input
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.reader import Reading
from livelihood.db.work import Reads, UnitOfWork
from livelihood.errors import DomainError, FieldError, InvalidInput, invalid, say
from livelihood.followups import labels, labels_findings, service
from livelihood.followups.pages.schools_asked import school_names
from livelihood.followups.queries import reviews
from livelihood.followups.queries.people import people_in
from livelihood.followups.rules.reviews import Decision, Said, topics
from livelihood.followups.schemas_reviews import DayOut, ReviewIn
from livelihood.households.rules import MemberLeft
from livelihood.web.pages import Html, page, see
from livelihood.web.requests import AnyRequest, Form, accepting
from livelihood.web.words import gettext as _
from livelihood.written import written

WITHDRAW = "withdraw:"


class DecisionForm(Input):
    """`choice` is a decision, or `withdraw:` and the visit that is."""

    id: UUID
    choice: str
    note: Annotated[str, written(1000)]

    def review(self, household_id: UUID, day: date) -> ReviewIn:
        decision, visit_id = self._chosen()
        return ReviewIn(
            id=self.id,
            household_id=household_id,
            happened_on=day,
            decision=decision,
            visit_id=visit_id,
            note=self.note,
        )

    def _chosen(self) -> tuple[Decision, UUID | None]:
        try:
            if self.choice.startswith(WITHDRAW):
                return Decision.WITHDRAWN, UUID(self.choice.removeprefix(WITHDRAW))
            return Decision(self.choice), None
        except ValueError as error:
            raise invalid("choice", say("Choose what becomes of these records.")) from error


class ReviewPages(Controller):
    path = "/reviews"

    @get("/")
    async def index(
        self,
        reads: NamedDependency[Reads],
        done: Annotated[str, QueryParameter(max_length=20)] = "",
        show: Annotated[Literal["all", ""], QueryParameter(description="However many there are")] = "",
    ) -> Html:
        return page(
            "followups/reviews.html",
            reads,
            days=await reviews.waiting(reads, None if show == "all" else reviews.MOST),
            number=await reviews.number_waiting(reads),
            done=done,
        )

    @get("/{household_id:uuid}/{day:date}")
    async def show(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        household_id: FromPath[UUID],
        day: FromPath[date],
    ) -> Html:
        return await day_page(reads, household_id, day, Form.of(id=new_id()), clock)

    @post("/{household_id:uuid}/{day:date}")
    async def decide(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        household_id: FromPath[UUID],
        day: FromPath[date],
    ) -> Redirect:
        async with accepting(
            uow, request, lambda form: day_page(uow, household_id, day, form, clock)
        ) as form:
            review = form.bind(DecisionForm).review(household_id, day)
            try:
                await service.review(uow, review, clock=clock)
            except DomainError as error:
                raise _at_choice(error) from error
        return see("/reviews", done="decided")


def _at_choice(error: DomainError) -> DomainError:
    if not error.errors:
        return error
    moved = {"decision": "choice", "visit_id": "choice"}
    faults = [FieldError(moved.get(one.field, one.field), one.message) for one in error.errors]
    return InvalidInput(faults, error.message)


async def day_page(reading: Reading, household_id: UUID, day: date, form: Form, clock: Clock) -> Html:
    found = await reviews.day(reading, household_id, day)
    people = await people_in(reading, household_id, clock.today())
    standing = [one for one in found.visits if one.withdrawn is None]
    compared = topics(
        [
            *([Said(one.id, one.member_id, one.details) for one in visit.findings] for visit in standing),
            *([Said(one.id, one.member_id, one.details)] for one in found.outside),
        ]
    )
    names = await school_names(
        reading, (one.details for topic in compared for one in topic.said if one is not None)
    )
    return page(
        "followups/review.html",
        reading,
        found=found,
        standing=standing,
        gone=[one for one in found.visits if one.withdrawn],
        topics=compared,
        people={one.id: one for one in people},
        line=partial(labels_findings.line, schools=names),
        kinds=labels_findings.kinds(),
        outcome_name=labels.outcome_name,
        mode_name=labels.mode_name,
        met=dict(labels.met()),
        decisions=labels_findings.decisions(),
        options=_options(found, clock),
        form=form,
    )


def _options(found: DayOut, clock: Clock) -> list[tuple[str, str, str]]:
    """What may be decided; none of it is chosen beforehand."""
    if found.contested:
        both = _("What contradicts stays contested until a visit of a later day.")
    elif found.departed:
        both = _("Whoever was met lives elsewhere still; no check of them is done by it.")
    else:
        both = _("They count as one, and both stay readable.")
    options: list[tuple[str, str, str]] = []
    if not any(one.because == MemberLeft.DIED for one in found.departed):
        options.append((Decision.KEPT_BOTH.value, _("Keep them all as they are"), both))
    if not found.contested and not found.departed:
        mended = _("Where you have corrected an answer on this page, and all records may stand.")
        options.append((Decision.CORRECTED.value, _("What differed is corrected"), mended))
    withdraw = _("Withdraw record {number}, of {name} at {time}")
    standing = (one for one in found.visits if one.withdrawn is None)
    for number, visit in enumerate(standing, start=1):
        at = visit.recorded_at.astimezone(clock.zone).strftime("%H:%M")
        title = withdraw.format(number=number, name=visit.recorded_by, time=at)
        options.append((f"{WITHDRAW}{visit.id}", title, _("It counts as one that never was.")))
    return options
