"""Verbs: anchors that start plans, visits, what is done about alerts. Those of policy are in `service.policy`."""

from livelihood.followups.service.alerts import acknowledge
from livelihood.followups.service.anchors import remove_anchor, set_anchor
from livelihood.followups.service.visits import record_visit

__all__ = ["acknowledge", "record_visit", "remove_anchor", "set_anchor"]
