"""Tables: what is policy, what is planned, what happened, what it calls for."""

from livelihood.followups.models.alerts import Acknowledgement, Alert
from livelihood.followups.models.plan import Anchor, FollowUp
from livelihood.followups.models.policy import HolidayOverride, Protocol, SchoolYear, Vacation
from livelihood.followups.models.visits import Visit

__all__ = [
    "Acknowledgement",
    "Alert",
    "Anchor",
    "FollowUp",
    "HolidayOverride",
    "Protocol",
    "SchoolYear",
    "Vacation",
    "Visit",
]
