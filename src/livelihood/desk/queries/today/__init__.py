"""What waits for whom today: numbers, and the first rows of the lists behind them."""

from livelihood.desk.queries.today.alerts import ALERTS, MISSING, OpenAlert, missing_children, open_alerts
from livelihood.desk.queries.today.asked import OFFICES, SHOWN
from livelihood.desk.queries.today.courses import COURSES, RunningCourse
from livelihood.desk.queries.today.left import (
    LEFT_COURSES,
    LeftApplication,
    LeftCourse,
    left_applications,
    stood_behind,
)
from livelihood.desk.queries.today.money import (
    DECIDABLE,
    IN_HAND,
    PAYABLE,
    TO_DECIDE,
    TO_PAY,
    TO_PAY_TOTALS,
    Application,
    Payment,
    Total,
    Unfinished,
)
from livelihood.desk.queries.today.offices import Office, offices
from livelihood.desk.queries.today.visits import VILLAGES, Village

__all__ = [
    "ALERTS",
    "COURSES",
    "DECIDABLE",
    "IN_HAND",
    "LEFT_COURSES",
    "MISSING",
    "OFFICES",
    "PAYABLE",
    "SHOWN",
    "TO_DECIDE",
    "TO_PAY",
    "TO_PAY_TOTALS",
    "VILLAGES",
    "Application",
    "LeftApplication",
    "LeftCourse",
    "Office",
    "OpenAlert",
    "Payment",
    "RunningCourse",
    "Total",
    "Unfinished",
    "Village",
    "left_applications",
    "missing_children",
    "offices",
    "open_alerts",
    "stood_behind",
]
