"""Where a trainer sees that a trainee is to be asked after, they write down what they heard; and put it right there."""

from datetime import date
from uuid import UUID, uuid4

import pytest

from livelihood.households.models import Household
from tests.followups.stories import PAID, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_placements_told import DAY, of, post, states
from tests.followups.test_who_reads import trained_family
from tests.support.families import members_of
from tests.support.world import Person, World


def form_of(household: Household, member_id: UUID) -> str:
    return f"/households/{household.id}/placements/new?member={member_id}"


def typed(member_id: UUID, day: date = MONTH_1, **changes: str) -> dict[str, str]:
    return {
        "id": str(uuid4()),
        "member_id": str(member_id),
        "placement": "self_employed_relevant",
        "occupation": "Mends motorbikes at the market",
        "told_by": "family",
        "told_how": "phone",
        "happened_on": day.isoformat(),
        **changes,
    }


async def page(world: World, who: Person, address: str) -> str:
    async with world.browser(who) as browser:
        answer = await browser.get(address)
        assert answer.status_code == 200, answer.text
        return answer.text


async def test_a_trainer_is_led_to_the_form_from_the_list_and_from_the_family_while_the_check_waits(
    world: World,
) -> None:
    household, people = await trained_family(world)
    trainer, address = await world.person("trainer@KPT"), form_of(household, people["Piseth"])
    family = f"/households/{household.id}"
    for shown in ("/follow-ups", family):
        html = await page(world, trainer, shown)
        assert html.count(f'href="{address}"') == 1, shown
        assert html.count("/placements/new") == 1, shown
    assert "Sok Piseth" in await page(world, trainer, address)
    async with world.browser(trainer) as browser:
        sent = await browser.post(address.split("?")[0], data=typed(people["Piseth"]))
        assert (sent.status_code, sent.headers["location"]) == (303, f"{family}?done=placement")
        after = (await browser.get(sent.headers["location"])).text
    assert "The check that its day answers is settled" in after
    for told in (
        "Self-employed in the trade",
        "Mends motorbikes at the market",
        "Said by: The family",
        "By telephone",
    ):
        assert told in after, told
    assert "Trainer.Kpt" in after
    assert f'href="{address}"' not in after
    assert f'href="{address}"' not in await page(world, trainer, "/follow-ups")
    assert (await states(world, household, people["Piseth"]))[("placement", "month_1")] == "done"
    # Whoever visits reads it as well, once; finance reads nothing of it.
    visits = await page(world, await monitor(world), family)
    assert visits.count("Mends motorbikes") == visits.count("Self-employed in the trade") == 1
    assert "Mends motorbikes" not in await page(world, await world.person("finance@KPT"), family)


async def test_what_answers_no_check_says_so(world: World) -> None:
    household, people = await trained_family(world)
    address = form_of(household, people["Piseth"])
    async with world.browser(await world.person("trainer@KPT")) as browser:
        for done in ("placement", "no_placement_due"):
            data = {**typed(people["Piseth"]), "id": str(uuid4()), "occupation": done}
            sent = await browser.post(address.split("?")[0], data=data)
            assert sent.headers["location"] == f"/households/{household.id}?done={done}"
        assert "It answers no check" in (await browser.get(sent.headers["location"])).text


async def test_who_visits_elsewhere_is_led_to_what_they_may_do_here(world: World) -> None:
    await paid_family(world)
    household, people = await trained_family(world)
    both = await world.person("trainer@KPT", "monitor@KMP")
    html = await page(world, both, "/follow-ups?whose=all")
    assert f'href="{form_of(household, people["Piseth"])}"' in html
    assert "/visits/new" not in html
    # Who reads what is due of children as well is led there for the trainee alone.
    reads = await page(world, await world.person("trainer@KPT", "manager"), "/follow-ups?whose=all")
    assert "School check" in reads
    assert reads.count("/placements/new") == 1
    visits = await page(world, await monitor(world), "/follow-ups?whose=all")
    assert f"/visits/new?household={household.id}" in visits
    assert "/placements/new" not in visits


