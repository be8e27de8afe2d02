"""Protocols that people make, and the end of any: checked, previewed, named wherever their checks are."""

import re
from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihood.binding import bind
from livelihood.errors import Conflict, FieldError, InvalidInput
from livelihood.followups import previewing
from livelihood.followups.reconcile import tick
from livelihood.followups.rules.desired import desired
from livelihood.followups.rules.facts import AnchorKind, Household
from livelihood.followups.rules.new_protocols import Naming, end_faults, ended, first_version, new_faults
from livelihood.followups.rules.previews import PreviewState, summed
from livelihood.followups.rules.protocol_drafts import Draft
from livelihood.followups.rules.protocols import PER, SHIPPED, Per, Purpose, Since
from livelihood.followups.rules.slot_drafts import SlotDraft
from livelihood.followups.schemas_policy import EndIn, NewProtocolIn
from livelihood.followups.service import policy
from tests.followups.families import CALENDAR, DAYS, NUMBERS, families, local_day
from tests.followups.policies import difference, in_force, previewed, slot, stands, typed
from tests.followups.stories import PAID, clock_on, paid_family
from tests.support.world import Person, World

TODAY = date(2026, 11, 24)
GRANT = (AnchorKind.GRANT,)
MONTH_4 = SlotDraft(4, before=14, after=14, purpose=Purpose.HOME)


def draft(*slots: SlotDraft, on: date = TODAY, ages: tuple[int, int] = (6, 17)) -> Draft:
    return Draft(on, "The board", slots, *ages)


def naming(english: str = "Health", khmer: str = "សុខភាព", anchors: tuple[AnchorKind, ...] = GRANT) -> Naming:
    return Naming(english, khmer, anchors)


MADE = first_version(SHIPPED, naming(), draft(MONTH_4))


def said(found: list[FieldError]) -> dict[str, str]:
    return {fault.field: str(fault.message) for fault in found}


@pytest.mark.parametrize(
    ("named", "drafted", "field", "words"),
    [
        (naming("  health "), draft(MONTH_4), "name_en", "there already"),
        (naming(khmer="សុខភាព"), draft(MONTH_4), "name_km", "there already"),
        # As it is copied from a page that breaks lines between words, and as it is typed elsewhere.
        (naming("Other", "សុខ\u200bភាព "), draft(MONTH_4), "name_km", "there already"),
        (naming("HEALTH\u00a0", "ផ្សេង"), draft(MONTH_4), "name_en", "there already"),
        (naming("Other", "ផ្សេង", ()), draft(MONTH_4), "anchors", "Choose at least one"),
        (
            naming("Other", "ផ្សេង", (AnchorKind.COURSE, AnchorKind.GRANT)),
            draft(MONTH_4),
            "anchors",
            "one trainee",
        ),
        (
            naming("Other", "ផ្សេង", (AnchorKind.RETURN,)),
            draft(MONTH_4),
            "anchors",
            "on the return by every plan",
        ),
        (naming("Other", "ផ្សេង"), draft(), "slots", "looks for nobody"),
        (naming("Other", "ផ្សេង"), draft(MONTH_4, on=TODAY - timedelta(1)), "effective_from", "is past"),
        (naming("Other", "ផ្សេង"), draft(MONTH_4, MONTH_4), "slots.1.months", "same day"),
        (naming("Other", "ផ្សេង"), draft(MONTH_4, ages=(9, 8)), "to_age", "below the youngest"),
        (
            naming("Other", "ផ្សេង"),
            draft(SlotDraft(every_days=14, purpose=Purpose.HOME)),
            "slots.0.times",
            "would never end",
        ),
        (
            naming("Other", "ផ្សេង"),
            draft(SlotDraft(1, purpose=Purpose.PLACEMENT)),
            "slots.0.purpose",
            "follows a completed course",
        ),
        (
            naming("Other", "ផ្សេង", (AnchorKind.COURSE,)),
            draft(MONTH_4),
            "slots.0.purpose",
            "Choose the placement check",
        ),
    ],
)
def test_a_protocol_that_does_not_hold_together(
    named: Naming, drafted: Draft, field: str, words: str
) -> None:
    assert words in said(new_faults((*SHIPPED, MADE), named, drafted, TODAY))[field]


