"""An intake list goes in: checked first, then each household whole or not at all, and never twice."""

import asyncio
import csv
import io
from pathlib import Path
from typing import Any

import httpx
import pytest
from uuid_utils.compat import uuid7

from livelihood.db.actor import Named
from livelihood.households import gazetteer
from livelihood.households.intake.workbook import MOST_BYTES
from livelihood.observations.imports import service
from livelihood.observations.imports.schemas import Upload
from tests.households.test_intake_workbook import workbook
from tests.support.places import KMP, KPT, SVR
from tests.support.world import Person, World, clock_at

SAMPLE = Path(__file__).parents[1] / "households" / "data" / "intake-sample.xlsx"
FAULTS = SAMPLE.with_name("intake-sample-faults.csv")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADINGS = (
    "No", "Village code", "Village", "Relationship", "Family name (Khmer)", "Given name (Khmer)",
    "Family name (Latin)", "Given name (Latin)", "Sex", "Date of birth", "Phone", "IDPoor", "IDPoor card",
    "IDPoor expiry", "Referred by", "In school", "School", "Grade", "Work hours/week", "Chores hours/week", "Hazards",
    "Intake date",
)  # fmt: skip


def listed(*families: tuple[str, ...], village: str = KPT) -> bytes:
    """A list of families of a head and a son in grade 3: the head's name, the son's, a telephone, a village."""
    lines: list[list[Any]] = []
    for number, (head, son, *more) in enumerate(families, 1):
        phone, where = [*more, "", village][0], more[1] if len(more) > 1 else village
        first = [number, where, "", "Head", "", "", "Sok", head, "F", "1985", phone, "", "", "", "School"]
        lines.append([*first, *[""] * 6, "05/01/2026"])
        lines.append(
            [
                *[""] * 3,
                "Son",
                "",
                "",
                "Sok",
                son,
                "M",
                "03/04/2015",
                *[""] * 5,
                "Yes",
                "Chey",
                3,
                2,
                5,
                "kiln",
            ]
        )
    return workbook(HEADINGS, *lines)


async def sent(client: httpx.AsyncClient, content: bytes, **fields: str) -> httpx.Response:
    return await client.post("/households/imports", files={"file": ("June.xlsx", content, XLSX)}, data=fields)


async def importer(world: World, *roles: str) -> Person:
    return await world.person(*(roles or ("supervisor",)))


async def counted(world: World) -> tuple[int, int, int]:
    (row,) = await world.owner_rows(
        "SELECT (SELECT count(*) FROM households), (SELECT count(*) FROM members), (SELECT count(*) FROM observations)"
    )
    return tuple(row)


async def test_the_sample_is_checked_and_then_imported(world: World) -> None:
    world.clock = clock_at("2026-11-22")
    async with world.owner.work(Named("setup")) as uow:
        await gazetteer.import_shipped(uow)
    async with world.client(await importer(world)) as client:
        checked = await sent(client, SAMPLE.read_bytes())
        assert checked.status_code == 201, checked.text
        body = checked.json()
        with FAULTS.open(encoding="utf-8", newline="") as file:
            known = [(int(row["row"]), row["severity"], row["field"]) for row in csv.DictReader(file)]
        assert [(f["row"], f["severity"], f["column"]) for f in body["faults"]] == known
        assert (body["state"], body["ready"], body["people"], body["refused"]) == ("checked", 32, 105, 8)
        assert await counted(world) == (0, 0, 0)
        assert (await client.get(checked.headers["Location"].removeprefix("/api/v1"))).json() == body

        done = await client.post(f"/households/imports/{body['id']}/run", json={})
        assert done.status_code == 200, done.text
        outcome = done.json()["outcome"]
        assert len(outcome) == 31
        assert all(one["added"] and one["reason"] is None for one in outcome)
        assert 74 not in {one["row"] for one in outcome}
        assert done.json()["households"] is None
        households, members, observations = await counted(world)
        assert (households, members) == (31, 103)
        assert observations > 100
        again = await client.post(f"/households/imports/{body['id']}/run", json={})
        assert again.json() == done.json()
        assert (await client.get("/households", params={"q": "សុវណ្ណ"})).json()["items"]

        second = (await sent(client, SAMPLE.read_bytes())).json()
        assert sum(f["column"] == "Household" for f in second["faults"]) == 33
        run = await client.post(f"/households/imports/{second['id']}/run", json={})
        assert run.json()["outcome"] == []
        assert await counted(world) == (households, members, observations)
    rows = await world.owner_rows(
        "SELECT o.prefix, count(*) FROM households h JOIN offices o ON o.id = h.office_id GROUP BY 1"
    )
    assert {row[0] for row in rows} == {"KPT", "KMP", "SVR"}


