from base64 import urlsafe_b64encode
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihood.cursors import Code, Instant, packed, unpacked
from livelihood.errors import InvalidInput


def cursor(text: str | bytes) -> str:
    raw = text if isinstance(text, bytes) else text.encode()
    return urlsafe_b64encode(raw).decode().rstrip("=")


SOMEBODY = UUID(int=7)


@given(day=st.dates(), at=st.datetimes(timezones=st.just(UTC)), one=st.uuids(), number=st.integers(0, 99999))
def test_what_was_packed_comes_back(day: date, at: datetime, one: UUID, number: int):
    assert unpacked(packed(day, one), tuple[date, UUID]) == (day, one)
    assert unpacked(packed(at, one), tuple[Instant, UUID]) == (at, one)
    assert unpacked(packed(f"KPT-{number:05d}"), tuple[Code]) == (f"KPT-{number:05d}",)
    assert len(packed(at, one)) <= 100


@given(text=st.text().filter(bool))
def test_nonsense_is_refused_in_a_sentence(text: str):
    for into in (tuple[date, UUID], tuple[Instant, UUID], tuple[Code]):
        for nonsense in (text, cursor(text.encode("utf-8", "replace"))):
            with pytest.raises(InvalidInput):
                unpacked(nonsense, into)


@pytest.mark.parametrize(
    "text",
    [
        f'["0001-01-01T00:00:00+14:00","{SOMEBODY}"]',
        f'["9999-12-31T23:59:59-12:00","{SOMEBODY}"]',
        f'["2026-01-01T00:00:00","{SOMEBODY}"]',
        '["2026-01-01T00:00:00Z"]',
        '["KPT-\\u0000"]',
        '["\\ud800"]',
        "[]",
        "null",
        b"\xff\x00",
    ],
)
def test_a_key_out_of_all_bounds_is_refused(text: str | bytes):
    for into in (tuple[Instant, UUID], tuple[Code]):
        with pytest.raises(InvalidInput):
            unpacked(cursor(text), into)
