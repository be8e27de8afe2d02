"""Keys by which a name, a place or a code is found, in Khmer or in Latin script.

PostgreSQL's text search and trigrams mishandle Khmer (the coeng sign counts as a word break, and NFC leaves
common spellings apart), so the key is built here and stored as `text[]` under a GIN index: a row is found when
its `tokens` contain every one of the `query_tokens`.

A text gives the n-grams of its words: `^s`, `^so` for the beginning of a word (so one or two letters already
find something), and every three letters in a row. Khmer is written without spaces, so neighbouring words give
the n-grams of both together as well: ភួងកល្យាណ finds the family name ភួង with the given name កល្យាណ.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from khmerspell.khnormal import khnormal

from livelihood.written import INVISIBLE

# A query longer than this is no name; the bound keeps one request's work small.
LONGEST_QUERY = 100

_INVISIBLE = dict.fromkeys(map(ord, INVISIBLE))
_KHMER_DIGITS = {0x17E0 + digit: str(digit) for digit in range(10)}
_CLEAN = str.maketrans({**_INVISIBLE, **_KHMER_DIGITS})
# Apostrophes and dots belong to a word (Ph'av, Rolea B'ier); everything else that is no letter, mark or digit parts.
_WITHIN = re.compile(r"['’‘`.]")
_APART = re.compile(r"[^\w\u1780-\u17d3\u17dd]+|_+")
# Two spellings of one sound live side by side: ចម្ការ and ចំការ, សម្រោង and សំរោង; and ឬ, ឫ (ឬស្សី, ឫស្សី).
_MO_COENG = re.compile("(?<=[\u1780-\u17d3])\u1798\u17d2(?=[\u1780-\u17a2])")
_SYLLABLES = re.compile("(?<!\u17d2)(?=[\u1780-\u17a2\u17a5-\u17b3])")
_INDEPENDENT = str.maketrans("\u17ac\u17ae", "\u17ab\u17ad")


def normalise(text: str) -> str:
    """One spelling for what readers see as one: for comparing, never for showing."""
    return " ".join(_words(text))


def tokens(*texts: str | None) -> list[str]:
    """What is stored for one row, from all of its names and codes; sorted, so that equal names give equal keys."""
    words = [word for text in texts if text for word in _words(text)]
    joined = [left + right for left, right in pairwise(words) if _khmer(left) == _khmer(right)]
    found: set[str] = set()
    for word in words + joined:
        # As written as well as folded: someone typing ម្រ passes through ម and ម្ on the way.
        for spelling in (word, _fold(word)):
            found.update((f"^{spelling[0]}", f"^{spelling[:2]}"))
            found.update(_trigrams(spelling))
    return sorted(found)


def query_tokens(text: str) -> list[str]:
    """What a row's tokens must all contain; empty when there is nothing to search by (then find nothing)."""
    found: set[str] = set()
    for word in map(_fold, _words(text[:LONGEST_QUERY])):
        if len(word) < 3:
            found.add(f"^{word}")
        else:
            found.update(_trigrams(word))
    return sorted(found)


def _words(text: str) -> list[str]:
    plain = _normalised(text)
    return [word for word in _APART.split(_WITHIN.sub("", plain)) if word]


def _normalised(text: str) -> str:
    cleaned = unicodedata.normalize("NFC", text).translate(_CLEAN)
    spelt = "".join(map(_syllable, _SYLLABLES.split(cleaned)))
    latin = unicodedata.normalize("NFKD", spelt.casefold())
    return "".join(c for c in latin if not unicodedata.combining(c) or "\u1780" <= c <= "\u17dd")


@lru_cache(maxsize=8192)
def _syllable(text: str) -> str:
    """The same as for the whole text, syllable by syllable: the country's 16,465 places have 1,791 between them."""
    return str(khnormal(text))


def _khmer(word: str) -> bool:
    return word[0] >= "\u1780"


def _fold(word: str) -> str:
    return _MO_COENG.sub("\u17c6", word).translate(_INDEPENDENT)


def _trigrams(word: str) -> Iterator[str]:
    return (word[i : i + 3] for i in range(len(word) - 2))