async def test_what_the_list_says_of_a_child_is_observed_on_the_day_of_the_intake(world: World) -> None:
    async with world.client(await importer(world, "caseworker@KPT")) as client:
        made = (await sent(client, listed(("Dara", "Vuthy"), ("Bopha", "Rith")))).json()
        assert (await client.post(f"/households/imports/{made['id']}/run", json={})).status_code == 200
    rows = await world.owner_rows(
        "SELECT o.kind, o.happened_on::text, o.details::text FROM observations o JOIN members m ON m.id = o.member_id"
        " WHERE m.given_name_latin = 'Vuthy' ORDER BY o.kind"
    )
    education, work = map(tuple, rows)
    assert education[:2] == ("education", "2026-01-05")
    assert '"grade": 3' in education[2]
    assert '"state": "formal"' in education[2]
    assert '"hazards": ["kilns"]' in work[2]
    assert '"economic_hours": 2' in work[2]
    (schools,) = await world.owner_rows("SELECT count(*) FROM schools WHERE name_km = 'Chey'")
    assert schools[0] == 1
    assert len(await world.owner_rows("SELECT * FROM dirty")) == 2


async def test_a_corrected_list_adds_only_what_was_missing(world: World) -> None:
    async with world.client(await importer(world, "caseworker@KPT")) as client:
        first = (await sent(client, listed(("Dara", "Vuthy")))).json()
        await client.post(f"/households/imports/{first['id']}/run", json={})
        both = (await sent(client, listed(("Bopha", "Rith"), ("Dara", "Vuthy")))).json()
        assert [(h["row"], h["looks_like"]) for h in both["households"]] == [(2, None), (4, "KPT-00001")]
        # Even asked for, the same household is recognised by its id.
        run = (await client.post(f"/households/imports/{both['id']}/run", json={"confirmed": [4]})).json()
        assert [(one["row"], one["added"], one["code"]) for one in run["outcome"]] == [
            (2, True, "KPT-00002"),
            (4, False, "KPT-00001"),
        ]
    assert (await counted(world))[0] == 2


async def test_a_household_that_fails_leaves_nothing_and_the_others_come_in(world: World) -> None:
    caseworker = await importer(world, "caseworker@KPT")
    async with world.client(caseworker) as client:
        made = (await sent(client, listed(("Dara", "Vuthy"), ("Bopha", "Rith")))).json()
        await world.owner_rows(
            "UPDATE household_imports SET plan = jsonb_set(plan, '{1,members,1,education,school}', '\"Phnum\"')"
        )
        # A member of the second household is written under another one meanwhile: its id is taken.
        ids = await world.owner_rows("SELECT plan -> 1 -> 'members' -> 1 ->> 'id' FROM household_imports")
        async with world.owner.work(Named("setup")) as uow:
            connection = await uow.connection()
            await connection.execute(
                "INSERT INTO creations (id, kind, body_hash) SELECT (plan -> 1 ->> 'id')::uuid, 'other', '' "
                "FROM household_imports"
            )
        assert ids
        run = (await client.post(f"/households/imports/{made['id']}/run", json={})).json()
    assert [(one["row"], one["added"]) for one in run["outcome"]] == [(2, True), (4, False)]
    assert "already used" in run["outcome"][1]["reason"]
    assert (await counted(world))[:2] == (1, 2)
    assert not await world.owner_rows("SELECT * FROM schools WHERE name_km = 'Phnum'")


async def test_two_presses_at_once_import_once(world: World) -> None:
    async with world.client(await importer(world, "caseworker@KPT")) as client:
        made = (await sent(client, listed(("Dara", "Vuthy"), ("Bopha", "Rith")))).json()
        runs = await asyncio.gather(
            *(client.post(f"/households/imports/{made['id']}/run", json={}) for _ in range(3))
        )
    assert {run.status_code for run in runs} == {200}
    assert len({run.text for run in runs}) == 1
    assert (await counted(world))[:2] == (2, 4)


async def test_two_lists_with_the_same_family_register_it_once_and_ask(world: World) -> None:
    """Both are checked before either runs; the second tells her telephone as well, so it is not the same rows."""
    async with world.client(await importer(world, "caseworker@KPT")) as client:
        first = (await sent(client, listed(("Dara", "Vuthy")))).json()
        second = (await sent(client, listed(("Bopha", "Rith"), ("Dara", "Vuthy", "012 345 678")))).json()
        assert [one["looks_like"] for one in (*first["households"], *second["households"])] == [None] * 3
        runs = await asyncio.gather(
            *(client.post(f"/households/imports/{one['id']}/run", json={}) for one in (first, second))
        )
        assert {run.status_code for run in runs} == {200}
        outcome = [one for run in runs for one in run.json()["outcome"]]
        (out,) = [one for one in outcome if one["reason"]]
        assert (out["added"], out["code"]) == (False, None)
        assert "registered after this list was checked" in out["reason"]
        assert (await counted(world))[:2] == (2, 4)


