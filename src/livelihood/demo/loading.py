"""Fills the demo's database."""

from collections.abc import Callable, Sequence
from uuid import UUID

from sqlalchemy import select

from livelihood.accounts import service as accounts
from livelihood.accounts.actor import decode_actor
from livelihood.accounts.schemas import NewStaff
from livelihood.db.actor import Named, Token
from livelihood.db.work import Database
from livelihood.demo.cases import Demo, Family
from livelihood.demo.people import OFFICES, PASSWORD, staff
from livelihood.demo.places import place_villages
from livelihood.demo.stories import STORIES, Story
from livelihood.followups import reconcile
from livelihood.households import gazetteer
from livelihood.households.models import Place
from livelihood.households.rules import (
    Level,
)
from livelihood.settings import Settings

SETUP = Named("setup")


PARTS = len(staff()) + len(OFFICES) * len(STORIES)
"""How many people and households there are to make."""


async def sign_in(settings: Settings, app: Database, tell: Callable[[], None]) -> Demo:
    """The places that ship with the project, and the staff, each signed in until the demo is loaded."""
    owner = Database(settings.owner_database_url, decode_actor=decode_actor, pool_size=1)
    tokens: dict[str, Token] = {}
    ids: dict[str, UUID] = {}
    villages: dict[str, Sequence[str]] = {}
    try:
        async with owner.work(SETUP) as uow:
            await gazetteer.import_shipped(uow)
            await place_villages(uow)
            for person in staff():
                data = NewStaff(
                    person.username, person.name, PASSWORD, [(person.role, person.office)], person.language
                )
                ids[person.username] = (await accounts.add_staff(uow, data)).id
                session = await accounts.open_session(uow, ids[person.username])
                tokens[person.username] = Token.of(session.token)
                tell()
            for prefix, (_, province) in OFFICES.items():
                found = (
                    select(Place.code)
                    .where(Place.level == Level.VILLAGE, Place.code.startswith(province))
                    .order_by(Place.code)
                )
                villages[prefix] = (await uow.session.scalars(found)).all()
    finally:
        await owner.stop()
    return Demo(settings, app, tokens, ids, villages)


async def load(settings: Settings, tell: Callable[[], None]) -> None:
    """Fill an empty, migrated database; `tell` is called for each of the PARTS."""
    app = Database(settings.database_url, decode_actor=decode_actor, pool_size=1)
    worker = Database(settings.worker_database_url, decode_actor=decode_actor, pool_size=1)
    try:
        demo = await sign_in(settings, app, tell)
        await demo.open_funds()
        for place, prefix in enumerate(OFFICES):
            families: list[tuple[Family, Story]] = []
            trainees: dict[str, list[Family]] = {}
            for number, story in enumerate(STORIES, start=place * len(STORIES)):
                family = await demo.register(number, prefix, story)
                families.append((family, story))
                if story.course:
                    trainees.setdefault(story.course, []).append(family)
                if story.reach:
                    await demo.grant(family, story)
                tell()
            await demo.teach(prefix, trainees)
            for family, story in families:
                for call in story.visits:
                    await demo.visit(family, call)
                if story.acknowledged:
                    await demo.acknowledge(family)
                await demo.leave(family, story)
        await reconcile.tick(worker, settings.clock)
    finally:
        await app.stop()
        await worker.stop()
