"""The verbs of policy: a change is drafted, looked at in a preview, and put into force as it was looked at."""

from livelihood.followups.service.policy.drafts import (
    ask_again,
    draft_closure,
    draft_end,
    draft_holiday,
    draft_number,
    draft_protocol,
    draft_removal,
    draft_version,
    draft_year,
)
from livelihood.followups.service.policy.force import confirm, put_into_force
from livelihood.followups.service.policy.possible import newest, require_in_turn

__all__ = [
    "ask_again",
    "confirm",
    "draft_closure",
    "draft_end",
    "draft_holiday",
    "draft_number",
    "draft_protocol",
    "draft_removal",
    "draft_version",
    "draft_year",
    "newest",
    "put_into_force",
    "require_in_turn",
]