async def test_a_family_that_came_in_since_is_asked_about_on_the_page(world: World) -> None:
    caseworker = await importer(world, "caseworker@KPT")
    async with world.client(caseworker) as client, world.browser(caseworker) as browser:
        late = (await sent(client, listed(("Dara", "Vuthy", "012 345 678")))).json()
        early = (await sent(client, listed(("Dara", "Vuthy")))).json()
        await client.post(f"/households/imports/{early['id']}/run", json={})
        # Row 2 is ticked, but nobody was asked about the household that is there now.
        run = await browser.post(f"/households/imports/{late['id']}/run", data={"confirmed": "2"})
        done = await browser.get(run.headers["location"])
        assert "It looks like household KPT-00001, which was registered after" in done.text
        assert (await counted(world))[0] == 1
        again = (await sent(client, listed(("Dara", "Vuthy", "012 345 678")))).json()
        assert [one["looks_like"] for one in again["households"]] == ["KPT-00001"]
        chosen = await client.post(f"/households/imports/{again['id']}/run", json={"confirmed": [2]})
        assert [one["added"] for one in chosen.json()["outcome"]] == [True]


async def test_lists_of_several_offices_in_opposite_order_do_not_hold_each_other_up(world: World) -> None:
    names = [(f"{letter}ara", f"{letter}uthy") for letter in "BCDFGHKL"]
    there = [(head + place, son, "", place) for head, son in names for place in (KPT, KMP)]
    back = [(f"{head}x", son, "", village) for head, son, _, village in reversed(there)]
    async with world.client(await importer(world)) as client:
        made = [(await sent(client, listed(*families))).json() for families in (there, back)]
        runs = await asyncio.gather(
            *(client.post(f"/households/imports/{one['id']}/run", json={}) for one in made)
        )
    assert [run.status_code for run in runs] == [200, 200], [run.text for run in runs]
    assert all(one["added"] for run in runs for one in run.json()["outcome"])
    assert (await counted(world))[0] == 4 * len(names)


async def test_only_ones_own_offices_and_only_with_the_permission(world: World) -> None:
    async with world.client(await importer(world, "caseworker@KMP")) as client:
        made = (await sent(client, listed(("Dara", "Vuthy"), village=KPT))).json()
        assert (made["ready"], made["refused"]) == (0, 1)
        assert "may not import" in made["faults"][0]["message"]
        assert (await sent(client, listed(("Dara", "Vuthy"), village=KMP))).json()["ready"] == 1
    async with world.client(await importer(world, "monitor@KPT")) as client:
        assert (await sent(client, listed(("Dara", "Vuthy")))).status_code == 403
    async with world.client(await importer(world, "manager")) as client:
        made = (await sent(client, listed(("Sophea", "Vuthy"), village=SVR))).json()
        run = (await client.post(f"/households/imports/{made['id']}/run", json={})).json()
        assert [one["code"] for one in run["outcome"]] == ["SVR-00001"]


async def test_an_import_is_its_uploaders_alone(world: World) -> None:
    async with world.client(await importer(world, "caseworker@KPT")) as client:
        made = (await sent(client, listed(("Dara", "Vuthy")))).json()
        assert [one["id"] for one in (await client.get("/households/imports")).json()["items"]] == [
            made["id"]
        ]
    async with world.client(await importer(world, "supervisor@KPT")) as client:
        assert (await client.get(f"/households/imports/{made['id']}")).status_code == 404
        assert (await client.post(f"/households/imports/{made['id']}/run", json={})).status_code == 404
        assert (await client.get("/households/imports")).json()["items"] == []


async def test_the_same_upload_with_the_same_id_is_one_import(world: World) -> None:
    given = str(uuid7())
    async with world.client(await importer(world, "caseworker@KPT")) as client:
        first, second = [await sent(client, listed(("Dara", "Vuthy")), id=given) for _ in range(2)]
        # A workbook carries the moment it was made, so only equal bytes are the same file.
        assert {first.status_code, second.status_code} <= {201, 409}
        content = listed(("Dara", "Vuthy"))
        other = str(uuid7())
        assert (await sent(client, content, id=other)).json() == (
            await sent(client, content, id=other)
        ).json()
        assert (await sent(client, SAMPLE.read_bytes(), id=other)).status_code == 409


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not an Excel workbook"),
        (b"PK\x03\x04 no", "not an Excel workbook"),
        (b"0" * (MOST_BYTES + 1), "MB"),
    ],
)
async def test_what_is_no_list_is_refused_with_the_way_out(world: World, content: bytes, words: str) -> None:
    async with world.client(await importer(world, "caseworker@KPT")) as client:
        refused = await sent(client, content)
        assert refused.status_code == 422
        assert words in refused.json()["detail"]