def test_a_name_of_signs_alone_is_that_of_no_other_protocol() -> None:
    signs = first_version((*SHIPPED, MADE), naming("!!!", "៚"), draft(MONTH_4))
    known = (*SHIPPED, MADE, signs)
    assert not new_faults(known, naming("???", "៙"), draft(MONTH_4), TODAY)
    assert said(new_faults(known, naming("!!!", "៙"), draft(MONTH_4), TODAY)).keys() == {"name_en"}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Health", "health_2"),
        ("New", "new_2"),
        ("Élan, 2nd round!", "elan_2nd_round"),
        ("សុខភាព", "protocol"),
        ("x" * 90, "x" * 30),
    ],
)
def test_a_key_is_made_of_the_name_and_is_free(name: str, key: str) -> None:
    assert first_version((*SHIPPED, MADE), naming(name), draft(MONTH_4)).key == key


ROWS = st.lists(
    st.builds(
        SlotDraft,
        st.integers(0, 20),
        st.integers(0, 40),
        st.integers(0, 10),
        st.integers(0, 10),
        st.sampled_from(Since),
        st.sampled_from([0, 0, 30]),
        st.sampled_from([None, None, 5]),
        purpose=st.sampled_from([Purpose.SCHOOL, Purpose.HOME, Purpose.BUSINESS]),
    ),
    min_size=1,
    max_size=4,
)


@given(families(), ROWS, DAYS, DAYS, st.integers(1, 200))
def test_a_protocol_asks_nothing_of_the_days_before_it_and_none_after_its_end(
    household: Household, rows: list[SlotDraft], starts: date, today: date, lasts: int
) -> None:
    """Whatever family it meets: it adds checks from its day on, of those they are for, and takes none of the others."""
    made = first_version(SHIPPED, naming(), draft(*rows, on=starts))
    assert not new_faults(SHIPPED, naming(), draft(MONTH_4, on=starts), starts)
    end = ended(made, starts + timedelta(days=lasts), "The board")
    before, after, over = (
        desired(household, protocols, CALENDAR, today, local_day, NUMBERS).follow_ups
        for protocols in (SHIPPED, (*SHIPPED, made), (*SHIPPED, made, end))
    )
    mine = [one for one in after if one.protocol == made.key]
    assert {one.id for one in after if one.protocol != made.key} == {one.id for one in before}
    assert all(one.opens_on >= starts for one in mine)
    for one in mine:
        assert (one.member_id is None) is (PER[one.planned_purpose] is Per.HOUSEHOLD)
    kept = {one.id for one in over if one.protocol == made.key}
    assert kept == {one.id for one in mine if one.opens_on < end.effective_from}


def test_an_ended_protocol_does_not_end_again() -> None:
    end = ended(MADE, TODAY + timedelta(days=9), "The board")
    assert (
        "ends on 2026-12-03 already"
        in said(end_faults(end, TODAY + timedelta(days=20), TODAY))["effective_from"]
    )
    assert "is past" in said(end_faults(MADE, TODAY - timedelta(1), TODAY))["effective_from"]
    assert not end_faults(MADE, TODAY, TODAY)


def body(**more: object) -> NewProtocolIn:
    raw = {
        "name_en": "Health",
        "name_km": "សុខភាព",
        "anchors": ["grant", "schooling"],
        "effective_from": PAID.isoformat(),
        "source": "Decided by the programme board",
        "slots": [
            slot(4, purpose="home", before=5, after=5),
            slot(days=20, purpose="business", before=3, after=3),
        ],
        **more,
    }
    return bind(NewProtocolIn, raw, typed=True)


