"""The pages of funds and grants, as a browser without JavaScript sees them."""

import html
import re
from uuid import UUID

from livelihood.followups.reconcile import tick
from tests.grants.stories import (
    approved,
    balances,
    decided,
    drafted,
    family_that_agrees,
    head_of,
    opened_fund,
    paid,
    payment_body,
    submitted,
)
from tests.support.families import registered
from tests.support.world import Browser, World


def words(page: str) -> str:
    """What is read on the page, without its tags."""
    inline = re.sub(r"</?(?:span|strong|time)\b[^>]*>", "", page)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", inline)))


def hidden(page: str) -> dict[str, str]:
    """What the page's own forms send along."""
    return dict(
        re.findall(r'<input type="hidden" name="([^"_][^"]*)" value="([^"]*)"', page[page.index("<main") :])
    )


async def opened(browser: Browser, path: str) -> str:
    answer = await browser.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def typed(fund_id: UUID, **changes: str) -> dict[str, str]:
    return {
        "business": "Fattening pigs",
        "fund_id": str(fund_id),
        "items-0-description": "Two piglets",
        "items-0-amount_minor": "110.50",
        "items-1-description": "Feed",
        "items-1-amount_minor": "39.5",
        "items-2-description": "",
        "items-2-amount_minor": "",
        "monthly_income_minor": "60",
        **changes,
    }


async def test_a_fund_is_opened_and_shown(world: World) -> None:
    async with world.browser(await world.person("finance@KPT")) as browser:
        assert "No fund yet" in words(await opened(browser, "/funds"))
        form = {
            **hidden(await opened(browser, "/funds/new")),
            "name": "Spring",
            "donor": "A donor",
            "currency": "USD",
            "budget_minor": "1,000",
            "starts_on": "2020-01-01",
            "ends_on": "2099-12-31",
            "office_ids": "1",
        }
        refused = await browser.post("/funds/new", data={**form, "budget_minor": "10.005", "donor": ""})
        assert refused.status_code == 422
        assert "10.005 is not an amount of USD" in words(refused.text)
        assert 'value="Spring"' in refused.text
        made = await browser.post("/funds/new", data=form)
        assert made.status_code == 303, made.text
        shown = words(await opened(browser, made.headers["location"]))
        assert "The fund Spring is open. USD 1,000.00 can be granted from it." in shown
        # Sent twice by an impatient thumb, it is still one fund.
        assert (await browser.post("/funds/new", data=form)).status_code == 303
        assert words(await opened(browser, "/funds")).count("Spring") == 1


async def test_an_application_is_written_changed_and_submitted(world: World) -> None:
    fund_id = await opened_fund(world)
    await world.person("caseworker@KPT", name="sophal")
    preparer = await world.person("caseworker@KPT", name="preparer")
    household = await family_that_agrees(world, preparer)
    async with world.browser(preparer) as browser:
        path = f"/grants/new?household={household.id}"
        page = await opened(browser, path)
        assert "Spring: USD 1,000.00 left" in words(page)
        assert "2 tranches: 60 % first" in words(page)
        form = {**hidden(page), **typed(fund_id)}
        refused = await browser.post(
            path, data={**form, "items-0-amount_minor": "-110.50", "items-1-amount_minor": "39.505"}
        )
        assert refused.status_code == 422
        assert {"f-items-0-amount_minor-error", "f-items-1-amount_minor-error"} <= set(
            re.findall(r'id="(f-items-\d-amount_minor-error)"', refused.text)
        )
        assert 'value="39.505"' in refused.text
        more = await browser.post(f"/grants/more-lines?household={household.id}&rows=8", data=form)
        assert 'name="items-7-description"' in more.text
        assert 'value="110.50"' in more.text

        saved = await browser.post(path, data=form)
        assert saved.status_code == 303, saved.text
        shown = await opened(browser, saved.headers["location"])
        assert "The draft is saved" in words(shown)
        assert "One caseworker approves. Who can: Sophal" in words(shown)
        grant_path = saved.headers["location"].partition("?")[0]

        form = await opened(browser, f"{grant_path}/edit")
        assert 'value="110.50"' in form
        changed = await browser.post(
            f"{grant_path}/edit", data={**hidden(form), **typed(fund_id, business="Ducks")}
        )
        assert changed.status_code == 303, changed.text
        stale = await browser.post(f"{grant_path}/edit", data={**hidden(form), **typed(fund_id)})
        assert stale.status_code == 412
        assert "Somebody changed this application after you read it" in words(stale.text)

        handed = await browser.post(f"{grant_path}/submit", data=hidden(await opened(browser, grant_path)))
        assert handed.status_code == 303
        shown = words(await opened(browser, handed.headers["location"]))
        assert "Submitted. One caseworker approves. Who can: Sophal" in shown
        assert "You prepared this application" in shown
        assert (await browser.get(f"{grant_path}/edit")).status_code == 409
        assert "Ducks" in words(await opened(browser, "/grants?status=submitted"))
        assert "Ducks" in words(await opened(browser, "/grants?q=បុប្ផា"))
        for nothing in ("status=active", "q=zzz"):
            assert "No grants here" in words(await opened(browser, f"/grants?{nothing}"))


