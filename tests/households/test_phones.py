"""Any usual Cambodian way of writing a telephone number becomes E.164; anything else asks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihood.households import phones


@pytest.mark.parametrize(
    "written",
    [
        "012 345 678",
        "012-345-678",
        "012/345/678",
        "012.345.678",
        "(012) 345 678",
        "12345678",
        "12 345 678",
        12345678.0,
        12345678,
        "+855 12 345 678",
        "+855 (0)12 345 678",
        "855 12 345 678",
        "00855 12 345 678",
        "០១២៣៤៥៦៧៨",
        "០១២ ៣៤៥\u200b ៦៧៨",
        "+៨៥៥១២៣៤៥៦៧៨",
    ],
)
def test_every_usual_form_is_one_number(written: object) -> None:
    assert phones.read(written) == ("+85512345678", None)


def test_nine_digits_and_land_lines() -> None:
    assert phones.e164("0889217421") == phones.e164(889217421.0) == "+855889217421"
    assert phones.e164("023 880 225") == "+85523880225"


@pytest.mark.parametrize("nothing", [None, "", "   ", "\u200b"])
def test_no_number_is_no_fault(nothing: object) -> None:
    assert phones.read(nothing) == (None, None)


@pytest.mark.parametrize(
    "written", ["12345", "n/a", "+66 81 234 5678", "+1 202 555 0143", "0812345678", "1" * 500, "yes"]
)
def test_what_cannot_be_called_is_not_kept_and_says_so(written: object) -> None:
    number, warning = phones.read(written)
    assert number is None
    assert warning is not None
    assert str(written)[:20] in str(warning)


def test_the_first_of_several_is_kept_with_a_question() -> None:
    number, warning = phones.read("012 345 678 / 098 765 432")
    assert number == "+85512345678"
    assert "more than one" in str(warning)


def test_shown_as_read_aloud() -> None:
    assert phones.shown("+85512345678") == "012 345 678"


@given(st.text(max_size=30) | st.floats(allow_nan=True) | st.integers())
def test_whatever_a_cell_holds_there_is_an_answer(value: object) -> None:
    number, _ = phones.read(value)
    assert number is None or number.startswith("+855")


@given(st.integers(min_value=10_000_000, max_value=999_999_999))
def test_a_kept_number_reads_as_itself(national: int) -> None:
    number = phones.e164(f"0{national}")
    if number is not None:
        assert phones.e164(number) == number == phones.e164(phones.shown(number))
