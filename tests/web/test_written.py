"""Whatever must be written holds something that can be read: in every body that the product takes."""

from collections.abc import Iterator

import msgspec
import pytest
from msgspec import inspect

from livelihood.app import create_app
from livelihood.binding import Input, bind
from livelihood.errors import InvalidInput
from livelihood.followups.schemas import WithdrawalIn
from livelihood.written import WRITTEN

# With the application every body of every area is loaded.
assert create_app


def bodies(kind: type[Input] = Input) -> Iterator[type[Input]]:
    for one in kind.__subclasses__():
        yield one
        yield from bodies(one)


def texts(found: inspect.Type) -> Iterator[inspect.StrType]:
    match found:
        case inspect.StrType():
            yield found
        case inspect.Metadata(type=inner):
            yield from texts(inner)
        case inspect.UnionType(types=types):
            for one in types:
                yield from texts(one)
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            yield from texts(item)
        case inspect.StructType(fields=fields):
            for field in fields:
                yield from texts(field.type)
        case _:
            pass


@pytest.mark.parametrize(
    "body",
    sorted(
        (one for one in bodies() if one.__module__.startswith("livelihood.")),
        key=lambda one: f"{one.__module__}.{one.__name__}",
    ),
    ids=str,
)
def test_no_text_with_a_least_length_is_content_with_blanks(body: type[Input]) -> None:
    for text in texts(inspect.type_info(body)):
        assert not text.min_length or text.pattern == WRITTEN


@pytest.mark.parametrize(
    "blank", ["", " ", "\t\n", "\u00a0", "\u200b", " \u200b ", "\u200c\u200d", "\u2060", "\ufeff"]
)
def test_blanks_are_refused_as_nothing_is(blank: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        bind(WithdrawalIn, {"reason": blank}, typed=True)
    (fault,) = refused.value.errors
    assert (fault.field, str(fault.message)) == ("reason", "This is needed. Fill it in.")


@pytest.mark.parametrize("said", ["a", "ខុស", "ខុស\u200bផ្ទះ", "ខុស\u200dផ្ទះ", " the wrong house"])
def test_what_was_written_is_kept_as_it_is(said: str) -> None:
    assert msgspec.to_builtins(bind(WithdrawalIn, {"reason": said}, typed=True)) == {"reason": said}