async def test_uploads_that_are_no_uploads(world: World) -> None:
    async with world.client(await importer(world, "caseworker@KPT")) as client:
        for answer in (
            await client.post("/households/imports", json={"file": "x"}),
            await client.post("/households/imports", data={"file": "x"}),
            await client.post("/households/imports", files={"other": ("a.xlsx", b"x", XLSX)}),
            await client.post(
                "/households/imports", files={"file": ("a.xlsx", b"x", XLSX)}, data={"id": "seven"}
            ),
            await client.post("/households/imports"),
        ):
            assert 400 <= answer.status_code < 500, answer.text
        huge = await sent(client, b"0" * (MOST_BYTES + 1_000_000))
        assert huge.status_code == 413
        unknown = await client.post(f"/households/imports/{uuid7()}/run", json={"confirm": []})
        assert unknown.status_code == 422


async def test_after_thirty_days_a_checked_list_is_forgotten(world: World) -> None:
    world.clock = clock_at("2026-06-01")
    caseworker = await importer(world, "caseworker@KPT")
    async with world.client(caseworker) as client:
        old = (await sent(client, listed(("Dara", "Vuthy")))).json()
        for day, kept in (("2026-06-30", True), ("2026-07-02", False)):
            async with world.worker.work(Named("worker")) as uow:
                await service.forget(uow, clock=clock_at(day))
            shown = (await client.get(f"/households/imports/{old['id']}")).json()
            assert (shown["households"] is not None) == (shown["faults"] is not None) == kept
        late = await client.post(f"/households/imports/{old['id']}/run", json={})
        assert late.status_code == 409
        assert "Upload it again" in late.json()["detail"]


async def test_a_list_from_the_command_line_is_checked_or_imported(world: World) -> None:
    caseworker = await importer(world, "caseworker@SVR")
    upload = Upload("June.xlsx", listed(("Dara", "Vuthy"), village=SVR))
    async with world.work(caseworker) as uow:
        dry = await service.import_list(uow, upload, clock=world.clock, dry_run=True)
    assert dry.outcome is None
    assert (await counted(world))[0] == 0
    async with world.work(caseworker) as uow:
        run = await service.import_list(uow, upload, clock=world.clock, dry_run=False)
    assert [one.code for one in run.outcome or []] == ["SVR-00001"]


async def test_the_pages_check_ask_import_and_show_what_happened(world: World) -> None:
    content = listed(("Dara", "Vuthy"), ("Dara", "Vuthy"), ("Bopha", "Rith"))
    async with world.browser(await importer(world, "caseworker@KPT")) as browser:
        assert "Import an intake list" in (await browser.get("/households/imports/new")).text
        nothing = await browser.post("/households/imports/new", files={"file": ("", b"", XLSX)})
        assert nothing.status_code == 422
        assert "Choose the workbook" in nothing.text
        broken = await browser.post("/households/imports/new", files={"file": ("a.xlsx", b"PK", XLSX)})
        assert broken.status_code == 422
        assert 'id="f-file-error"' in broken.text
        checked = await browser.post("/households/imports/new", files={"file": ("June.xlsx", content, XLSX)})
        assert checked.status_code == 303, checked.text
        report = await browser.get(checked.headers["location"])
        assert "Import 2 households and those ticked" in report.text
        assert 'name="confirmed" value="4">' in report.text
        faults = await browser.get(f"{checked.headers['location']}/faults.csv")
        assert next(csv.DictReader(io.StringIO(faults.content.decode("utf-8-sig"))))["Column"] == "Household"
        run = await browser.post(
            f"{checked.headers['location']}/run", data={"confirmed": ["x", "99999999999"]}
        )
        assert run.status_code == 303, run.text
        done = await browser.get(run.headers["location"])
        assert "2 households with 4 people were registered" in done.text
        assert "KPT-00002" in done.text
        again = await browser.post(f"{checked.headers['location']}/run")
        assert again.status_code == 303
    assert (await counted(world))[0] == 2


async def test_the_file_of_faults_holds_no_formulas(world: World) -> None:
    lines = [[1, KPT, "", "Head", "", "", "Sok", "Dara", "=1+1", "1985", *[""] * 11, "05/01/2026"]]
    async with world.browser(await importer(world, "caseworker@KPT")) as browser:
        out = io.BytesIO()
        import xlsxwriter

        with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
            sheet = book.add_worksheet()
            for number, line in enumerate((HEADINGS, *lines)):
                sheet.write_row(number, 0, line)
        sent = await browser.post("/households/imports/new", files={"file": ("a.xlsx", out.getvalue(), XLSX)})
        faults = await browser.get(f"{sent.headers['location']}/faults.csv")
    assert "'=1+1" in faults.text
