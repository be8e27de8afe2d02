"""Today, and one household whole."""

from livelihood.desk.pages.household import HouseholdPage
from livelihood.desk.pages.today import TodayPages

__all__ = ["HouseholdPage", "TodayPages"]
