from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Clock:
    """The domain's time: what `today` is for follow-ups, payments and records.

    `offset` moves it for demonstrations, training and tests (LIVELIHOOD_NOW). It is computed once and handed
    to every process, so that all of them agree. Audit and sign-ins keep real time and do not use this clock.
    """

    zone: ZoneInfo
    offset: timedelta = timedelta(0)

    def now(self) -> datetime:
        """The instant, aware, in UTC."""
        return datetime.now(UTC) + self.offset

    def today(self) -> date:
        """The day it is in the office's time zone."""
        return self.now().astimezone(self.zone).date()

    def local_day(self, instant: datetime) -> date:
        """The day that an instant falls on in the office's time zone."""
        return instant.astimezone(self.zone).date()

    @property
    def moved(self) -> bool:
        """Whether this clock shows another time than the real one; pages then say so."""
        return bool(self.offset)
