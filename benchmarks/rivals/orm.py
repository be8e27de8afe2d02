"""The usual way: FastAPI, the ORM of SQLAlchemy, Pydantic; no policy holds here.

Asked twice over: by somebody who is signed in and sees their offices, as we are asked, and by nobody.
"""

import hashlib
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict
from sqlalchemy import DateTime, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, aliased, joinedload, mapped_column, relationship
from sqlalchemy.schema import ForeignKey

from benchmarks.data import TODAY

LIMIT = 50


class Base(DeclarativeBase):
    pass


class StaffRole(Base):
    __tablename__ = "staff_roles"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    role: Mapped[str]
    office_id: Mapped[int | None]


class Staff(Base):
    __tablename__ = "staff"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    username: Mapped[str]
    name: Mapped[str]
    active: Mapped[bool]
    roles: Mapped[list[StaffRole]] = relationship()


class SignIn(Base):
    __tablename__ = "sessions"

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    staff: Mapped[Staff] = relationship()


class Household(Base):
    __tablename__ = "households"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str]
    village_code: Mapped[str]


class FollowUp(Base):
    __tablename__ = "follow_ups"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    household_id: Mapped[UUID] = mapped_column(ForeignKey(Household.id))
    office_id: Mapped[int]
    member_id: Mapped[UUID | None]
    protocol: Mapped[str]
    slot: Mapped[str]
    purpose: Mapped[str]
    opens_on: Mapped[date]
    due_on: Mapped[date]
    closes_on: Mapped[date]
    lapses_on: Mapped[date]
    reminds: Mapped[bool]
    provisional: Mapped[bool]
    settled_on: Mapped[date | None]
    settled: Mapped[str | None]
    because: Mapped[str | None]
    household: Mapped[Household] = relationship(lazy="joined", innerjoin=True)

    @property
    def household_code(self) -> str:
        return self.household.code

    @property
    def village_code(self) -> str:
        return self.household.village_code

    @property
    def state(self) -> str:
        if self.settled:
            return self.settled
        if self.opens_on > TODAY:
            return "upcoming"
        if self.closes_on >= TODAY:
            return "due"
        return "overdue" if self.lapses_on > TODAY else "missed"


class FollowUpOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    household_id: UUID
    household_code: str
    office_id: int
    village_code: str
    member_id: UUID | None
    protocol: str
    slot: str
    purpose: str
    opens_on: date
    due_on: date
    closes_on: date
    lapses_on: date
    reminds: bool
    provisional: bool
    settled_on: date | None
    because: str | None
    state: str


class Page(BaseModel):
    items: list[FollowUpOut]


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
    yield
    await engine.dispose()


engine = create_async_engine(
    os.environ["BENCH_URL"].replace("postgresql:", "postgresql+asyncpg:"), pool_size=10, max_overflow=0
)
sessions = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI(lifespan=lifespan)


async def session() -> AsyncGenerator[AsyncSession]:
    async with sessions() as made:
        yield made


bearer = HTTPBearer()


async def signed_in(
    given: Annotated[HTTPAuthorizationCredentials, Depends(bearer)],
    db: Annotated[AsyncSession, Depends(session)],
) -> Staff:
    found = await db.scalar(
        select(SignIn)
        .options(joinedload(SignIn.staff, innerjoin=True).selectinload(Staff.roles))
        .where(
            SignIn.digest == hashlib.sha256(given.credentials.encode()).digest(),
            SignIn.expires_at > datetime.now(UTC),
        )
    )
    if found is None or not found.staff.active:
        raise HTTPException(401)
    return found.staff


@app.get("/follow-ups")
async def follow_ups(office: int, db: Annotated[AsyncSession, Depends(session)]) -> Page:
    """The same rows in the same order; PostgreSQL answers it from the same index."""
    return await of_office(db, office)


@app.get("/my-follow-ups")
async def my_follow_ups(
    staff: Annotated[Staff, Depends(signed_in)], db: Annotated[AsyncSession, Depends(session)]
) -> Page:
    """The same of the office of whoever asks."""
    (office,) = {role.office_id for role in staff.roles if role.role == "monitor" and role.office_id}
    return await of_office(db, office)


async def of_office(db: AsyncSession, office: int) -> Page:
    another = aliased(FollowUp)
    longest = (
        select(func.max(another.lapses_on - another.due_on))
        .where(another.office_id == office, another.settled_on.is_(None))
        .scalar_subquery()
    )
    found = await db.scalars(
        select(FollowUp)
        .where(
            FollowUp.due_on > TODAY - longest,
            FollowUp.office_id == office,
            FollowUp.settled_on.is_(None),
            FollowUp.reminds,
            FollowUp.lapses_on > TODAY,
            FollowUp.opens_on <= TODAY,
        )
        .order_by(FollowUp.due_on, FollowUp.id)
        .limit(LIMIT)
    )
    return Page.model_validate({"items": found.all()}, from_attributes=True)