async def made(world: World, manager: Person, **more: object) -> None:
    async with world.work(manager) as uow:
        asked = await policy.draft_protocol(uow, body(**more), clock=world.clock)
    await previewed(world, manager, asked, world.clock)
    await in_force(world, manager, asked, world.clock)


async def test_a_preview_of_a_new_protocol_and_of_its_end_says_what_then_happens(world: World) -> None:
    manager = await world.person("manager")
    await paid_family(world)
    # A plan that began long ago gets what opens from now on.
    world.clock = clock_on(PAID + timedelta(days=25))
    before = await stands(world)
    async with world.work(manager) as uow:
        asked = await policy.draft_protocol(
            uow, body(effective_from=world.clock.today().isoformat()), clock=world.clock
        )
    preview = await previewed(world, manager, asked, world.clock)
    await in_force(world, manager, asked, world.clock)
    assert preview.counts == difference(before, await stands(world))
    assert summed(preview.counts).added == 2
    (row,) = await world.owner_rows("SELECT version, name_km, added_by FROM protocols WHERE key = 'health'")
    assert tuple(row) == (1, "សុខភាព", manager.id)

    before = await stands(world)
    end = EndIn(based_on=1, effective_from=world.clock.today() + timedelta(days=30), source="The board")
    async with world.work(manager) as uow:
        asked = await policy.draft_end(uow, "health", end, clock=world.clock)
    preview = await previewed(world, manager, asked, world.clock)
    await in_force(world, manager, asked, world.clock)
    assert preview.counts == difference(before, await stands(world))
    assert summed(preview.counts).gone == 2
    async with world.work(manager) as uow:
        with pytest.raises(InvalidInput):
            await policy.draft_end(uow, "health", msgspec.structs.replace(end, based_on=2), clock=world.clock)


async def test_of_two_managers_who_make_one_protocol_the_second_is_told(world: World) -> None:
    world.clock = clock_on(PAID)
    managers = [await world.person("manager", name=name) for name in ("first", "second")]
    previews = []
    long = "Health of the youngest children"
    for person, name in zip(managers, (f"{long} in spring", f"{long} in autumn"), strict=True):
        async with world.work(person) as uow:
            drafted = body(name_en=name, name_km=name)
            previews.append(await policy.draft_protocol(uow, drafted, clock=world.clock))
        preview = await previewed(world, person, previews[-1], world.clock)
        assert preview.state is PreviewState.DONE
    await in_force(world, managers[0], previews[0], world.clock)
    with pytest.raises(Conflict, match="nearly the same name"):
        await in_force(world, managers[1], previews[1], world.clock)


