"""Input, from JSON and forms: whatever comes, every fault is a sentence at a field, and good input is unchanged."""

from contextlib import suppress
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihood.binding import MONEY, STAND_IN, Input, bind, bind_as_far
from livelihood.errors import InvalidInput
from livelihood.web.requests import Form


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Seen(msgspec.Struct, tag_field="kind", tag="seen", forbid_unknown_fields=True):
    days: Annotated[int, msgspec.Meta(ge=0, le=31)]


class Unseen(msgspec.Struct, tag_field="kind", tag="unseen", forbid_unknown_fields=True):
    why: str


class Line(Input):
    amount_minor: Annotated[int, msgspec.Meta(gt=0, le=1_000_000, extra=MONEY)]
    what: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]


class Order(Input, kw_only=True):
    currency: str = "USD"
    on: date
    colour: Colour = Colour.RED
    agreed: bool = False
    words: list[str] = []
    lines: Annotated[list[Line], msgspec.Meta(max_length=3)] = []
    found: Seen | Unseen | None = None
    id: UUID | None = None


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["currency", "on", "colour", "lines", "found", "kind", "days", "amount_minor", "id", "x"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_bound_or_refused_in_sentences(raw: Any):
    with suppress(InvalidInput):
        bound = bind(Order, raw, typed=True)
        assert msgspec.convert(msgspec.to_builtins(bound), Order) == bound
        return
    with pytest.raises(InvalidInput) as refused:
        bind(Order, raw, typed=True)
    assert refused.value.errors
    assert all(str(error.message).endswith((".", "?")) for error in refused.value.errors)


@given(
    st.builds(
        Order,
        on=st.dates(),
        colour=st.sampled_from(Colour),
        lines=st.lists(
            st.builds(
                Line, amount_minor=st.integers(1, 1_000_000), what=st.text("abc", min_size=1, max_size=20)
            ),
            max_size=3,
        ),
        found=st.none() | st.builds(Seen, st.integers(0, 31)) | st.builds(Unseen, st.text("abc")),
    )
)
def test_good_json_comes_through_unchanged(order: Order):
    assert bind(Order, msgspec.json.decode(msgspec.json.encode(order)), typed=True) == order


@given(st.integers(1, 1_000_000))
def test_an_amount_typed_is_the_amount_bound(minor: int):
    form = Form(
        {
            "on": ["2026-01-02"],
            "lines-4-amount_minor": [f"{Decimal(minor).scaleb(-2):,}"],
            "lines-4-what": [" rice "],
            "lines-0-what": [""],
        }
    )
    assert form.bind(Order).lines == [Line(amount_minor=minor, what="rice")]


@pytest.mark.parametrize(
    ("currency", "typed", "minor"),
    [("USD", "120.5", 12050), ("USD", "1,200", 120_000), ("KHR", "480,000", 480_000), ("USD", "0.01", 1)],
)
def test_money_is_read_in_its_currency(currency: str, typed: str, minor: int):
    form = Form(
        {"on": ["2026-01-02"], "currency": [currency], "lines-0-amount_minor": [typed], "lines-0-what": ["a"]}
    )
    assert form.bind(Order).lines[0].amount_minor == minor


@pytest.mark.parametrize(
    ("currency", "typed"),
    [
        ("USD", "0.001"),
        ("KHR", "100.5"),
        ("USD", "-5"),
        ("USD", "0"),
        ("USD", "1e9"),
        ("USD", "NaN"),
        ("USD", "120,50"),
        ("USD", "1,2000"),
        ("USD", "1e5"),
        ("USD", "1e999999"),
        ("USD", "9e999990"),
        ("USD", "9" * 400),
        ("USD", "ten"),
    ],
)
def test_over_precise_and_negative_amounts_are_refused_at_their_row(currency: str, typed: str):
    form = Form(
        {"on": ["2026-01-02"], "currency": [currency], "lines-2-amount_minor": [typed], "lines-2-what": ["a"]}
    )
    with pytest.raises(InvalidInput) as refused:
        form.bind(Order)
    assert [error.field for error in refused.value.errors] == ["lines.2.amount_minor"]
    assert form.refused(refused.value).error("lines-2-amount_minor")


@given(
    st.none() | st.integers(-1000, 1000),
    st.none() | st.integers(1001, 3000),
    st.booleans(),
    st.integers(-(10**41), 10**41),
)
def test_a_number_out_of_bounds_is_told_the_bounds_that_hold(
    least: int | None, most: int | None, typed: bool, value: int
):
    kept = {name: bound for name, bound in (("ge", least), ("le", most)) if bound is not None}
    asked = msgspec.defstruct("asked", [("n", Annotated[int, msgspec.Meta(**kept)])], bases=(Input,))
    raw: dict[str, Any] = {"n": value if typed else [str(value)]}
    fits = (least is None or least <= value) and (most is None or value <= most) and abs(value) < 2**63
    if fits:
        assert bind(asked, raw, typed=typed).n == value
        return
    with pytest.raises(InvalidInput) as refused:
        bind(asked, raw, typed=typed)
    (fault,) = refused.value.errors
    said = {name: fault.message.values.get(name) for name in ("least", "most")}
    if len(str(value)) <= 40:
        assert said == {"least": least, "most": most}
        assert "Write" in str(fault.message)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("10,000.01", "10,000.01 is too much here. Write USD 10,000.00 or less."),
        ("99999999999999", "99999999999999 is too much here. Write USD 10,000.00 or less."),
        ("0", "0 is too little here. Write an amount above zero."),
        ("-5", "-5 is too little here. Write an amount above zero."),
    ],
)
@pytest.mark.parametrize("named", [{}, {"currency": ["EUR"]}], ids=["", "an unknown currency"])
def test_an_amount_out_of_bounds_is_told_them_as_money(named: dict[str, list[str]], typed: str, words: str):
    form = Form({"on": ["2026-01-02"], "lines-0-amount_minor": [typed], "lines-0-what": ["rice"]} | named)
    with pytest.raises(InvalidInput) as refused:
        form.bind(Order)
    assert form.refused(refused.value).error("lines-0-amount_minor") == words


