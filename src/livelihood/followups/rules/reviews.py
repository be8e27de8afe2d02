"""Records of one day that want a supervisor's look: two of one visit, or two that contradict each other."""

from enum import StrEnum


class Decision(StrEnum):
    """`corrected`: what differed was mended, and both records stand."""

    KEPT_BOTH = "kept_both"
    WITHDRAWN = "withdrawn"
    CORRECTED = "corrected"
