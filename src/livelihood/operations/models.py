from datetime import datetime

from sqlalchemy import BigInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from livelihood.db.models import Base


class WorkerRun(Base):
    """One job of the workers: how its last runs went, whichever worker did them.

    Times are the database's own, like those of audit and sign-ins: the domain's clock may be moved.
    """

    __tablename__ = "worker_runs"

    job: Mapped[str] = mapped_column(primary_key=True)
    every_seconds: Mapped[int | None]
    """How often the worker that started last means to run it; none once no worker knows the job."""
    known_since: Mapped[datetime]
    last_started_at: Mapped[datetime | None]
    last_succeeded_at: Mapped[datetime | None]
    last_failed_at: Mapped[datetime | None]
    error: Mapped[str | None]
    """The kind of the last failure and never its text, which may quote a row."""
    seconds: Mapped[float | None]
    """How long the last run took."""
    handled: Mapped[int | None]
    """How many things the last run that succeeded worked off, where it counts them."""
    successes: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    failures: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    seconds_total: Mapped[float] = mapped_column(server_default=text("0"))
    handled_total: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
