"""Pages of the worklist, of visits, of alerts, of silence and of policy."""

from livelihood.followups.pages.absences import AbsencePages
from livelihood.followups.pages.alerts import AlertPages
from livelihood.followups.pages.calendar import CalendarPages
from livelihood.followups.pages.closed_checks import ClosedCheckPages
from livelihood.followups.pages.corrections import CorrectionPages
from livelihood.followups.pages.entry import EntryPages
from livelihood.followups.pages.handover import HandoverPages
from livelihood.followups.pages.leaving import LeavingPages
from livelihood.followups.pages.losses import LossPages
from livelihood.followups.pages.monitors import MonitorPages, SpotCheckPages
from livelihood.followups.pages.numbers import NumberPages
from livelihood.followups.pages.placements import PlacementPages
from livelihood.followups.pages.previews import PreviewPages
from livelihood.followups.pages.protocols import ProtocolPages
from livelihood.followups.pages.reviews import ReviewPages
from livelihood.followups.pages.risk import RiskPages
from livelihood.followups.pages.roll_calls import SchoolPages
from livelihood.followups.pages.sheets import SheetPages
from livelihood.followups.pages.silence import SilencePages
from livelihood.followups.pages.trips import TripPages
from livelihood.followups.pages.visits import VisitPages
from livelihood.followups.pages.worklist import FollowUpPages

__all__ = [
    "AbsencePages",
    "AlertPages",
    "CalendarPages",
    "ClosedCheckPages",
    "CorrectionPages",
    "EntryPages",
    "FollowUpPages",
    "HandoverPages",
    "LeavingPages",
    "LossPages",
    "MonitorPages",
    "NumberPages",
    "PlacementPages",
    "PreviewPages",
    "ProtocolPages",
    "ReviewPages",
    "RiskPages",
    "SchoolPages",
    "SheetPages",
    "SilencePages",
    "SpotCheckPages",
    "TripPages",
    "VisitPages",
]
