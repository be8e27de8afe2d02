"""The keys that stand for the answers where paper is entered: Latin letters in both languages, as they are on the sheet."""

from livelihood.followups.labels_known import Choice

OUTCOMES = {"met": "m", "not_found": "n", "moved": "v", "refused": "r", "no_access": "a"}
THERE = "p"
SEEN = {"in_school": "s", "out_of_school": "x", "not_seen": "-"}


def numbered(choices: list[Choice]) -> list[tuple[str, str, str]]:
    """With the key of each: its place among the boxes on the paper, counted from the left."""
    return [(str(place), value, words) for place, (value, words) in enumerate(choices, start=1)]