def test_all_faults_are_told_at_once_with_their_paths():
    with pytest.raises(InvalidInput) as refused:
        bind(
            Order,
            {
                "on": "31.12.2026",
                "colour": "green",
                "lines": [{"amount_minor": "5", "what": ""}, {"z": 1}],
                "found": {"kind": "lost"},
                "extra": 1,
            },
            typed=True,
        )
    assert {error.field for error in refused.value.errors} == {
        "on",
        "colour",
        "lines.0.amount_minor",
        "lines.0.what",
        "lines.1.z",
        "lines.1.amount_minor",
        "lines.1.what",
        "found.kind",
        "extra",
    }


def test_a_text_with_a_null_character_is_refused():
    with pytest.raises(InvalidInput):
        bind(Order, {"on": "2026-01-02", "currency": "U\x00"}, typed=True)


@given(
    st.dictionaries(
        st.sampled_from(["on", "lines", "lines-0", "lines-0-what", "lines-0-amount_minor", "lines-x-what", "lines-00-what",
                         "lines-٣-what", "lines-²-what", f"lines-{'9' * 5000}-what", "found", "found-kind", "found-days", "words", "words-1", "agreed", "-", "on-", "a--b"]),
        st.lists(st.sampled_from(["", "1", "seen", "2026-01-02", "ten", "\x00"]), min_size=1, max_size=2),
    )
)  # fmt: skip
def test_any_form_is_bound_or_refused_in_sentences(values: dict[str, list[str]]):
    form = Form(values)
    form.rows("lines")
    with suppress(InvalidInput):
        assert isinstance(form.bind(Order), Order)


NAMES = [
    "on",
    "colour",
    "agreed",
    "words",
    "lines-0-what",
    "lines-0-amount_minor",
    "found-kind",
    "found-days",
    "found-why",
    "id",
]
TYPED = ["", "red", "green", "2026-01-02", "2026-13-02", "12", "-1", "seen", "unseen", "x" * 30]


@given(st.dictionaries(st.sampled_from(NAMES), st.sampled_from(TYPED)))
def test_what_is_bound_as_far_as_can_be_has_the_same_faults_and_the_same_values(typed: dict[str, str]):
    raw = Form({name: [value] for name, value in typed.items()})._nested()  # what a page binds
    whole, faults = None, []
    try:
        whole = bind(Order, raw, typed=False)
    except InvalidInput as refused:
        faults = list(refused.errors)
    found, told = None, []
    try:
        found, told = bind_as_far(Order, raw)
    except InvalidInput as refused:
        told = list(refused.errors)
    assert told == faults
    if found is None:
        assert faults
        return
    if whole is not None:
        assert found == whole
    for line in found.lines:
        assert line.what == STAND_IN if "lines.0.what" in {fault.field for fault in faults} else line.what
