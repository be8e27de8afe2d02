"""JSON: lists of follow-ups, visits, roll calls, trips, alerts and what is done about them, silence, policy."""

from livelihood.followups.api.absences import end_absence, list_absences, record_absence
from livelihood.followups.api.alerts import AlertsApi
from livelihood.followups.api.care import (
    AlertCareApi,
    CoverApi,
    MonitorsApi,
    SpotChecksApi,
    assign_households,
    declare_lost,
    finish_plan,
    list_silence,
)
from livelihood.followups.api.closed_checks import close_checks, list_closed_checks, reopen_check
from livelihood.followups.api.entry import EntryApi
from livelihood.followups.api.handover import (
    acknowledge_handover,
    hand_over,
    list_handovers,
    list_left_alone,
    list_moved,
)
from livelihood.followups.api.leaving import close, end_leaving, leave, list_leavings, note_leaving
from livelihood.followups.api.lists import list_follow_ups, list_household_follow_ups
from livelihood.followups.api.losses import list_losses, take_back_loss
from livelihood.followups.api.observations import record_observation
from livelihood.followups.api.policy import CalendarApi, NumbersApi, PreviewsApi, ProtocolsApi
from livelihood.followups.api.reviews import ReviewsApi
from livelihood.followups.api.risk import list_risk, set_risk
from livelihood.followups.api.roll_calls import SchoolsApi, TripsApi, record_roll_call
from livelihood.followups.api.sheets import SheetsApi
from livelihood.followups.api.visits import VisitsApi
from livelihood.followups.api.worklist import WorklistApi

__all__ = [
    "AlertCareApi",
    "AlertsApi",
    "CalendarApi",
    "CoverApi",
    "EntryApi",
    "MonitorsApi",
    "NumbersApi",
    "PreviewsApi",
    "ProtocolsApi",
    "ReviewsApi",
    "SchoolsApi",
    "SheetsApi",
    "SpotChecksApi",
    "TripsApi",
    "VisitsApi",
    "WorklistApi",
    "acknowledge_handover",
    "assign_households",
    "close",
    "close_checks",
    "declare_lost",
    "end_absence",
    "end_leaving",
    "finish_plan",
    "hand_over",
    "leave",
    "list_absences",
    "list_closed_checks",
    "list_follow_ups",
    "list_handovers",
    "list_household_follow_ups",
    "list_leavings",
    "list_left_alone",
    "list_losses",
    "list_moved",
    "list_risk",
    "list_silence",
    "note_leaving",
    "record_absence",
    "record_observation",
    "record_roll_call",
    "reopen_check",
    "set_risk",
    "take_back_loss",
]
