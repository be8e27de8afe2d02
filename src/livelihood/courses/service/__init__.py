"""Verbs: planning a course, enrolling, completing, and what becomes of seats that are given up."""

from livelihood.courses.service.enrolments import complete, enrol
from livelihood.courses.service.planning import create_course
from livelihood.courses.service.seats import Seated, give_free_seats, withdraw

__all__ = ["Seated", "complete", "create_course", "enrol", "give_free_seats", "withdraw"]
