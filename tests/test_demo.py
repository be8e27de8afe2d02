"""The demonstration data leaves work for everybody, in every office."""

from collections.abc import Generator
from pathlib import Path

import pytest

from livelihood.accounts import service as accounts
from livelihood.accounts.actor import decode_actor
from livelihood.accounts.schemas import Credentials, SignedIn
from livelihood.db.actor import Named
from livelihood.db.work import Database
from livelihood.demo.loading import PARTS, load
from livelihood.demo.people import OFFICES, PASSWORD, TWO_MONITORS, staff
from livelihood.embedded import Postgres
from livelihood.runner import DATABASE, UNFINISHED, Installation, addressed
from livelihood.settings import Settings

NAME = "demo"

WORK = {
    "a household without consent": (
        "SELECT count(*) FROM households h WHERE office_id = {office} "
        "AND NOT EXISTS (SELECT FROM consents c WHERE c.household_id = h.id)"
    ),
    "an application to send": "SELECT count(*) FROM grants WHERE office_id = {office} AND status = 'draft'",
    "an application to mend": "SELECT count(*) FROM grants WHERE office_id = {office} AND status = 'returned'",
    "an application that the first caseworker may decide": (
        "SELECT count(*) FROM grants g JOIN staff s ON s.id = g.prepared_by WHERE office_id = {office} "
        "AND status = 'submitted' AND username LIKE 'caseworker2.%'"
    ),
    "an application that waits for a supervisor": (
        "SELECT count(*) FROM grants g WHERE office_id = {office} AND status = 'submitted' "
        "AND EXISTS (SELECT FROM grant_decisions d WHERE d.grant_id = g.id)"
    ),
    "a payment to make": "SELECT count(*) FROM grants WHERE office_id = {office} AND status = 'approved'",
    "a check that is due": (
        "SELECT count(*) FROM follow_ups WHERE office_id = {office} AND settled IS NULL AND reminds "
        "AND opens_on <= '{today}' AND closes_on >= '{today}'"
    ),
    "a check that is overdue": (
        "SELECT count(*) FROM follow_ups WHERE office_id = {office} AND settled IS NULL AND reminds "
        "AND closes_on < '{today}' AND lapses_on > '{today}'"
    ),
    "an open alert": "SELECT count(*) FROM alerts WHERE office_id = {office} AND closed_on IS NULL",
    "an alert that was closed": "SELECT count(*) FROM alerts WHERE office_id = {office} AND closed_on IS NOT NULL",
    "a family that was handed over": (
        "SELECT count(*) FROM handovers WHERE to_office_id = {office} AND acknowledged_at IS NULL"
    ),
    "a household that is closed": "SELECT count(*) FROM households WHERE office_id = {office} AND closed_on IS NOT NULL",
    "somebody who left": "SELECT count(*) FROM members WHERE office_id = {office} AND left_on IS NOT NULL",
    "somebody on a waitlist": (
        "SELECT count(*) FROM enrolments WHERE office_id = {office} AND state = 'waitlisted'"
    ),
    "somebody in a course": "SELECT count(*) FROM enrolments WHERE office_id = {office} AND state = 'enrolled'",
    "a placement to trace": (
        "SELECT count(*) FROM follow_ups WHERE office_id = {office} AND purpose = 'placement' AND settled IS NULL"
    ),
}


@pytest.fixture
def settings(postgres: Postgres) -> Generator[Settings]:
    postgres.sql(f"CREATE DATABASE {NAME} TEMPLATE livelihood_template")
    yield addressed(Settings(), postgres, NAME)
    postgres.drop_database(NAME)


@pytest.mark.timeout(300)
async def test_everybody_has_work_waiting_and_can_sign_in(postgres: Postgres, settings: Settings) -> None:
    told: list[None] = []
    await load(settings, lambda: told.append(None))
    assert len(told) == PARTS
    today = settings.clock.today().isoformat()
    missing = [
        f"{work} in {prefix}"
        for prefix, (office, _) in OFFICES.items()
        for work, query in WORK.items()
        if postgres.sql(query.format(office=office, today=today), database=NAME) == "0"
    ]
    assert missing == []
    assert postgres.sql("SELECT count(*) FROM dirty", database=NAME) == "0"

    assert (
        postgres.sql("SELECT count(*) FROM places WHERE level = 'village' AND lat IS NULL", database=NAME)
        == "0"
    )
    shared = (
        "SELECT count(*), min(families) > 1, min(villages) > 1 FROM (SELECT count(DISTINCT h.id) AS families, "
        "count(DISTINCT h.village_code) AS villages FROM households h JOIN follow_ups f ON f.household_id = h.id "
        f"WHERE h.office_id = {OFFICES[TWO_MONITORS][0]} AND f.settled IS NULL AND f.reminds "
        f"AND '{today}' BETWEEN f.opens_on AND f.lapses_on GROUP BY h.monitor_id) AS hands"
    )
    assert postgres.sql(shared, database=NAME) == "2|t|t", (
        "two monitors have families to go to, in some villages"
    )

    database = Database(settings.database_url, decode_actor=decode_actor, pool_size=1)
    async with database.work(Named("sign-in")) as uow:
        for person in staff():
            credentials = Credentials(person.username, PASSWORD)
            assert isinstance(await accounts.sign_in(uow, credentials, address="127.0.0.1"), SignedIn)
    await database.stop()


def test_a_load_that_was_cut_short_begins_again(tmp_path: Path) -> None:
    tries: list[str] = []

    def fill(filled: Settings) -> None:
        assert postgres.sql("SELECT count(*) FROM offices WHERE id = 99", database=UNFINISHED) == "0"
        postgres.sql("INSERT INTO offices VALUES (99, 'XXX', 'Half', 'Half')", database=UNFINISHED)
        tries.append(filled.owner_database_url)
        if len(tries) == 1:
            raise KeyboardInterrupt

    postgres = Postgres(tmp_path / "postgres", fast=True)
    installation = Installation(Settings(), tmp_path, 1, tell=lambda _: None, load=fill)
    try:
        postgres.start()
        with pytest.raises(KeyboardInterrupt):
            installation.prepare(postgres, Settings())
        assert DATABASE not in postgres.databases()
        for _ in range(2):
            ready = installation.prepare(postgres, Settings())
            assert ready.database_url == postgres.url(user="livelihood_app", database=DATABASE)
        assert len(tries) == 2
        assert UNFINISHED not in postgres.databases()
    finally:
        postgres.remove()
