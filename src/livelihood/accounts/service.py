import asyncio
import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from livelihood.accounts.models import Language, Office, Session, SignInFailure, Staff, StaffKind, StaffRole
from livelihood.accounts.rules import (
    FAILURES_KEPT,
    FREE_FAILURES,
    FREE_FAILURES_OF_AN_ADDRESS,
    SESSION_LASTS,
    SHORTEST_PASSWORD,
    SignInRefused,
    TooManyFailures,
    wait_after,
)
from livelihood.accounts.schemas import Credentials, NewStaff, SignedIn
from livelihood.db.actor import Token
from livelihood.db.work import UnitOfWork
from livelihood.errors import DomainError, FieldError, InvalidInput, invalid, say

HASHER = PasswordHasher()
# An unknown name costs the same time as a wrong password, so that the wait tells nothing.
NOBODY = HASHER.hash(secrets.token_urlsafe())


async def sign_in(uow: UnitOfWork, data: Credentials, *, address: str) -> SignedIn | DomainError:
    """A token, or the refusal: returned and not raised, because the counted failure must be committed.

    The counters' rows are locked first, so that attempts on one account or from one address go one by one.
    Real time, not the domain's clock.
    """
    now = datetime.now(UTC)
    # PostgreSQL stores no NUL; a name with one is nobody's, and is counted like any other.
    username = data.username.replace("\x00", "").strip().lower()
    free = {
        hashlib.sha256(f"account:{username}".encode()).digest(): FREE_FAILURES,
        hashlib.sha256(f"address:{address}".encode()).digest(): FREE_FAILURES_OF_AN_ADDRESS,
    }
    counters = (
        await uow.session.scalars(
            # The update that changes nothing locks a row that is there; one taken away meanwhile is inserted again.
            insert(SignInFailure)
            .values([{"subject": subject, "failures": 0, "failed_at": now} for subject in sorted(free)])
            .on_conflict_do_update(
                index_elements=[SignInFailure.subject], set_={"failures": SignInFailure.failures}
            )
            .returning(SignInFailure)
        )
    ).all()
    now = datetime.now(UTC)  # after the wait for the rows
    until = max(
        counter.failed_at + wait_after(counter.failures, free=free[counter.subject]) for counter in counters
    )
    if until > now:
        seconds = int((until - now).total_seconds()) + 1
        return TooManyFailures(
            say("Too many failed sign-ins. Wait {seconds} seconds and try again.", seconds=seconds)
        )
    staff = (
        await uow.session.scalars(
            select(Staff).where(Staff.username == username, Staff.kind == StaffKind.PERSON, Staff.active)
        )
    ).one_or_none()
    stored = staff.password_hash if staff is not None and staff.password_hash else NOBODY
    if not await asyncio.to_thread(_matches, stored, data.password) or staff is None:
        for counter in counters:
            counter.failures += 1
            counter.failed_at = now
        return SignInRefused(
            say("The name and the password do not go together. Check both, or ask an administrator.")
        )
    for counter in counters:
        counter.failures = 0
    return await open_session(uow, staff.id)


def _matches(stored: str, password: str) -> bool:
    try:
        return HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


async def open_session(uow: UnitOfWork, staff_id: UUID, *, lasts: timedelta = SESSION_LASTS) -> SignedIn:
    """A new token for this person. Callers have made sure who it is."""
    token = secrets.token_urlsafe(32)
    expires_at = datetime.now(UTC) + lasts
    uow.session.add(Session(digest=Token.of(token).digest, staff_id=staff_id, expires_at=expires_at))
    await uow.session.flush()
    return SignedIn(token=token, expires_at=expires_at)


async def sign_out(uow: UnitOfWork, digest: bytes) -> None:
    await uow.session.execute(delete(Session).where(Session.digest == digest))


async def sign_out_everywhere(uow: UnitOfWork) -> None:
    """Ends every sign-in of the actor, this one included."""
    await uow.session.execute(delete(Session).where(Session.staff_id == uow.actor.id))


async def forget_ended(uow: UnitOfWork) -> None:
    """Take away sign-ins that have ended, and failures of more than a day ago; a job of the workers, in real time."""
    now = datetime.now(UTC)
    await uow.session.execute(delete(Session).where(Session.expires_at < now))
    await uow.session.execute(delete(SignInFailure).where(SignInFailure.failed_at < now - FAILURES_KEPT))


async def choose_language(uow: UnitOfWork, language: Language) -> None:
    await uow.session.execute(update(Staff).where(Staff.id == uow.actor.id).values(language=language))


async def add_staff(uow: UnitOfWork, data: NewStaff) -> Staff:
    """A new person with their roles, as `setup` or an administrator. Raises `InvalidInput` with all that is wrong."""
    rows = await uow.session.execute(select(Office.prefix, Office.id))
    offices = {row.prefix: row.id for row in rows}
    errors: list[FieldError] = []
    if len(data.password) < SHORTEST_PASSWORD:
        errors.append(
            FieldError("password", say("A password has at least {n} characters. Choose a longer one.", n=10))
        )
    if not data.roles:
        errors.append(FieldError("roles", say("Name at least one role, as in monitor@KPT.")))
    errors.extend(
        FieldError(
            "roles",
            say(
                "There is no office {prefix}. The offices are {offices}.",
                prefix=prefix,
                offices=", ".join(sorted(offices)),
            ),
        )
        for _, prefix in data.roles
        if prefix is not None and prefix not in offices
    )
    if errors:
        raise InvalidInput(errors)
    username = data.username.strip().lower()
    if await uow.session.scalar(select(Staff.id).where(Staff.username == username)):
        raise invalid(
            "username", say("The username {username} is taken. Choose another one.", username=username)
        )
    staff = Staff(
        username=username,
        name=data.name,
        language=data.language,
        password_hash=await asyncio.to_thread(HASHER.hash, data.password),
    )
    uow.session.add(staff)
    await uow.session.flush()
    uow.session.add_all(
        StaffRole(staff_id=staff.id, role=role, office_id=offices[prefix] if prefix else None)
        for role, prefix in dict.fromkeys(data.roles)
    )
    await uow.session.flush()
    return staff
