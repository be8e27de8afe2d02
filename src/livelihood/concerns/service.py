from uuid import UUID

import msgspec

from livelihood.accounts.permissions import Permission, Role
from livelihood.clock import Clock
from livelihood.concerns import queries
from livelihood.concerns.models import Concern, Step
from livelihood.concerns.rules import ConcernClosed, Content, State, StepKind
from livelihood.concerns.schemas import ConcernIn, Opened, StepIn
from livelihood.concerns.vault import Vault
from livelihood.db.models import new_id
from livelihood.db.work import UnitOfWork
from livelihood.errors import Forbidden, NotFound, invalid, say
from livelihood.households.queries import detail as household_detail
from livelihood.notices.queries import recipients
from livelihood.notices.rules import Kind
from livelihood.notices.service import tell


class Sender(msgspec.Struct, frozen=True):
    """What a repeated request is known by."""

    id: UUID


async def send(uow: UnitOfWork, data: ConcernIn, *, vault: Vault, clock: Clock) -> UUID:
    """Seal a concern and tell the focal point at once that there is one. Its sender cannot read it again.

    Raises `NotSetUp`, `Forbidden`, `NotFound` for another office's household, `InvalidInput`.
    """
    uow.actor.require(Permission.CONCERNS_SEND)
    concern_id = data.id or new_id()
    # By its sender alone and not by its words: a hash of them would tell whoever guesses right.
    if data.id is not None and not await uow.claim("concern", data.id, Sender(uow.actor.id)):
        return concern_id
    office_id = await _office(uow, data)
    uow.actor.require(Permission.CONCERNS_SEND, office_id)
    content = Content(data.seen, data.present, data.household_id, data.member_id)
    uow.session.add(
        Concern(
            id=concern_id,
            office_id=office_id,
            about_staff=data.about_staff,
            sealed=vault.seal(msgspec.json.encode(content)),
            sent_by=uow.actor.id,
            sent_at=clock.now(),
        )
    )
    await uow.session.flush()
    # What is about staff passes the office by.
    people = await recipients(uow, None if data.about_staff else office_id, [Role.FOCAL_POINT])
    await tell(
        uow, people, kind=Kind.SAFEGUARDING, key=f"concern:{concern_id}", path="/concerns", clock=clock
    )
    return concern_id


async def _office(uow: UnitOfWork, data: ConcernIn) -> int:
    if data.household_id is not None:
        household = await household_detail(uow, data.household_id)
        if data.member_id is not None and data.member_id not in {one.id for one in household.members}:
            raise invalid("member_id", say("This person is not of this household. Choose one of its people."))
        return household.office_id
    if data.member_id is not None:
        raise invalid("household_id", say("Name the household of this person too."))
    offices = sorted(uow.actor.offices_for(Permission.CONCERNS_SEND))
    if data.office_id is None and len(offices) == 1:
        return offices[0]
    if data.office_id not in offices:
        raise invalid("office_id", say("Choose the office that this concerns."))
    return data.office_id


async def read(uow: UnitOfWork, concern_id: UUID, *, vault: Vault, clock: Clock) -> Opened:
    """Take the words out of the seal. The database logs the reading before it hands anything out.

    Raises `NotFound` for whoever does not handle it, its sender included, and `NotSetUp`.
    """
    concern = await queries.one(uow, concern_id)
    if not concern.handles:
        raise NotFound(say("What was sent is sealed: only the focal point can open it."))
    connection = await uow.connection()
    parts = await connection.fetch("SELECT * FROM app.read_concern($1, $2)", concern_id, clock.now())
    words = {step_id: vault.open(sealed) for step_id, sealed in parts}
    content = msgspec.json.decode(words.pop(concern_id), type=Content)
    return Opened(
        concern=concern,
        seen=content.seen,
        present=content.present,
        household_id=content.household_id,
        member_id=content.member_id,
        notes={step_id: plain.decode() for step_id, plain in words.items()},
    )


async def take_step(uow: UnitOfWork, concern_id: UUID, data: StepIn, *, vault: Vault, clock: Clock) -> UUID:
    """Acknowledge a concern, note what was done, or close it with how it ended.

    Raises `NotFound`, `Forbidden` for its sender, `ConcernClosed`, `InvalidInput`.
    """
    concern = await queries.one(uow, concern_id)
    if not concern.handles:
        raise Forbidden(
            say("Only the focal point handles a concern. You will see here that it was received.")
        )
    step_id = data.id or new_id()
    if data.id is not None and not await uow.claim(f"step of {concern_id}", data.id, Sender(uow.actor.id)):
        return step_id
    if concern.state == State.CLOSED:
        raise ConcernClosed(say("This concern is closed. Send a new one for what has happened since."))
    if data.kind is not StepKind.ACKNOWLEDGED and data.note is None:
        raise invalid("note", say("Write what was done, or how it ended."))
    sealed = None
    if data.kind is not StepKind.ACKNOWLEDGED and data.note is not None:
        sealed = vault.seal(data.note.encode())
    uow.session.add(
        Step(
            id=step_id,
            concern_id=concern_id,
            kind=data.kind.value,
            sealed=sealed,
            taken_by=uow.actor.id,
            taken_at=clock.now(),
        )
    )
    await uow.session.flush()
    return step_id
