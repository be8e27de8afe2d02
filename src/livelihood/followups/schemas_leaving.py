from datetime import date, datetime
from uuid import UUID

import msgspec

from livelihood.binding import Input
from livelihood.followups.schemas import Note
from livelihood.households.rules import CaseClosed, LeavingEnded, MemberLeft
from livelihood.households.schemas import Line


class LeaveIn(Input, kw_only=True):
    """`left_on` is the first day without them. `new_head_id` is needed where the head leaves.

    Of a child who moved away, `note` says where the child lives now and with whom; of one who was looked for and died,
    how that is known.
    """

    id: UUID | None = None
    left_on: date
    because: MemberLeft
    note: Note | None = None
    new_head_id: UUID | None = None


class CloseIn(Input, kw_only=True):
    """`closed_on` is the first day on which nothing is to be done any more.

    A family that moved is handed over: `partner` is who follows it now, for which its consent to sharing is needed.
    """

    id: UUID | None = None
    closed_on: date
    because: CaseClosed
    note: Note | None = None
    partner: Line | None = None


class LeavingEndIn(Input, kw_only=True):
    """`ended_on` is the day of the return, and not asked for where the record was a mistake, which needs a `note`."""

    because: LeavingEnded
    ended_on: date | None = None
    note: Note | None = None


class LeavingOut(msgspec.Struct):
    """`because` is a reason of a member's, or, without a member, one for which a case is closed.

    The notes are empty for those who do not read what visits find. `noted_by` took note of a child who left alone.
    """

    id: UUID
    household_id: UUID
    member_id: UUID | None
    left_on: date
    because: str
    note: str | None
    partner: str | None
    new_head_id: UUID | None
    recorded_by: str
    recorded_at: datetime
    ended_on: date | None
    ended_because: str | None
    ended_note: str | None
    ended_by: str | None
    noted_by: str | None
    noted_at: datetime | None
