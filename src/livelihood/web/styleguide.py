"""What the style guide shows: invented people and sentences in both languages, and a form with faults."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import msgspec
from litestar import get
from litestar.params import FromQuery

from livelihood.errors import FieldError, Message, say
from livelihood.web.current import LANGUAGE
from livelihood.web.pages import Html, page
from livelihood.web.requests import AnyRequest, Form

ENGLISH = {
    "title": "Today",
    "lead": "3 villages · 7 households · 12 checks",
    "paid": "Paid USD 120.00. Follow-ups planned for 3 children; first on Mon 14 Dec.",
    "villages": "villages to visit",
    "households": "households with checks due",
    "overdue": "overdue",
    "not_known": "not known",
    "household": "Household",
    "village": "Village",
    "phone": "Phone",
    "phone_hint": "As it is dialled, for example 012 345 678",
    "amount": "Amount",
    "riel": "Saved in riel",
    "list": "Households",
    "all": "All",
    "chips": "States",
    "steps": "Steps of a grant",
    "will": "What will happen",
    "point_one": "USD 120.00 is paid from the fund and cannot be paid again.",
    "point_two": "Follow-ups are planned for 3 children, the first on Mon 14 Dec.",
    "pay": "Pay USD 120.00",
    "timeline": "What happened",
    "next_visit": "Check at month 3",
    "out_of_school": "Found out of school",
    "not_seen": "Not seen",
    "form": "A form with faults",
    "name": "Name",
    "found": "Where was the child?",
    "in_school": "In school",
    "not_in_school": "Not in school",
    "happened_on": "Day of the visit",
    "note": "Note",
    "witness": "Thumbprint with a witness",
    "record": "Record visit",
    "later": "Not now",
    "notices": "Notices",
    "nothing": "Nothing is due today",
    "table": "A table",
    "wrong_phone": "“0123” is too short for a phone number; write it as it is dialled, for example 012 345 678.",
    "wrong_found": "Choose what was found, or “Not seen”.",
}

KHMER = {
    "title": "ថ្ងៃនេះ",
    "lead": "ភូមិ ៣ · គ្រួសារ ៧ · ការពិនិត្យ ១២",
    "paid": "បានបើកប្រាក់ 120.00 ដុល្លារ។ បានរៀបចំការតាមដានសម្រាប់កុមារ ៣ នាក់ ចាប់ពីថ្ងៃចន្ទ ១៤ ធ្នូ។",
    "villages": "ភូមិត្រូវចុះ",
    "households": "គ្រួសារត្រូវពិនិត្យ",
    "overdue": "ហួសកំណត់",
    "not_known": "មិនដឹង",
    "household": "គ្រួសារ",
    "village": "ភូមិ",
    "phone": "លេខទូរសព្ទ",
    "phone_hint": "សរសេរដូចពេលចុចហៅ ឧទាហរណ៍ 012 345 678",
    "amount": "ចំនួនទឹកប្រាក់",
    "riel": "ប្រាក់សន្សំជារៀល",
    "list": "បញ្ជីគ្រួសារ",
    "all": "ទាំងអស់",
    "chips": "ស្ថានភាព",
    "steps": "ដំណាក់កាលនៃជំនួយ",
    "will": "អ្វីនឹងកើតឡើង",
    "point_one": "ប្រាក់ 120.00 ដុល្លារ នឹងត្រូវបើកពីមូលនិធិ ហើយមិនអាចបើកម្ដងទៀតបានទេ។",
    "point_two": "ការតាមដាននឹងត្រូវរៀបចំសម្រាប់កុមារ ៣ នាក់ លើកដំបូងថ្ងៃចន្ទ ១៤ ធ្នូ។",
    "pay": "បើកប្រាក់ 120.00 ដុល្លារ",
    "timeline": "អ្វីដែលបានកើតឡើង",
    "next_visit": "ការពិនិត្យខែទី ៣",
    "out_of_school": "រកឃើញថាមិនបានទៅរៀន",
    "not_seen": "មិនបានជួប",
    "form": "ទម្រង់មានកំហុស",
    "name": "ឈ្មោះ",
    "found": "តើកុមារនៅទីណា?",
    "in_school": "នៅសាលា",
    "not_in_school": "មិននៅសាលា",
    "happened_on": "ថ្ងៃចុះជួប",
    "note": "កំណត់ចំណាំ",
    "witness": "ស្នាមមេដៃ មានសាក្សី",
    "record": "កត់ត្រាការចុះជួប",
    "later": "ពេលក្រោយ",
    "notices": "សេចក្ដីជូនដំណឹង",
    "nothing": "គ្មានអ្វីត្រូវធ្វើថ្ងៃនេះ",
    "table": "តារាង",
    "wrong_phone": "«0123» ខ្លីពេកសម្រាប់លេខទូរសព្ទ។ សូមសរសេរដូចពេលចុចហៅ ឧទាហរណ៍ 012 345 678។",
    "wrong_found": "សូមជ្រើសអ្វីដែលបានរកឃើញ ឬ «មិនបានជួប»។",
}


class Cell(msgspec.Struct, frozen=True):
    label: str
    state: str


class Tick(msgspec.Struct, frozen=True):
    position: int
    label: str


class Strip(msgspec.Struct, frozen=True):
    cells: tuple[Cell, ...]
    ticks: tuple[Tick, ...]
    text: Message


class Person(msgspec.Struct, frozen=True):
    family_name_km: str | None
    given_name_km: str | None
    family_name_latin: str | None
    given_name_latin: str | None


class Child(msgspec.Struct, frozen=True):
    person: Person
    strip: Strip
    kind: str
    words: str


def refused_form(values: Mapping[str, str], faults: Mapping[str, str]) -> Form:
    """A form that came back, as the components see one."""
    return Form(
        {name: [value] for name, value in values.items()},
        tuple(FieldError(name.replace("-", "."), Message(words)) for name, words in faults.items()),
    )


LETTERS = {"s": "in_school", "t": "told", "o": "out_of_school", "u": "unknown", "n": "not_yet"}


def strip(states: str) -> Strip:
    """One letter a month: s seen in school, t told so, o out of school, u not known, n not yet due."""
    months = ("1", "2", "3", "6", "9", "12", "18", "24")
    cells = tuple(Cell(month, LETTERS[state]) for month, state in zip(months, states, strict=True))
    seen = ", ".join(cell.label for cell in cells if cell.state == "in_school") or "–"
    text = say("In school at months {months}.", months=seen)
    return Strip(cells, (Tick(0, "First tranche"), Tick(3, "Second tranche")), text)


def samples(language: str, today: date) -> dict[str, Any]:
    """The context of the style guide's template."""
    words = KHMER if language == "km" else ENGLISH
    people = [
        (Person("សុខ", "ស្រីមុំ", "Sok", "Sreymom"), "sstunnnn", "unknown", words["not_known"]),
        (Person("សុខ", "ពិសិដ្ឋ", "Sok", "Piseth"), "ssosnnnn", "done", words["in_school"]),
        (Person(None, None, "Chea", "Kunthea"), "ssooonnn", "alert", words["out_of_school"]),
        (Person("ហេង", "វុទ្ធី", None, None), "nnnnnnnn", "upcoming", words["next_visit"]),
    ]
    return {
        "sample": words,
        "children": [Child(person, strip(states), kind, text) for person, states, kind, text in people],
        "earlier": today - timedelta(days=3),
        "later": today + timedelta(days=22),
        "form": refused_form(
            {"phone": "0123", "name": "Sok Dara"},
            {"phone": words["wrong_phone"], "found": words["wrong_found"]},
        ),
    }


@get("/styleguide", include_in_schema=False)
async def show(request: AnyRequest, lang: FromQuery[str] = "en") -> Html:
    """Every component in one place, in either language; not served where people work."""
    LANGUAGE.set("km" if lang == "km" else "en")
    return page("web/styleguide.html", **samples(LANGUAGE.get(), request.app.state.clock.today()))
