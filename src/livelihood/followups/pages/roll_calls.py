from typing import Annotated, Literal
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect
from msgspec.structs import replace

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.reader import Reading
from livelihood.db.work import Reads, UnitOfWork
from livelihood.followups import labels, labels_policy, service
from livelihood.followups.pages.rows import answered, faults_at_rows, named, numbered
from livelihood.followups.queries import policy, schools
from livelihood.followups.schemas import ON_REGISTER, OnRegister, RollCallIn
from livelihood.web.pages import Html, page, see
from livelihood.web.requests import AnyRequest, Form, accepting

LONGEST_TYPED = 100


class SchoolPages(Controller):
    path = "/schools"

    @get("/")
    async def index(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        q: Annotated[str, QueryParameter(max_length=LONGEST_TYPED)] = "",
    ) -> Html:
        found = await schools.schools(reads, q, today=clock.today())
        return page("followups/schools.html", reads, schools=found, typed=q)

    @get("/{school_id:uuid}/roll-call")
    async def new(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        school_id: FromPath[UUID],
        show: Annotated[Literal["all", ""], QueryParameter()] = "",
    ) -> Html:
        """The children whose check waits; all of the school's that the offices follow, where those are asked for."""
        reads.actor.require(Permission.VISITS_RECORD)
        form = Form.of(id=new_id(), happened_on=clock.today().isoformat())
        return await roll_call(reads, school_id, form, clock, whole=show == "all")

    @post("/{school_id:uuid}/roll-call")
    async def create(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        school_id: FromPath[UUID],
        request: AnyRequest,
        show: Annotated[Literal["all", ""], QueryParameter()] = "",
    ) -> Redirect:
        whole = show == "all"
        async with accepting(
            uow, request, lambda form: roll_call(uow, school_id, form, clock, whole=whole)
        ) as form:
            typed = kept(form.bind(RollCallIn, school_id=school_id))
            with faults_at_rows(form, "children"):
                said = await service.call_the_roll(uow, typed, clock=clock)
        return see(f"/trips/{said.happened_on.isoformat()}/{school_id}", done="recorded")

    @post("/{school_id:uuid}/roll-call/all", status_code=200)
    async def show_all(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        school_id: FromPath[UUID],
        request: AnyRequest,
    ) -> Html:
        """The other children beside what was typed so far. Saves nothing."""
        uow.actor.require(Permission.VISITS_RECORD)
        return await roll_call(uow, school_id, await Form.read(request), clock, whole=True)


def kept(typed: RollCallIn) -> RollCallIn:
    """Without the numbers of a child who is not on the register: the page hides them once that is marked."""
    gone = dict.fromkeys(ON_REGISTER)
    return replace(
        typed,
        children=tuple(
            one if one.register is OnRegister.ON else replace(one, **gone) for one in typed.children
        ),
    )


async def roll_call(reading: Reading, school_id: UUID, form: Form, clock: Clock, *, whole: bool) -> Html:
    """A line keeps its number by the child, whatever became due or was recorded while somebody wrote."""
    school = await schools.school(reading, school_id)
    found = await schools.pupils(reading, school_id, clock.today())
    typed = named(form, "children")
    shown = [one for one in found if whole or one.due or one.child.id in typed]
    others = len(found) - len(shown)
    marked = answered(form, "children") - {one.child.id for one in found}
    gone = await schools.others_pupils(reading, marked, clock.today())
    shown += gone
    rows = numbered(form, "children", [one.child.id for one in shown])
    grades: dict[int | None, list[tuple[int, schools.Pupil]]] = {}
    for row, one in zip(rows, shown, strict=True):
        grades.setdefault(one.grade, []).append((row, one))
    return page(
        "followups/roll_call.html",
        reading,
        school=school,
        grades=list(grades.items()),
        count=len(shown),
        others=others,
        gone={one.child.id for one in gone},
        elsewhere=len(marked) - len(gone),
        whole=whole,
        form=form,
        labels=labels,
        answers=labels.on_register(),
        again=labels_policy.checked_again(await policy.checked_again(reading, clock.today())),
    )
