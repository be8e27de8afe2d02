"""Tables: what is policy, what is planned, what happened, what it calls for."""

from livelihood.followups.models.alerts import Acknowledgement, Alert
from livelihood.followups.models.care import AlertStep, SpotCheck, SupportPlan
from livelihood.followups.models.cover import Cover
from livelihood.followups.models.plan import Anchor, ClosedCheck, FollowUp
from livelihood.followups.models.policy import (
    HolidayOverride,
    PolicyNumber,
    Preview,
    Protocol,
    SchoolYear,
    Vacation,
)
from livelihood.followups.models.reviews import DayToReview, Review
from livelihood.followups.models.sheets import Sheet, SheetLine
from livelihood.followups.models.silence import Absence, Consequence, FollowedChild, Loss
from livelihood.followups.models.visits import Present, Visit

__all__ = [
    "Absence",
    "Acknowledgement",
    "Alert",
    "AlertStep",
    "Anchor",
    "ClosedCheck",
    "Consequence",
    "Cover",
    "DayToReview",
    "FollowUp",
    "FollowedChild",
    "HolidayOverride",
    "Loss",
    "PolicyNumber",
    "Present",
    "Preview",
    "Protocol",
    "Review",
    "SchoolYear",
    "Sheet",
    "SheetLine",
    "SpotCheck",
    "SupportPlan",
    "Vacation",
    "Visit",
]
