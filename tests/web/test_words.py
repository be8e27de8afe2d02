"""Everything a person reads is there in Khmer, with the same values in it, and nothing that nobody says any more."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from livelihood.errors import Amount, say
from livelihood.web.current import best_language
from livelihood.web.words import gettext, sentence
from tests.support.world import World

ROOT = Path(__file__).parents[2]
KHMER = re.compile(r"[\u1780-\u17ff]")
VALUES = re.compile(r"\{[a-z_0-9]*\}|%\([a-z_0-9]+\)[sd]")


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What code and templates say, as `make messages` gathers it."""
    target = tmp_path_factory.mktemp("messages") / "messages.pot"
    gathered = (
        "extract", "-F", "pyproject.toml", "-k", "say", "-k", "_", "-o", str(target), "src/livelihood",
    )  # fmt: skip
    subprocess.run([sys.executable, "-m", "babel.messages.frontend", "-q", *gathered], cwd=ROOT, check=True)
    with target.open("rb") as file:
        return read_po(file)


@pytest.fixture(scope="module")
def khmer() -> Catalog:
    with (ROOT / "src/livelihood/web/locales/km.po").open("rb") as file:
        return read_po(file, locale="km")


def texts(message: object) -> list[str]:
    return [message] if isinstance(message, str) else list(message)  # type: ignore[call-overload]


def test_everything_said_is_translated(said: Catalog, khmer: Catalog):
    untranslated = [
        message.id
        for message in said
        if message.id and not ((found := khmer.get(message.id)) and all(texts(found.string)))
    ]
    assert untranslated == []


def test_nothing_is_translated_that_nobody_says(said: Catalog, khmer: Catalog):
    assert [message.id for message in khmer if message.id and message.id not in said] == []


def test_translations_are_khmer_and_hold_the_same_values(khmer: Catalog):
    for message in khmer:
        if not message.id:
            continue
        wanted = {value for text in texts(message.id) for value in VALUES.findall(text)}
        for translation in texts(message.string):
            assert set(VALUES.findall(translation)) == wanted, message.id
            if any(re.search(r"[A-Za-z]{3}", VALUES.sub("", text)) for text in texts(message.id)):
                assert KHMER.search(translation) or translation == message.id, message.id


def test_no_translation_stands_twice_in_a_row(khmer: Catalog):
    twice = re.compile(r"(.{12,}?)\s*\1")
    said = [text for message in khmer if message.id for text in texts(message.string)]
    assert [text for text in said if twice.fullmatch(text)] == []


def test_a_sentence_outside_of_a_request_is_english_with_its_values_written_out():
    from datetime import date

    told = say("Paid {amount} on {day}.", amount=Amount(12000, "USD"), day=date(2026, 12, 14))
    assert sentence(told) == "Paid USD 120.00 on 14 Dec 2026."
    assert gettext("") == ""


@pytest.mark.parametrize(
    ("accepted", "best"),
    [("km-KH,en;q=0.5", "km"), ("fr,km;q=0.4", "km"), ("fr", "en"), ("", "en"), ("en-GB,km", "en")],
)
def test_the_language_a_browser_prefers(accepted: str, best: str):
    assert best_language(accepted) == best


async def test_refusals_speak_the_language_that_is_asked_for(world: World):
    async with world.client() as client:
        english = (await client.get("/me")).json()["detail"]
        khmer = (await client.get("/me", headers={"Accept-Language": "km-KH,km;q=0.9,en;q=0.5"})).json()[
            "detail"
        ]
    assert english == "Sign in first."
    assert re.search(r"[\u1780-\u17ff]", khmer)


async def test_what_is_refused_before_it_is_known_who_asks_speaks_it_too(world: World):
    khmer = {"Accept-Language": "km-KH,km;q=0.9,en;q=0.5"}
    async with world.client(await world.person("monitor@KPT")) as client:
        refused = [
            await client.post("/visits", json={}, headers=khmer),
            await client.post("/visits", content=b"{", headers=khmer),
            await client.get("/no-such-thing", headers=khmer),
            await client.delete("/visits", headers=khmer),
            await client.get("/households?limit=no", headers=khmer),
        ]
    for answer in refused:
        assert 400 <= answer.status_code < 500
        said = [answer.json()["detail"], *(fault["message"] for fault in answer.json().get("errors", []))]
        assert all(re.search(r"[\u1780-\u17ff]", one) for one in said), said
