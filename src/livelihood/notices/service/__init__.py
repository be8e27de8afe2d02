"""Verbs: telling people, and how each person is reached."""

from livelihood.notices.service.reaching import (
    ask_telegram_code,
    choose,
    confirm_email,
    digest_hour_has_come,
    remove,
    send_test,
    set_email,
)
from livelihood.notices.service.telling import tell, tell_safeguarding

__all__ = [
    "ask_telegram_code",
    "choose",
    "confirm_email",
    "digest_hour_has_come",
    "remove",
    "send_test",
    "set_email",
    "tell",
    "tell_safeguarding",
]
