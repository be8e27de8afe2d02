"""What a text has to hold where somebody must write something."""

import msgspec

# What has no width is typed between and within Khmer words: alone it says as little as a blank.
INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
WRITTEN = r"[^\s" + "".join(rf"\u{ord(one):04x}" for one in INVISIBLE) + "]"


def written(most: int) -> msgspec.Meta:
    """At most so many characters, and not blanks alone: a reason of one space is no reason."""
    return msgspec.Meta(min_length=1, max_length=most, pattern=WRITTEN)
