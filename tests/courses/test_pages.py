"""The pages of courses, without JavaScript."""

import re
from collections.abc import AsyncGenerator
from uuid import uuid4

import pytest

from tests.courses.trainees import CLOCK, completed, enrolled, grown_ups, one_born, planned
from tests.support.families import consented, family, registered
from tests.support.world import Browser, Person, World, clock_at


@pytest.fixture
async def trainer(world: World) -> Person:
    world.clock = CLOCK
    return await world.person("trainer@KPT")


@pytest.fixture
async def browser(world: World, trainer: Person) -> AsyncGenerator[Browser]:
    async with world.browser(trainer) as signed_in:
        yield signed_in


def typed(trainer: Person, **changes: str) -> dict[str, str]:
    return {
        "trade": "sewing",
        "office_id": "1",
        "trainer_id": str(trainer.id),
        "place": "Mohar",
        "starts_on": "2026-03-02",
        "ends_on": "2026-05-29",
        "seats": "12",
        **changes,
    }


async def test_a_course_is_planned_and_says_what_comes_next(trainer: Person, browser: Browser):
    form = await browser.get("/courses/new")
    assert re.search(rf'value="{trainer.id}" selected', form.text)
    sent = await browser.post("/courses/new", data=typed(trainer))
    assert sent.status_code == 303, sent.text
    shown = await browser.get(sent.headers["location"])
    for words in ("The course is planned", "Sewing", "0 of 12 taken", "Nobody is enrolled yet"):
        assert words in shown.text
    assert "12 seats left" in (await browser.get("/courses")).text


async def test_a_plan_sent_twice_is_one_course(world: World, trainer: Person, browser: Browser):
    hidden = re.compile(r'<input type="hidden" name="id" value="([^"]+)">')
    form = hidden.search((await browser.get("/courses/new")).text)
    assert form
    refused = await browser.post("/courses/new", data=typed(trainer, id=form[1], seats="0"))
    assert hidden.findall(refused.text) == [form[1]]
    first, second = [await browser.post("/courses/new", data=typed(trainer, id=form[1])) for _ in range(2)]
    assert (first.status_code, second.status_code) == (303, 303), second.text
    assert first.headers["location"] == second.headers["location"]
    assert len(await world.owner_rows("SELECT id FROM courses")) == 1


async def test_a_refused_plan_keeps_what_was_typed(trainer: Person, browser: Browser):
    refused = await browser.post("/courses/new", data=typed(trainer, ends_on="2026-02-01", place="Ta Theav"))
    assert refused.status_code == 422
    assert 'value="Ta Theav"' in refused.text
    assert re.search(r'id="f-ends_on-error".*is before the first', refused.text, re.DOTALL)


async def test_enrolling_in_two_steps(world: World, trainer: Person, browser: Browser):
    caseworker = await world.person("caseworker@KPT")
    household = await registered(world, caseworker, CLOCK, **family())
    course = await planned(world, trainer, seats=1)
    for text in ("សុខ ដារ៉ា", "sok dara", "KPT-00001"):
        found = await browser.get(f"/courses/{course.id}/enrolments/new", params={"q": text})
        assert found.text.count("member_id=") == 1, text
        assert "belongs in school. May be enrolled from Sat 20 Nov 2027" in found.text
    step = re.search(r'href="(/courses/[^"]*member_id=[^"]*)"', found.text)
    assert step
    asked = await browser.get(step[1])
    assert "One of the 1 seats left of 1 is taken" in asked.text
    member_id = step[1].partition("member_id=")[2]
    early = await browser.post(f"/courses/{course.id}/enrolments/new", data={"member_id": member_id})
    assert early.status_code == 409
    assert "has consented to services yet" in early.text
    await consented(world, caseworker, household)
    sent = await browser.post(f"/courses/{course.id}/enrolments/new", data={"member_id": member_id})
    assert sent.status_code == 303, sent.text
    shown = await browser.get(sent.headers["location"])
    assert "(Sok Dara) has seat 1 of 1" in shown.text
    assert "Record completion" in shown.text

    again = await browser.post(f"/courses/{course.id}/enrolments/new", data={"member_id": member_id})
    assert again.status_code == 409
    assert "has a seat in this course already" in again.text

    (other,) = await grown_ups(world, 1)
    asked = await browser.get(f"/courses/{course.id}/enrolments/new", params={"member_id": str(other)})
    assert "number 1 on the waitlist" in asked.text
    sent = await browser.post(f"/courses/{course.id}/enrolments/new", data={"member_id": str(other)})
    assert "is number 1 on the waitlist" in (await browser.get(sent.headers["location"])).text


async def test_nobody_found_says_what_to_try(world: World, trainer: Person, browser: Browser):
    course = await planned(world, trainer)
    for text in ("zzz", "%F0%9F%99%82"):
        assert "Nobody found" in (await browser.get(f"/courses/{course.id}/enrolments/new?q={text}")).text


