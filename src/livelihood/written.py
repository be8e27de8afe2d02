"""What a text has to hold where somebody must write something."""

import msgspec

# A space of no width is typed between Khmer words: alone it says as little as a blank.
WRITTEN = r"[^\s\u200b]"


def written(most: int) -> msgspec.Meta:
    """At most so many characters, and not blanks alone: a reason of one space is no reason."""
    return msgspec.Meta(min_length=1, max_length=most, pattern=WRITTEN)
