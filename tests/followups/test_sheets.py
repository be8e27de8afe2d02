"""A route on paper: its number, its lines, and what stands on it, and what does not."""

import asyncio
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from livelihood.errors import Forbidden, InvalidInput, NotFound
from livelihood.followups import paper, service
from livelihood.followups.queries import sheet_list, sheets
from livelihood.followups.queries.sheet_people import PersonDue
from livelihood.followups.queries.sheets import LineOut, SheetOut
from livelihood.followups.schemas_sheets import SheetIn, Whose
from livelihood.followups.service.sheets import NothingToPrint
from livelihood.web.current import speaking
from tests.followups.stories import clock_on, monitor
from tests.followups.test_api import MONTH_1
from tests.followups.test_route import KPT, KPT_OTHER, three_villages
from tests.support.world import Person, World


async def made(world: World, person: Person, **asked: object) -> UUID:
    async with world.work(person) as uow:
        return await service.make_sheet(uow, SheetIn(**asked), clock=world.clock)  # type: ignore[arg-type]


def pages(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]


async def test_a_sheet_keeps_the_route_under_a_number_and_stays_as_it_was(world: World) -> None:
    households = await three_villages(world)
    sent = uuid4()
    for _again in range(2):
        assert await made(world, await monitor(world), id=sent, whose=Whose.MINE, first=KPT_OTHER) == sent
    world.clock = clock_on(MONTH_1 + timedelta(days=60))
    async with world.read(await monitor(world)) as reads:
        found = await sheets.sheet(reads, sent)
        assert (found.number, found.office_id, found.day) == ("KPT-2026-0001", 1, MONTH_1)
        assert [line.village_code for line in found.lines][:2] == [KPT_OTHER, KPT]
        assert {line.household_code for line in found.lines} == {one.code for one in households.values()}
        assert [line.line for line in found.lines] == [1, 2, 3]
        for line in found.lines:
            assert {person.given_name_latin for person in line.people} == {"Bopha", "Piseth"}
            assert all(person.purposes == ["school"] for person in line.people)
        for typed in ("KPT-2026-0001", " kpt 2026 1", "kpt20260001", "KPT-២០២៦-១", "kpt–2026–00001"):
            assert await sheets.by_number(reads, typed) == sent, typed
        for typed in ("", "1", "KPT-2026-0002", "SVR-2026-0001", "\0"):
            with pytest.raises(NotFound):
                await sheets.by_number(reads, typed)
        listed = await sheet_list.latest(reads, mine=True)
        assert [(one.lines, one.entered) for one in listed.items] == [(3, 0)]


async def test_numbers_are_unique_however_many_are_made_at_once(world: World) -> None:
    await three_villages(world)
    person = await monitor(world)
    ids = await asyncio.gather(*(made(world, person) for _ in range(8)))
    async with world.read(person) as reads:
        numbers = {(await sheets.sheet(reads, one)).number for one in ids}
    assert numbers == {f"KPT-2026-{count:04d}" for count in range(1, 9)}


async def test_an_empty_sheet_is_refused_and_so_are_other_offices_and_days_gone_by(world: World) -> None:
    await three_villages(world)
    person = await monitor(world)
    sheet_id = await made(world, person)
    for asked, refusal in (
        ({"commune": "070214"}, NothingToPrint),
        ({"office_id": 3}, Forbidden),
        ({"day": MONTH_1 - timedelta(days=1)}, InvalidInput),
        ({"day": MONTH_1 + timedelta(days=32)}, InvalidInput),
    ):
        with pytest.raises(refusal):
            await made(world, person, **asked)
    with pytest.raises(InvalidInput):
        await made(world, await world.person("monitor"))
    assert await made(world, await world.person("monitor"), office_id=1)
    for stranger in ("monitor@SVR", "finance@SVR"):
        async with world.client(await world.person(stranger)) as client:
            for path in (f"/sheets/{sheet_id}", f"/sheets/{sheet_id}/sheet.pdf"):
                assert (await client.get(path)).status_code in {403, 404}, (stranger, path)
    assert len(await world.owner_rows("SELECT 1 FROM sheets")) == 2


