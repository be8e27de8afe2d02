from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from livelihood.accounts.models import Office, Staff
from livelihood.db.models import Base, new_id
from livelihood.errors import say


class Cover(Base):
    """One monitor's households are worked by another on these days, the first and the last among them.

    Follow-ups name no monitor, so that this one row is all that a month's leave needs; it ends by itself.
    """

    __tablename__ = "cover"
    __table_args__ = (
        CheckConstraint("staff_id <> by_id", name="somebody_else"),
        CheckConstraint("from_on <= until_on", name="days"),
        # As with courses: the embedded PostgreSQL has no btree_gist, which would compare the id itself.
        ExcludeConstraint(
            (text("app.uuid_range(staff_id, staff_id, '[]')"), "&&"),
            (text("daterange(from_on, until_on, '[]')"), "&&"),
            name="ex_cover_overlap",
            info={"refusal": say("This person is covered on some of these days already. Choose other days.")},
        ),
        Index("ix_cover_by_id", "by_id", "until_on"),
        Index("ix_cover_office_id", "office_id", "until_on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    office_id: Mapped[int] = mapped_column(SmallInteger, ForeignKey(Office.id))
    staff_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    by_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    from_on: Mapped[date]
    until_on: Mapped[date]
    set_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    set_at: Mapped[datetime]
