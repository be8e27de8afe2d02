"""Verbs: anchors that start plans, visits, what is done about alerts. Those of policy are in `service.policy`."""

from livelihood.followups.service.absences import end_absence, record_absence
from livelihood.followups.service.alerts import acknowledge
from livelihood.followups.service.anchors import remove_anchor, set_anchor
from livelihood.followups.service.care import declare_lost, finish_plan, log_step, make_plan, may_log_steps
from livelihood.followups.service.closed_checks import close_checks, reopen_check
from livelihood.followups.service.closing import close
from livelihood.followups.service.corrections import correct_finding, withdraw_visit
from livelihood.followups.service.cover import cover, end_cover
from livelihood.followups.service.entry import enter_in_full, enter_line
from livelihood.followups.service.handover import acknowledge_handover, hand_over
from livelihood.followups.service.leaving import end_leaving, leave, note_leaving
from livelihood.followups.service.losses import take_back_loss
from livelihood.followups.service.observations import record_observation
from livelihood.followups.service.reviews import review
from livelihood.followups.service.risk import set_risk
from livelihood.followups.service.roll_calls import call_the_roll
from livelihood.followups.service.sheets import make_sheet
from livelihood.followups.service.spot_checks import draw, record_check
from livelihood.followups.service.visits import record_visit

__all__ = [
    "acknowledge",
    "acknowledge_handover",
    "call_the_roll",
    "close",
    "close_checks",
    "correct_finding",
    "cover",
    "declare_lost",
    "draw",
    "end_absence",
    "end_cover",
    "end_leaving",
    "enter_in_full",
    "enter_line",
    "finish_plan",
    "hand_over",
    "leave",
    "log_step",
    "make_plan",
    "make_sheet",
    "may_log_steps",
    "note_leaving",
    "record_absence",
    "record_check",
    "record_observation",
    "record_visit",
    "remove_anchor",
    "reopen_check",
    "review",
    "set_anchor",
    "set_risk",
    "take_back_loss",
    "withdraw_visit",
]
