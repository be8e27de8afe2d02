"""What a course's pages say, in the reader's language."""

from livelihood.errors import say
from livelihood.web.words import sentence

# Written down by the database itself, when a family is handed over.
MOVED = say("The family moved to another office.")


def why_it_ended(because: str) -> str:
    """As somebody wrote it, or as we say it."""
    return sentence(MOVED) if because == MOVED.text else because
