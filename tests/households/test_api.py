"""Households over JSON, as a caseworker's own tools would use them."""

from uuid import UUID, uuid4

import pytest
from uuid_utils.compat import uuid7

from livelihood.db.actor import Named
from livelihood.households.models import Household
from livelihood.households.search_key import tokens
from tests.support.families import family, member, registered
from tests.support.places import KMP, UNSERVED
from tests.support.world import World


async def test_a_household_is_registered_read_and_listed(world: World):
    caseworker = await world.person("caseworker@KPT")
    async with world.client(caseworker) as client:
        made = await client.post("/households", json=family())
        assert made.status_code == 201, made.text
        assert made.json()["code"] == "KPT-00001"
        assert made.json()["phone"] == "+85512345678"
        assert [person["given_name_latin"] for person in made.json()["members"]] == [
            "Dara",
            "Piseth",
            "Bopha",
        ]
        shown = await client.get(made.headers["Location"].removeprefix("/api/v1"))
        assert shown.json() == made.json()
        listed = (await client.get("/households")).json()
        assert [(row["code"], row["children"]) for row in listed["items"]] == [("KPT-00001", 2)]


@pytest.mark.parametrize(
    "text", ["បុប្ផា", "bop", "sok dara", "សុខដារ៉ា", "KPT-00001", "012 345 678", "+85512345678"]
)
async def test_search_finds_a_name_in_either_script_a_code_and_a_phone(world: World, text: str):
    caseworker = await world.person("caseworker@KPT")
    await registered(world, caseworker)
    async with world.client(caseworker) as client:
        found = (await client.get("/households", params={"q": text})).json()
    assert [row["code"] for row in found["items"]] == ["KPT-00001"]


async def test_a_whole_code_finds_its_family_alone(world: World):
    """KPT-00001 is also the beginning of KPT-000012, as an office grows."""
    caseworker = await world.person("caseworker@KPT")
    await registered(world, caseworker)
    longer = await registered(world, caseworker)
    async with world.owner.work(Named("setup")) as uow:
        household = await uow.session.get_one(Household, longer.id)
        household.code = "KPT-000012"
        household.search = tokens(household.code)
    async with world.client(caseworker) as client:
        found = (await client.get("/households", params={"q": " kpt-00001 "})).json()["items"]
    assert [one["code"] for one in found] == ["KPT-00001"]


async def test_search_does_not_reach_another_office(world: World):
    await registered(world, await world.person("caseworker@KPT"))
    async with world.client(await world.person("caseworker@KMP")) as client:
        assert (await client.get("/households", params={"q": "dara"})).json()["items"] == []


async def test_another_offices_household_is_as_if_absent(world: World):
    household = await registered(world, await world.person("caseworker@KPT"))
    async with world.client(await world.person("caseworker@KMP")) as client:
        foreign = await client.get(f"/households/{household.id}")
        absent = await client.get(f"/households/{uuid4()}")
        assert (foreign.status_code, absent.status_code) == (404, 404)
        assert foreign.json()["detail"] == absent.json()["detail"]
        joined = await client.post(f"/households/{household.id}/members", json=member("New", "2016-01-01"))
        assert joined.status_code == 404


async def test_the_same_request_twice_makes_one_household(world: World):
    body = family(id=str(uuid7()))
    async with world.client(await world.person("caseworker@KPT")) as client:
        first, second = [await client.post("/households", json=body) for _ in range(2)]
        assert first.status_code == second.status_code == 201
        assert first.json() == second.json()
        other = await client.post("/households", json={**body, "phone": "012 345 679"})
        assert other.status_code == 409
        assert len((await client.get("/households")).json()["items"]) == 1


