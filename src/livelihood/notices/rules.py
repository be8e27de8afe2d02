"""What may be told, and when it is tried again: pure."""

from enum import StrEnum

from livelihood.accounts.permissions import Role


class Kind(StrEnum):
    """What a message is about; `code` and `test` are asked for by the person who gets them."""

    CODE = "code"
    DIGEST = "digest"
    SAFEGUARDING = "safeguarding"
    TEST = "test"


class Count(StrEnum):
    """What a message may count. There is no other way to put anything into one, so no case can get in."""

    ALERTS = "alerts"
    DUE = "due"
    OVERDUE = "overdue"
    SUPPORT_PLANS = "support_plans"
    TO_DECIDE = "to_decide"
    TO_PAY = "to_pay"
    UNCONFIRMED = "unconfirmed"


class ChannelKind(StrEnum):
    EMAIL = "email"
    TELEGRAM = "telegram"


class Failure(StrEnum):
    """Why a message was not delivered, as far as anybody need know; the server's own words may name an address."""

    BUSY = "busy"
    """The server says: later."""
    NO_ADDRESS = "no_address"
    """The person has no confirmed address."""
    OFF = "off"
    """This installation has no such channel."""
    OUTDATED = "outdated"
    """It came to nothing before it could be sent, as a code that has run out."""
    REFUSED = "refused"
    """The address does not exist, or takes nothing from us."""
    SETUP = "setup"
    """The server does not accept our sign-in or sender."""
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    UNWANTED = "unwanted"
    """The person has turned these off, or has left."""


SAFEGUARDING_ROLES = (Role.FOCAL_POINT, Role.SUPERVISOR)
"""Who is told of every safeguarding matter of their office, besides the staff of the household."""

PATH = "^/[a-z0-9/#-]*$"
"""A page of ours by ids alone: no search, no parameter, and no household code, which is in capitals."""
