"""Pages of the worklist, of visits and of alerts."""

from livelihood.followups.pages.alerts import AlertPages
from livelihood.followups.pages.visits import VisitPages
from livelihood.followups.pages.worklist import FollowUpPages

__all__ = ["AlertPages", "FollowUpPages", "VisitPages"]
