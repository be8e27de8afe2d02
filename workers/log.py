"""What the workers write to their log: what broke and where, and no value of anybody's record."""

import logging
import traceback
from types import TracebackType

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class WithoutValues(logging.Formatter):
    """Errors by their kind, their SQLSTATE and where they were raised: a text of PostgreSQL may quote a row."""

    def format(self, record: logging.LogRecord) -> str:
        copy = logging.makeLogRecord(record.__dict__)
        copy.exc_text = None
        if isinstance(copy.args, tuple):
            copy.args = tuple(kind(one) if isinstance(one, BaseException) else one for one in copy.args)
        return super().format(copy)

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802  # the name is logging's
        parts: list[str] = []
        error = ei[1]
        while error is not None:
            parts.append("".join(traceback.format_tb(error.__traceback__)) + kind(error))
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\nafter\n".join(parts)


def kind(error: BaseException) -> str:
    state = getattr(error, "sqlstate", None)
    return f"{type(error).__name__} {state}" if state else type(error).__name__