async def test_safeguards_are_asked_for_under_eighteen(world: World, trainer: Person, browser: Browser):
    course = await planned(world, trainer, trade="motorbike_repair")
    child = await one_born(world, "2009-05-05")
    path = f"/courses/{course.id}/enrolments/new"
    asked = await browser.get(path, params={"member_id": str(child)})
    assert "Which tools" in asked.text or "which tools" in asked.text
    refused = await browser.post(path, data={"member_id": str(child), "safeguards": ""})
    assert refused.status_code == 422
    assert 'id="f-safeguards-error"' in refused.text
    sent = await browser.post(path, data={"member_id": str(child), "safeguards": "No welding"})
    assert "No welding" in (await browser.get(sent.headers["location"])).text


async def test_a_child_sent_past_the_page_is_refused_on_it(world: World, trainer: Person, browser: Browser):
    course = await planned(world, trainer)
    child = await one_born(world, "2013-05-05")
    refused = await browser.post(f"/courses/{course.id}/enrolments/new", data={"member_id": str(child)})
    assert refused.status_code == 422
    assert "Keep the child in school" in refused.text


async def test_completion_says_what_will_happen_and_what_happened(
    world: World, trainer: Person, browser: Browser
):
    (person,) = await grown_ups(world, 1)
    enrolment = await enrolled(world, trainer, await planned(world, trainer), person)
    path = f"/enrolments/{enrolment.id}/completion"
    asked = await browser.get(path)
    assert "Completion plans follow-ups at 1, 3, 6 and 12 months" in asked.text
    refused = await browser.post(path, data={"completed_on": "2026-03-03"})
    assert refused.status_code == 422
    assert "is still to come" in refused.text
    sent = await browser.post(path, data={"completed_on": "2026-03-02"})
    assert sent.status_code == 303, sent.text
    shown = await browser.get(sent.headers["location"])
    assert "completed the course on" in shown.text
    assert "1, 3, 6 and 12 months" in shown.text
    assert (await browser.post(path, data={"completed_on": "2026-03-02"})).status_code == 303
    other = await browser.post(path, data={"completed_on": "2026-03-01"})
    assert other.status_code == 409
    assert "was already recorded as completed" in other.text


async def test_a_course_that_is_still_to_begin_is_completed_by_nobody(
    world: World, trainer: Person, browser: Browser
):
    (person,) = await grown_ups(world, 1)
    course = await planned(world, trainer, starts_on="2026-03-03")
    enrolment = await enrolled(world, trainer, course, person)
    path = f"/enrolments/{enrolment.id}/completion"
    for page in (f"/courses/{course.id}", path):
        shown = (await browser.get(page)).text
        assert "The course begins on Tue 3 Mar. A completion can be recorded from that day." in shown
        assert f'href="{path}"' not in shown
        assert "completed_on" not in shown
    world.clock = clock_at("2026-03-03")
    async with world.browser(trainer) as later:
        assert f'href="{path}"' in (await later.get(f"/courses/{course.id}")).text
        assert 'max="2026-03-03"' in (await later.get(path)).text


async def test_others_read_and_change_nothing(world: World, trainer: Person):
    (person,) = await grown_ups(world, 1)
    course = await planned(world, trainer)
    enrolment = await enrolled(world, trainer, course, person)
    await completed(world, trainer, enrolment.id)
    async with world.browser(await world.person("monitor@KPT")) as browser:
        shown = await browser.get(f"/courses/{course.id}")
        assert shown.status_code == 200
        for words in ("Enrol someone", "Record completion", "/completion"):
            assert words not in shown.text
        for path in ("/courses/new", f"/courses/{course.id}/enrolments/new"):
            assert (await browser.get(path)).status_code == 403


async def test_another_offices_pages_are_as_if_absent(world: World, trainer: Person, browser: Browser):
    stranger = await world.person("trainer@KMP")
    (theirs,) = await grown_ups(world, 1, "KMP")
    foreign = await planned(world, stranger, "KMP")
    enrolment = await enrolled(world, stranger, foreign, theirs)
    course = await planned(world, trainer)
    for path in (
        f"/courses/{foreign.id}",
        f"/courses/{foreign.id}/enrolments/new",
        f"/courses/{course.id}/enrolments/new?member_id={theirs}",
        f"/enrolments/{enrolment.id}/completion",
        f"/courses/{uuid4()}",
    ):
        assert (await browser.get(path)).status_code == 404, path
    sent = await browser.post(f"/courses/{course.id}/enrolments/new", data={"member_id": str(theirs)})
    assert sent.status_code == 404
    sent = await browser.post(f"/enrolments/{enrolment.id}/completion", data={"completed_on": "2026-03-02"})
    assert sent.status_code == 404


async def test_the_khmer_pages_name_the_trade_in_khmer(world: World, trainer: Person, browser: Browser):
    await planned(world, trainer, trade="sewing")
    await browser.post("/language", data={"language": "km", "next": "/courses"})
    shown = (await browser.get("/courses")).text
    assert "កាត់ដេរ" in shown
    assert "Sewing" not in shown