async def test_amounts_are_in_the_currency_of_the_fund_that_is_chosen(world: World) -> None:
    riel = await opened_fund(world, name="Riel", currency="KHR", budget_minor=4_000_000)
    preparer = await world.person("caseworker@KPT", name="preparer")
    household = await family_that_agrees(world, preparer)
    async with world.browser(preparer) as browser:
        path = f"/grants/new?household={household.id}"
        form = {
            **typed(riel),
            "items-0-amount_minor": "500,000",
            "items-1-amount_minor": "",
            "items-1-description": "",
        }
        over_precise = await browser.post(path, data={**form, "items-0-amount_minor": "500000.5"})
        assert "500000.5 is not an amount of KHR" in words(over_precise.text)
        saved = await browser.post(path, data=form)
        shown = words(await opened(browser, saved.headers["location"]))
    assert "Tranche 1 · KHR 300,000" in shown
    assert "Tranche 2 · KHR 200,000" in shown


async def test_without_consent_the_submission_is_refused_on_the_page(world: World) -> None:
    preparer = await world.person("caseworker@KPT", name="preparer")
    grant_id = await drafted(world, await opened_fund(world), household=await registered(world, preparer))
    async with world.browser(preparer) as browser:
        refused = await browser.post(f"/grants/{grant_id}/submit", data={"version": "1"})
    assert refused.status_code == 409
    assert "has consented to services yet. Record the consent first." in words(refused.text)


async def test_a_decision_says_what_it_does_and_what_it_did(world: World) -> None:
    fund_id = await opened_fund(world)
    grant_id = await submitted(world, fund_id)
    path = f"/grants/{grant_id}"
    async with world.browser(await world.person("caseworker@KPT", name="colleague")) as browser:
        page = await opened(browser, path)
        assert "Approving reserves USD 150.00 from Spring; USD 850.00 left." in words(page)
        form = hidden(page)
        without_note = await browser.post(f"{path}/decisions", data={**form, "decision": "return"})
        assert without_note.status_code == 422
        assert 'id="f-note-error"' in without_note.text
        done = await browser.post(f"{path}/decisions", data={**form, "decision": "approve"})
        assert done.status_code == 303, done.text
        shown = words(await opened(browser, done.headers["location"]))
        assert "Approved: USD 150.00 reserved from Spring; USD 850.00 left." in shown
        assert "Record USD 90.00 as paid" not in shown
    assert await balances(world, fund_id) == (85_000, 15_000, 0)


async def test_above_the_band_the_first_approval_says_that_another_is_needed(world: World) -> None:
    fund_id = await opened_fund(world)
    grant_id = await submitted(world, fund_id, 20_001)
    path = f"/grants/{grant_id}"
    async with world.browser(await world.person("caseworker@KPT", name="colleague")) as browser:
        page = await opened(browser, path)
        assert "One more person has to approve" in words(page)
        done = await browser.post(f"{path}/decisions", data={**hidden(page), "decision": "approve"})
        assert "Another person has to approve too" in words(await opened(browser, done.headers["location"]))
        assert "You have already decided" in words(await opened(browser, path))


async def test_a_fund_too_small_is_said_before_and_refused_after(world: World) -> None:
    grant_id = await submitted(world, await opened_fund(world, budget_minor=14_999))
    path = f"/grants/{grant_id}"
    async with world.browser(await world.person("caseworker@KPT", name="colleague")) as browser:
        page = await opened(browser, path)
        assert "Spring has only USD 149.99 left: it cannot be approved now." in words(page)
        assert 'value="approve"' not in page
        refused = await browser.post(f"{path}/decisions", data={**hidden(page), "decision": "approve"})
        assert refused.status_code == 409
        assert "USD 149.99 left" in words(refused.text)