async def test_every_fault_is_named_at_its_field_and_nothing_is_saved(
    world: World, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("DEBUG")
    body = family(
        phone="12345",
        intake_on="2999-01-01",
        members=[
            member("Dara", "1985-03-02", "head"),
            member("Second", "2998-05-05", "head", given_name_latin=None),
            member("Third", "1469-03-02"),
        ],
    )
    async with world.client(await world.person("caseworker@KPT")) as client:
        refused = await client.post("/households", json=body)
        assert refused.status_code == 422
        assert {error["field"] for error in refused.json()["errors"]} == {
            "members.1.family_name_km",
            "members.1.born_on",
            "members.2.born_on",
            "members",
            "intake_on",
            "phone",
        }
        assert (await client.get("/households")).json()["items"] == []
    # What was said of people is repeated neither to whoever may log the answer nor in the log of ours.
    for said in ("2998", "1469", "12345", "Third", "Sok"):
        assert said not in refused.text
        assert said not in caplog.text


async def test_a_village_nobody_serves_and_one_that_is_not_there(world: World):
    async with world.client(await world.person("caseworker@KPT")) as client:
        for village, words in ((UNSERVED, "No office serves"), ("99999999", "no village 99999999")):
            refused = await client.post("/households", json=family(village_code=village))
            assert refused.status_code == 422
            (error,) = refused.json()["errors"]
            assert error["field"] == "village_code"
            assert words in error["message"]


async def test_a_caseworker_registers_for_their_own_office_only(world: World):
    async with world.client(await world.person("caseworker@KPT")) as client:
        assert (await client.post("/households", json=family(village_code=KMP))).status_code == 403
    async with world.client(await world.person("monitor@KPT")) as client:
        assert (await client.post("/households", json=family())).status_code == 403


async def test_pages_of_a_list_hold_everything_once(world: World):
    caseworker = await world.person("caseworker@KPT")
    for _ in range(5):
        await registered(world, caseworker)
    seen: list[str] = []
    cursor: str | None = ""
    async with world.client(caseworker) as client:
        while cursor is not None:
            page = (await client.get("/households", params={"cursor": cursor, "limit": 2})).json()
            seen += [row["code"] for row in page["items"]]
            cursor = page["next_cursor"]
    assert seen == [f"KPT-{number:05d}" for number in range(1, 6)]


async def test_somebody_joins_and_consents(world: World):
    caseworker = await world.person("caseworker@KPT")
    household = await registered(world, caseworker)
    async with world.client(caseworker) as client:
        joined = await client.post(
            f"/households/{household.id}/members", json=member("Chanda", "2018-02-03", "daughter")
        )
        assert joined.status_code == 201, joined.text
        people = {person["given_name_latin"]: UUID(person["id"]) for person in joined.json()["members"]}
        consent = {
            "member_id": str(people["Dara"]),
            "purposes": ["services"],
            "method": "thumbprint",
            "given_on": "2026-01-05",
        }
        refused = await client.post(f"/households/{household.id}/consents", json=consent)
        assert [error["field"] for error in refused.json()["errors"]] == ["witness"]
        given = await client.post(
            f"/households/{household.id}/consents", json={**consent, "witness": "Chea Sophal"}
        )
        assert [kept["witness"] for kept in given.json()["consents"]] == ["Chea Sophal"]


async def test_a_second_head_is_refused(world: World):
    caseworker = await world.person("caseworker@KPT")
    household = await registered(world, caseworker)
    async with world.client(caseworker) as client:
        refused = await client.post(
            f"/households/{household.id}/members", json=member("Two", "1990-01-01", "head")
        )
    assert [error["field"] for error in refused.json()["errors"]] == ["relationship"]


async def test_a_trainer_sees_no_risk_and_nobody_unassigned_sees_the_referral(world: World):
    caseworker = await world.person("caseworker@KPT")
    household = await registered(world, caseworker, risk="high", risk_reason="debt", referral_source="Police")
    async with world.client(await world.person("trainer@KPT")) as client:
        assert (await client.get(f"/households/{household.id}")).json()["risk"] is None
    for who, sees in (
        (caseworker, 1),
        (await world.person("supervisor@KPT"), 0),
        (await world.person("focal_point@KPT"), 1),
    ):
        async with world.read(who) as reads:
            assert len(await reads.conn.fetch("SELECT * FROM household_referrals")) == sees, who.username


async def test_an_id_used_in_one_household_is_refused_in_another(world: World):
    caseworker = await world.person("caseworker@KPT")
    first, second = [await registered(world, caseworker) for _ in range(2)]
    body = member("Chanda", "2018-02-03", "daughter", id=str(uuid7()))
    async with world.client(caseworker) as client:
        assert (await client.post(f"/households/{first.id}/members", json=body)).status_code == 201
        assert (await client.post(f"/households/{first.id}/members", json=body)).status_code == 201
        assert (await client.post(f"/households/{second.id}/members", json=body)).status_code == 409
