"""JSON: lists of follow-ups, visits, alerts, policy."""

from livelihood.followups.api.alerts import AlertsApi
from livelihood.followups.api.lists import list_follow_ups, list_household_follow_ups, show_worklist
from livelihood.followups.api.policy import CalendarApi, PreviewsApi, ProtocolsApi
from livelihood.followups.api.visits import VisitsApi

__all__ = [
    "AlertsApi",
    "CalendarApi",
    "PreviewsApi",
    "ProtocolsApi",
    "VisitsApi",
    "list_follow_ups",
    "list_household_follow_ups",
    "show_worklist",
]