async def test_a_returned_application_shows_its_note_to_the_preparer(world: World) -> None:
    grant_id = await submitted(world, await opened_fund(world))
    await decided(
        world, await world.person("supervisor@KPT"), grant_id, "return", "Where will the pigs live?"
    )
    async with world.browser(await world.person("caseworker@KPT", name="preparer")) as browser:
        shown = words(await opened(browser, f"/grants/{grant_id}"))
    assert "Returned by Supervisor.Kpt" in shown
    assert "Where will the pigs live?" in shown
    assert "Submitting hands it over for decision" in shown


async def test_finance_pays_and_reads_what_happened(world: World) -> None:
    fund_id = await opened_fund(world)
    grant_id = await approved(world, fund_id)
    path = f"/grants/{grant_id}"
    finance = await world.person("finance@KPT")
    async with world.browser(finance) as browser:
        page = await opened(browser, path)
        assert "USD 90.00 is spent from Spring and cannot be paid a second time." in words(page)
        form = {
            **hidden(page),
            **payment_body(world, await head_of(world, grant_id)),
            "amount_minor": "90.00",
        }
        refused = await browser.post(
            f"{path}/tranches/1/disbursements",
            data={**form, "amount_minor": "89.99", "acknowledgement": "thumbprint", "paid_on": "2999-01-01"},
        )
        assert refused.status_code == 422
        for name in ("amount_minor", "witness", "paid_on"):
            assert f'id="f-{name}-error"' in refused.text
        done = await browser.post(f"{path}/tranches/1/disbursements", data=form)
        assert done.status_code == 303, done.text
        shown = await opened(browser, done.headers["location"])
        assert "Paid USD 90.00." in words(shown)
        assert "The follow-ups are being worked out" in words(shown)
        assert "Tranche 2" in words(shown)
        assert "it cannot be paid yet" in words(shown)
        assert "Record USD" not in words(shown)
    assert await balances(world, fund_id) == (85_000, 6_000, 9_000)


async def test_what_was_planned_is_read_from_the_follow_ups(world: World) -> None:
    grant_id = await approved(world, await opened_fund(world))
    finance = await world.person("finance@KPT")
    await paid(world, finance, grant_id)
    await tick(world.worker, world.clock)
    async with world.browser(finance) as browser:
        planned = words(await opened(browser, f"/grants/{grant_id}?done=paid"))
    assert "Paid USD 90.00. Follow-ups planned for 2 children; first on" in planned


async def test_a_child_out_of_school_is_shown_on_the_grant_and_stops_no_payment(world: World) -> None:
    grant_id = await approved(world, await opened_fund(world))
    (grant,) = await world.owner_rows("SELECT household_id FROM grants WHERE id = $1", grant_id)
    (child,) = await world.owner_rows("SELECT id FROM members WHERE given_name_latin = 'Bopha'")
    body = {
        "household_id": str(grant["household_id"]),
        "happened_on": world.clock.today().isoformat(),
        "outcome": "met",
        "findings": [{"member_id": str(child["id"]), "details": {"kind": "education", "state": "none"}}],
    }
    async with world.client(await world.person("monitor@KPT")) as client:
        made = await client.post("/visits", json=body)
        assert made.status_code == 201, made.text
    async with world.browser(await world.person("caseworker@KPT", name="preparer")) as browser:
        shown = words(await opened(browser, f"/grants/{grant_id}"))
        assert "Out of school: សុខ បុប្ផា" in shown
        assert "This does not stop a payment" in shown
    # Finance pays, and is not told which child.
    finance = await world.person("finance@KPT")
    async with world.browser(finance) as browser:
        assert "Out of school" not in words(await opened(browser, f"/grants/{grant_id}"))
    await paid(world, finance, grant_id)


async def test_a_page_of_another_office_or_role_is_not_there(world: World) -> None:
    grant_id = await submitted(world, await opened_fund(world))
    for role, path, status in (
        ("caseworker@KMP", f"/grants/{grant_id}", 404),
        ("monitor@KPT", f"/grants/{grant_id}", 404),
        ("monitor@KPT", "/grants", 403),
        ("caseworker@KPT", "/funds/new", 403),
        ("supervisor@KPT", f"/grants/{grant_id}/edit", 409),
    ):
        async with world.browser(await world.person(role)) as browser:
            assert (await browser.get(path)).status_code == status, (role, path)