async def test_a_manager_makes_a_protocol_on_its_page(world: World) -> None:
    household, _ = await paid_family(world)
    manager = await world.person("manager")
    async with world.browser(await world.person("monitor@KPT")) as browser:
        assert "New protocol" not in (await browser.get("/protocols")).text
        assert (await browser.get("/protocols/new")).status_code == 403
        assert (await browser.get("/protocols/school_retention/end")).status_code == 403
    async with world.browser(manager) as browser:
        assert "New protocol" in (await browser.get("/protocols")).text
        data = typed((await browser.get("/protocols/new")).text)
        assert data["slots-0-since"] == "anchor"
        more = await browser.post("/protocols/new/rows", data=data)
        data = typed(more.text)
        assert data["slots-1-purpose"] == "school"
        refused = await browser.post("/protocols/new", data=data)
        assert refused.status_code == 422
        for field in ("name_en", "name_km"):
            assert f'id="f-{field}-error"' in refused.text
        data |= {"name_en": "Health", "name_km": "សុខភាព", "anchors": "grant", "source": "Board"}
        data |= {
            "slots-0-months": "4",
            "slots-0-before": "5",
            "slots-0-after": "5",
            "slots-0-purpose": "home",
        }
        data |= {"slots-1-before": "900", "slots-1-months": "9", "slots-1-after": "5"}
        refused = await browser.post("/protocols/new", data=data)
        assert refused.status_code == 422
        # The check with a fault is open, the other is one line.
        opened = re.findall(r'<details class="fold" id="check-(\d)" open>', refused.text)
        assert opened == ["1"]
        assert "Home check, month 4: opens 5 days before, closes 5 days after" in refused.text
        fewer = await browser.post("/protocols/new/rows?remove=1", data=data)
        data = typed(fewer.text) | {"anchors": "grant"}
        assert 'value="grant" checked' in fewer.text
        asked = await browser.post("/protocols/new", data=data)
        assert asked.status_code == 303, asked.text
        preview = asked.headers["Location"]
        await previewing.tick(world.worker, world.clock)
        shown = (await browser.get(preview)).text
        assert "New protocol: Health" in shown
        assert "Health: Home check, month 4" in shown
        again = typed((await browser.get(f"/protocols/new?draft={preview.rpartition('/')[2]}")).text)
        assert (again["name_km"], again["slots-0-months"]) == ("សុខភាព", "4")
        done = await browser.post(f"{preview}/in-force")
        assert done.headers["Location"] == "/protocols/health?done=in-force"
        assert "End this protocol" in (await browser.get("/protocols/health")).text
        await tick(world.worker, world.clock)
        # Named where its checks are, in the reader's language.
        assert "Health: Home check, month 4" in (await browser.get(f"/households/{household.id}")).text
        await browser.post("/language", data={"language": "km"})
        assert "សុខភាព៖ " in (await browser.get(f"/households/{household.id}")).text
    async with world.client(manager) as client:
        listed = (await client.get(f"/households/{household.id}/follow-ups")).json()["items"]
        names = {one["protocol"]: (one["protocol_en"], one["protocol_km"]) for one in listed}
        assert names["health"] == ("Health", "សុខភាព")
        assert names["school_retention"] == ("", "")
        ending = {"based_on": 1, "effective_from": PAID.isoformat(), "source": "Board"}
        asked = await client.post("/protocols/health/ends/previews", json=ending)
        assert asked.json()["what"]["protocol"]["slots"] == []
        taken = await client.post(
            "/protocols/previews", json=msgspec.to_builtins(body()) | {"name_en": "Health"}
        )
        assert [error["field"] for error in taken.json()["errors"]] == ["name_en", "name_km"]


async def test_a_protocol_ends_on_its_page_and_begins_again(world: World) -> None:
    await paid_family(world)
    manager = await world.person("manager")
    async with world.browser(manager) as browser:
        form = (await browser.get("/protocols/business_support/end")).text
        data = typed(form) | {"source": "Board"}
        asked = await browser.post("/protocols/business_support/end", data=data)
        assert asked.status_code == 303, asked.text
        await previewing.tick(world.worker, world.clock)
        shown = (await browser.get(asked.headers["Location"])).text
        assert "nothing more is planned by it" in shown
        await browser.post(f"{asked.headers['Location']}/in-force")
        await tick(world.worker, world.clock)
        left = "SELECT slot FROM follow_ups WHERE protocol = 'business_support'"
        assert not await world.owner_rows(left)
        page = (await browser.get("/protocols/business_support")).text
        assert "ended" in page
        assert "End this protocol" not in page
        assert "ended" in (await browser.get("/protocols")).text
        data = typed((await browser.get("/protocols/business_support/change")).text) | {"source": "Board"}
        asked = await browser.post("/protocols/business_support/change", data=data)
        assert asked.status_code == 303, asked.text
        await previewing.tick(world.worker, world.clock)
        await browser.post(f"{asked.headers['Location']}/in-force")
        await tick(world.worker, world.clock)
        assert len(await world.owner_rows(left)) == 5
