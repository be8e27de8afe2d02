"""A name in either script finds the person, however it is spelt, spaced or cut short."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from khmerspell.khnormal import khnormal

from livelihood.households import search_key
from livelihood.households.search_key import normalise, query_tokens, tokens

PHUONG = tokens("ភួង", "កល្យាណ", "Phuong", "Kalyan")


def found(query: str, stored: list[str]) -> bool:
    asked = query_tokens(query)
    return bool(asked) and set(asked) <= set(stored)


@pytest.mark.parametrize(
    "query",
    [
        "ភួង",
        "កល្យាណ",
        "ភួង កល្យាណ",
        "ភួងកល្យាណ",
        "ភួ\u200bង",
        "ក",
        "ក\u17d2"[:1],
        "កល្យ",
        "phuong",
        "PHUONG kalyan",
        "kalyan phuong",
        "kal",
        "k",
        "ph",
        "Phuong-Kalyan",
    ],
)
def test_a_name_is_found_in_either_script_whole_or_begun(query: str) -> None:
    assert found(query, PHUONG)


@pytest.mark.parametrize("query", ["", "  ", "\u200b", "***", "សុខ", "sok", "ualyan", "kalyano", "y"])
def test_what_is_not_the_name_is_not_found(query: str) -> None:
    assert not found(query, PHUONG)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ស្ត្រី", "ស្រ្តី"),
        ("កណ្តាល", "កណ្ដាល"),
        ("សំរោង", "សម្រោង"),
        ("ចំការលើ", "ចម្ការលើ"),
        ("ឬស្សី", "ឫស្សី"),
        ("ភូមិ១ឧសភា", "ភូមិ1ឧសភា"),
        ("សើ", "ស\u17c1\u17b8"),
        ("Kratié", "kratie"),
        ("Ph'av", "phav"),
        ("Ph’av", "Ph'av"),
    ],
)
def test_spellings_of_one_name_find_each_other(one: str, other: str) -> None:
    assert found(one, tokens(other))
    assert found(other, tokens(one))


def test_every_step_of_typing_a_khmer_name_finds_it() -> None:
    for name in ("សម្រោង", "ស្ត្រី", "ម្ដាយ", "ភួង", "សុភ័ក្ត្រ"):
        stored = tokens(name)
        assert all(found(name[:end], stored) for end in range(1, len(name) + 1)), name


def test_a_village_is_found_by_a_word_inside_its_name() -> None:
    village = tokens("ត្រពាំងធ្លកខាងត្បូង", "Trapeang Thlok Khang Tboung", "20040504")
    assert found("ធ្លក", village)
    assert found("thlok", village)
    assert found("20040504", village)
    assert found("២០០៤០៥០៤", village)


def test_names_that_look_alike_compare_equal() -> None:
    assert normalise("ភួង\u200b") == normalise("ភួង")
    assert normalise(" \u200bស\u200bុវណ្ណ ") == normalise("សុវណ្ណ")
    assert normalise("  KRATIÉ  ") == "kratie"


names = st.text(st.sampled_from("កខគងសរម្ាិីុំះ៉៊័១២aeéoB'- \u200b"), max_size=12)


@given(names, names)
def test_whatever_the_name_it_finds_itself(family: str, given_name: str) -> None:
    stored = tokens(family, given_name)
    assert stored == sorted(set(stored))
    for query in (family, given_name, f"{family} {given_name}"):
        assert set(query_tokens(query)) <= set(stored)


@given(st.text(max_size=40))
def test_any_text_at_all_gives_keys_without_invisible_characters(text: str) -> None:
    assert set(query_tokens(text)) <= set(tokens(text))
    assert not any("\u200b" in token for token in tokens(text))


@given(st.text(st.sampled_from("កខគងសរឫ\u17d2\u17d2ាេិីុំះ៉៊័១a៌ ោើ"), max_size=16))
def test_syllable_by_syllable_is_spelt_as_the_whole(text: str) -> None:
    assert "".join(map(search_key._syllable, search_key._SYLLABLES.split(text))) == khnormal(text)


def test_an_absurdly_long_query_stays_small() -> None:
    assert len(query_tokens("ក្" * 100_000)) < 120