async def test_from_the_list_of_follow_ups_to_the_paper(world: World) -> None:
    households = await three_villages(world)
    async with world.browser(await monitor(world)) as browser:
        html = (await browser.get("/follow-ups")).text
        assert "Print my route" in html
        assert (await browser.get("/sheets/new?whose=mine")).status_code == 200
        form = {"id": str(uuid4()), "day": MONTH_1.isoformat(), "whose": "mine"}
        empty = await browser.post("/sheets", data=form | {"commune": "070214"})
        assert empty.status_code == 409
        assert "would be empty" in empty.text
        answer = await browser.post("/sheets", data=form)
        shown = (await browser.get(answer.headers["location"])).text
        assert all(one.code in shown for one in households.values())
        assert "KPT-2026-0001" in (await browser.get("/sheets")).text
        paper_at = answer.headers["location"] + "/sheet.pdf"
        assert f'role="button" href="{paper_at}?language=km"' in shown
        pdf = await browser.get(f"{paper_at}?language=en")
        assert (await browser.get(f"{paper_at}?language=fr")).status_code == 400
    assert pdf.headers["content-type"] == "application/pdf"
    text = "".join(pages(pdf.content))
    assert "where is the child?" in text
    assert "Nobody knows where" in text
    assert all(one.code in text for one in households.values())
    assert "Bopha" in text
    assert "Dara" in text
    for private in ("Sok", "សុខ", "012", "345", "678"):
        assert private not in text, private


