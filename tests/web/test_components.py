"""The components as a reader gets them: rendered, without a server."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import jinja2
import pytest

from livelihood.errors import say
from livelihood.web import components
from livelihood.web.components import Place
from livelihood.web.requests import Form
from livelihood.web.styleguide import Person, refused_form, samples, strip

WEB = Path(components.__file__).parent
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def environment() -> jinja2.Environment:
    loader = jinja2.PrefixLoader({"web": jinja2.FileSystemLoader(WEB / "templates")})
    environment = jinja2.Environment(
        loader=loader, autoescape=True, extensions=["jinja2.ext.i18n"], undefined=jinja2.StrictUndefined
    )
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(components.GLOBALS, sentence=str)
    return environment


@pytest.fixture
def render(environment: jinja2.Environment) -> Callable[..., str]:
    def rendered(source: str, *, names: str = "", room: str = "components", **context: object) -> str:
        names = names or source.split("{{ ")[1].split("(", maxsplit=1)[0]
        start = f'{{% from "web/{room}.html" import {names} with context %}}'
        context = {"language": "en", "today": TODAY, "form": None} | context
        return environment.from_string(start + source).render(context)

    return rendered


@pytest.mark.parametrize(
    ("minor", "currency", "language", "text"),
    [
        (12000, "USD", "en", "USD 120.00"),
        (123456789, "USD", "en", "USD 1,234,567.89"),
        (5, "USD", "en", "USD 0.05"),
        (-2550, "USD", "en", "USD -25.50"),
        (480000, "KHR", "en", "KHR 480,000"),
        (12000, "USD", "km", "120.00 ដុល្លារ"),
        (480000, "KHR", "km", "480,000 រៀល"),
    ],
)
def test_money_is_written_with_separators_and_its_currency(minor, currency, language, text):
    assert components.money_text(minor, currency, language) == text


def test_a_day_of_this_year_goes_without_it():
    assert components.day_text(date(2026, 12, 14), "en", TODAY) == "Mon 14 Dec"
    assert components.day_text(date(2027, 1, 4), "en", TODAY) == "Mon 4 Jan 2027"
    assert components.day_text(date(2026, 12, 14), "km", TODAY) == "ចន្ទ 14 ធ្នូ"


def test_names_come_khmer_first_and_only_those_there_are():
    both = Person("សុខ", "ដារ៉ា", "Sok", "Dara")
    assert [(name.text, name.lang) for name in components.names_of(both)] == [
        ("សុខ ដារ៉ា", "km"),
        ("Sok Dara", "km-Latn"),
    ]
    assert components.name_text(both) == "សុខ ដារ៉ា (Sok Dara)"
    assert components.name_text(Person("", "", "Sok", None)) == "Sok"
    assert components.names_of(Person(None, None, None, None)) == []


def test_a_nameless_person_is_said_to_be_so(render):
    assert "Name not known" in render("{{ person(p) }}", p=Person(None, None, None, None))


def test_a_refused_field_names_its_fault_and_keeps_what_was_typed(render):
    form = refused_form({"tranches-0-amount": "12,5"}, {"tranches-0-amount": "“12,5” is not an amount."})
    html = render("{{ field(form, 'tranches-0-amount', 'Amount', hint='In dollars') }}", form=form)
    assert 'value="12,5"' in html
    assert 'aria-invalid="true"' in html
    assert "f-tranches-0-amount-hint f-tranches-0-amount-error" in html
    assert "“12,5” is not an amount." in html


def test_what_was_typed_is_escaped(render):
    form = refused_form({"name": '"><script>'}, {})
    assert "<script>" not in render("{{ field(form, 'name', 'Name') }}", form=form)
    assert "<script>" not in render("{{ textarea(form, 'name', 'Name') }}", form=form)


def test_a_password_is_never_sent_back(render):
    form = refused_form({"password": "secret"}, {})
    assert "secret" not in render("{{ field(form, 'password', 'Password', type='password') }}", form=form)


def test_the_summary_leads_to_each_field(render):
    form = refused_form({}, {"phone": "Too short.", "items.0.amount": "Not an amount."})
    fields = "{{ field(form, 'items-0-amount', 'Amount') }}{{ field(form, 'phone', 'Phone') }}"
    render(fields, form=form)
    html = render("{{ errors_summary(form) }}", form=form)
    assert 'role="alert"' in html
    assert html.index("Amount: Not an amount.") < html.index("Phone: Too short."), "not as the page has them"
    assert 'href="#f-phone"' in html
    assert 'href="#f-items-0-amount"' in html
    assert render("{{ errors_summary(form) }}", form=None).strip() == ""


def test_a_refusal_without_a_field_is_said_too(render):
    form = Form({}, refusal=say("This grant was paid a moment ago."))
    assert "This grant was paid a moment ago." in render("{{ errors_summary(form) }}", form=form)


def test_a_choice_once_made_stays_made(render):
    form = refused_form({"found": "out", "village": "2", "witness": "true"}, {})
    options = [("in", "In school"), ("out", "Not in school")]
    assert (
        render("{{ choices(form, 'found', 'Found', options) }}", form=form, options=options).count(" checked")
        == 1
    )
    places = [(1, "Prey"), (2, "Trapeang")]
    assert '"2" selected' in render(
        "{{ select(form, 'village', 'Village', places) }}", form=form, places=places
    )
    assert " checked" in render("{{ checkbox(form, 'witness', 'Witness') }}", form=form)
    assert " checked" not in render("{{ checkbox(form, 'other', 'Other') }}", form=form)


def test_every_chip_has_a_word_and_a_shape(render):
    for kind in ("due", "overdue", "done", "unknown", "alert", "upcoming", "neutral"):
        html = render("{{ chip(kind, 'a word') }}", kind=kind)
        assert "a word" in html
        assert "<svg" in html


def test_what_is_not_known_is_said_to_be_so(render):
    assert "not known" in render("{{ facts([('Phone', none)]) }}")


@pytest.mark.parametrize(
    ("closes_on", "words"),
    [(date(2026, 11, 19), "3 days overdue"), (TODAY, "last day today"), (date(2026, 11, 23), "1 day left")],
)
def test_a_deadline_says_how_far_it_is_and_its_day(render, closes_on, words):
    html = render("{{ due(closes_on) }}", closes_on=closes_on)
    assert words in html
    assert closes_on.isoformat() in html


def test_the_strip_is_a_sentence_and_shapes_without_inline_style(render):
    html = render("{{ school_strip(strip) }}", room="strip", strip=strip("ssotunnn"))
    assert 'aria-label="In school at months 1, 2."' in html
    assert html.count('class="in_school"') == 2
    assert html.count('class="told"') == 1
    assert html.count('class="out_of_school"') == 1
    assert html.count('class="unknown"') == 1
    assert html.count('class="not_yet"') == 3
    assert html.count('class="tick"') == 2
    assert "style=" not in html


@pytest.mark.parametrize("language", ["en", "km"])
def test_the_style_guide_renders_without_inline_style_or_script(environment, language):
    html = environment.get_template("web/styleguide.html").render(
        language=language,
        actor=None,
        places=[Place("/", "Today", "today", active=True)],
        office_name=None,
        path="/styleguide",
        clock_moved=True,
        today=TODAY,
        **samples(language, TODAY),
    )
    assert f'<html lang="{language}">' in html
    assert " style=" not in html
    assert "<style" not in html
    assert "<script>" not in html
    assert "onclick" not in html
