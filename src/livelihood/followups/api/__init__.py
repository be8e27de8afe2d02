"""JSON: lists of follow-ups, visits, alerts."""

from livelihood.followups.api.alerts import AlertsApi
from livelihood.followups.api.lists import list_follow_ups, list_household_follow_ups, show_worklist
from livelihood.followups.api.visits import VisitsApi

__all__ = ["AlertsApi", "VisitsApi", "list_follow_ups", "list_household_follow_ups", "show_worklist"]