class Held(ThreadPoolExecutor):
    """A press that prints nothing until it is let go, and says when so many wait for it."""

    def __init__(self, many: int) -> None:
        super().__init__(1)
        self.left = many
        self.all_wait = asyncio.Event()
        self.let_go = threading.Event()

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.left -= 1
        if not self.left:
            self.all_wait.set()
        return super().submit(self.held, fn, *args, **kwargs)

    def held(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        self.let_go.wait()
        return fn(*args, **kwargs)


async def test_nobody_prints_a_sheet_that_they_could_not_enter(world: World) -> None:
    """Such as a trainer, who records placements alone, and a manager, who reads all."""
    await three_villages(world)
    for who in ("trainer@KPT", "manager", "analyst@KPT"):
        person = await world.person(who)
        async with world.client(person) as client:
            refused = await client.post("/sheets", json={"office_id": 1})
            assert (refused.status_code, refused.json()["permission"]) == (403, "visits:record"), who
            assert "This needs the role of" in refused.json()["detail"]
        async with world.browser(person) as browser:
            assert "/sheets/new" not in (await browser.get("/follow-ups")).text, who
            assert (await browser.get("/sheets/new")).status_code == 403
    assert await world.owner_rows("SELECT FROM sheets") == []
    # Who visits families of one office and looks on elsewhere prints there alone.
    both = await world.person("monitor@KMP", "manager", name="both")
    async with world.browser(both) as browser:
        assert "Print this route" not in (await browser.get("/follow-ups?whose=all&office=1")).text
    with pytest.raises(Forbidden):
        await made(world, both, office_id=1)


@pytest.mark.parametrize("over", ["pages", "api"])
async def test_nobody_waits_for_a_connection_while_paper_is_printed(
    world: World, over: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many print at once as there are connections; somebody else reads meanwhile."""
    await three_villages(world)
    sheet_id = await made(world, await monitor(world))
    press = Held(world.database.pool_size)
    monkeypatch.setattr(paper, "PRESS", press)
    person = await monitor(world)
    async with world.browser(person) if over == "pages" else world.client(person) as client:
        printing = [
            asyncio.create_task(client.get(f"/sheets/{sheet_id}/sheet.pdf")) for _ in range(press.left)
        ]
        try:
            await asyncio.wait_for(press.all_wait.wait(), 30)
            read = await asyncio.wait_for(client.get("/sheets"), 10)
            assert not any(one.done() for one in printing)
        finally:
            press.let_go.set()
            printed = await asyncio.gather(*printing)
            press.shutdown()
    assert read.status_code == 200
    assert all(one.content.startswith(b"%PDF") for one in printed)


@pytest.mark.parametrize("over", ["pages", "api"])
async def test_the_paper_is_in_khmer_unless_english_is_asked_for_whoever_prints_it(
    world: World, over: str
) -> None:
    await three_villages(world)
    person = await monitor(world)
    path = f"/sheets/{await made(world, person)}/sheet.pdf"
    async with world.browser(person) if over == "pages" else world.client(person) as client:
        for query, khmer in (("", True), ("?language=km", True), ("?language=en", False)):
            for accepted in ("en", "km"):
                printed = await client.get(path + query, headers={"Accept-Language": accepted})
                text = "".join(pages(printed.content))
                assert ("Kampong Thom" in text) is not khmer, (query, accepted)
                assert ("where is the child" in text) is not khmer
                letters = sum("\u1780" <= letter <= "\u17ff" for letter in text)
                assert (letters > len(text) / 2) is khmer


def a_sheet(name: str, lines: int = 1) -> SheetOut:
    return SheetOut(
        id=uuid4(),
        number="KPT-2026-0042",
        office_id=1,
        day=date(2026, 11, 24),
        made_by="Monitor",
        made_at=datetime(2026, 11, 24, tzinfo=UTC),
        lines=[
            LineOut(
                id=uuid4(),
                line=count,
                household_id=uuid4(),
                household_code=f"KPT-{count:06d}",
                closed_on=None,
                village_code=KPT,
                village_km="តាធាវ",
                village_latin="Ta Theav",
                head_km=None,
                head_latin=name,
                visit_id=None,
                outcome=None,
                withdrawn=False,
                replaced=False,
                present=[],
                business=True,
                things=count == 1,
                people=[PersonDue(uuid4(), "Familia", None, "Familia", name, 9, True, ["school", "home"])],
            )
            for count in range(1, lines + 1)
        ],
        elsewhere=[],
    )


async def test_the_paper_asks_for_the_things_bought_where_that_is_due() -> None:
    with speaking("en"):
        text = "".join(pages(await paper.printed(a_sheet("Bopha", 2), "Kampong Thom")))
    assert text.count("Were the things bought there?") == 1
    assert text.count("Not looked") == 1


async def test_the_paper_has_a_box_for_each_person_who_was_seen() -> None:
    with speaking("en"):
        text = "".join(pages(await paper.printed(a_sheet("Bopha", 3), "Kampong Thom")))
    assert text.count("Was there, seen") == 3, "one a person, and none for the business"


@pytest.mark.parametrize("language", ["en", "km"])
async def test_every_page_says_the_number_and_which_page_it_is(language: str) -> None:
    with speaking(language):
        found = pages(await paper.printed(a_sheet("Bopha", 60), "Kampong Thom"))
    text = "".join(found)
    assert all(f"KPT-{count:06d}" in text for count in range(1, 61))
    assert "Familia" not in text
    for position, page in enumerate(found, 1):
        assert page.count("KPT-2026-0042") == 2
        assert "Kampong Thom" in page
        if language == "en":
            assert f"Page {position} of {len(found)}" in page


# Letters that any of the fonts has; what Khmer looks like when it is shaped, a reader of texts cannot say.
PRINTABLE = st.text(st.sampled_from("abcXYZ019 #[]{}()*_$`\\/<>@=-+~&%\"':;.,!?|^é"), min_size=1, max_size=24)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=PRINTABLE)
@example(name="#panic[now]")
@example(name='*bold* _it_ $x$ #read("/etc/passwd")')
@example(name="\\ {page} {pages} <label> @ref // /* `raw`")
def test_any_name_is_printed_as_it_is(name: str) -> None:
    text = "".join(pages(asyncio.run(paper.printed(a_sheet(name), "Kampong Thom"))))
    assert "".join(name.split()) in "".join(text.split())


@settings(max_examples=25, deadline=None)
@given(name=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30))
@example(name="ស្រីណុច ខ្ញុំ ក្រុមគ្រួសារ")
def test_any_name_can_be_set(name: str) -> None:
    assert pages(asyncio.run(paper.printed(a_sheet(name), name)))