async def test_a_family_without_a_trainee_has_no_such_button_and_no_such_form(world: World) -> None:
    other, _ = await paid_family(world)
    household, people = await trained_family(world)
    trainer = await world.person("trainer@KPT")
    for who in (trainer, await monitor(world)):
        assert "/placements/new" not in await page(world, who, f"/households/{other.id}")
    theirs = await members_of(world, other)
    async with world.browser(trainer) as browser:
        for asked in (form_of(household, people["Bopha"]), form_of(other, theirs["Piseth"])):
            assert (await browser.get(asked)).status_code == 404, asked
            body = typed(theirs["Piseth"])
            assert (await browser.post(asked.split("?")[0], data=body)).status_code == 404, asked
    async with world.browser(await world.person("trainer@KMP")) as browser:
        assert (await browser.get(form_of(household, people["Piseth"]))).status_code == 404
    async with world.browser(await world.person("finance@KPT")) as browser:
        assert (await browser.get(form_of(household, people["Piseth"]))).status_code == 403
        assert "/placements/new" not in (await browser.get(f"/households/{household.id}")).text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"placement": ""}, "This is needed. Fill it in."),
        ({"told_by": ""}, "This is needed. Fill it in."),
        ({"told_how": ""}, "This is needed. Fill it in."),
        ({"happened_on": (MONTH_1 + DAY).isoformat()}, "is in the future"),
        ({"happened_on": (PAID - DAY).isoformat()}, "is before the course was completed"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    world: World, changes: dict[str, str], sentence: str
) -> None:
    household, people = await trained_family(world)
    address = form_of(household, people["Piseth"])
    async with world.browser(await world.person("trainer@KPT")) as browser:
        refused = await browser.post(address.split("?")[0], data=typed(people["Piseth"]) | changes)
    assert refused.status_code == 422
    assert sentence in refused.text
    (field,) = changes
    assert f'href="#f-{field}"' in refused.text
    assert "Mends motorbikes at the market" in refused.text
    assert (await states(world, household, people["Piseth"]))[("placement", "month_1")] == "due"


async def test_what_a_trainer_recorded_wrongly_they_put_right_with_why_and_both_stay_readable(
    world: World,
) -> None:
    household, people = await trained_family(world)
    trainer, family = await world.person("trainer@KPT"), f"/households/{household.id}"
    made = (await post(world, trainer, household, of(people["Piseth"]))).json()
    address = f"{form_of(household, people['Piseth'])}&corrects={made['id']}"
    assert address.replace("&", "&amp;") in await page(world, trainer, family)
    assert 'value="employed_relevant" checked' in (await page(world, trainer, address)).replace("\n", " ")
    corrected = typed(people["Piseth"], supersedes=made["id"], placement="not_working", occupation="")
    async with world.browser(trainer) as browser:
        unsaid = await browser.post(family + "/placements/new", data=corrected)
        assert unsaid.status_code == 422
        assert "A correction needs its reason" in unsaid.text
        same = of(people["Piseth"])["details"]
        said = {"placement": same["state"], "told_by": same["told_by"], "told_how": same["told_how"]}
        unchanged = corrected | said | {"reason": "I wonder"}
        refused = await browser.post(family + "/placements/new", data=unchanged)
        assert refused.status_code == 422
        assert 'href="#f-placement"' in refused.text
        sent = await browser.post(
            family + "/placements/new", data=corrected | {"reason": "It was his brother"}
        )
        assert sent.headers["location"] == f"{family}?done=corrected"
        after = (await browser.get(sent.headers["location"])).text
        assert (await browser.get(address)).status_code == 404
    for told in (
        "Does not work",
        "Employed in the trade",
        "It was his brother",
        "<s>Work after the course</s>",
    ):
        assert told in after, told
    assert after.count("&amp;corrects=") == 1
    assert (await states(world, household, people["Piseth"]))[("placement", "month_1")] == "done"


@pytest.mark.parametrize("state", ["employed_relevant", "not_working", "unknown"])
async def test_what_was_told_of_a_trainee_is_not_green_for_nobody_went_there(
    world: World, state: str
) -> None:
    household, people = await trained_family(world)
    trainer = await world.person("trainer@KPT")
    made = await post(world, trainer, household, of(people["Piseth"], state=state))
    assert made.status_code == 201, made.text
    happened = (await page(world, trainer, f"/households/{household.id}")).split('id="happened"')[1]
    (told,) = [one for one in happened.split("<li")[1:] if "Work after the course" in one]
    assert "done" not in told
