"""What the database holds by itself, with every check of the code left out."""

from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from livelihood.db.models import new_id
from tests.grants.stories import approved, balances, drafted, head_of, opened_fund, paid, submitted
from tests.support.world import Person, World

MONEY_TABLES = (
    "funds",
    "fund_offices",
    "fund_entries",
    "grants",
    "grant_preparers",
    "grant_items",
    "tranches",
    "grant_requirements",
    "grant_decisions",
    "disbursements",
)


async def refusal(world: World, person: Person, sql: str, **values: object) -> str:
    """What PostgreSQL says to a statement of the application's role in this person's name."""
    with pytest.raises(DBAPIError) as caught:
        async with world.work(person) as uow:
            await uow.session.execute(text(sql), values)
    return str(caught.value.orig)


async def paid_grant(world: World) -> tuple[UUID, UUID]:
    fund_id = await opened_fund(world)
    grant_id = await approved(world, fund_id)
    await paid(world, await world.person("finance@KPT"), grant_id)
    return fund_id, grant_id


async def test_what_was_booked_decided_or_paid_is_never_changed(world: World) -> None:
    await paid_grant(world)
    manager = await world.person("manager")
    for table in (
        "funds",
        "fund_offices",
        "fund_entries",
        "grant_decisions",
        "grant_requirements",
        "disbursements",
    ):
        column = "office_id" if table != "funds" else "available_minor"
        assert "permission denied" in await refusal(world, manager, f"UPDATE {table} SET {column} = {column}")
        assert "permission denied" in await refusal(world, manager, f"DELETE FROM {table}")
    assert "permission denied" in await refusal(
        world,
        manager,
        "INSERT INTO funds (id, name, donor, currency, starts_on, ends_on, created_by, available_minor)"
        " VALUES (:id, 'x', 'x', 'USD', '2026-01-01', '2026-12-31', :by, 1000000)",
        id=new_id(),
        by=manager.id,
    )


async def test_no_entry_overdraws_a_fund_or_reserves_twice(world: World) -> None:
    fund_id = await opened_fund(world, budget_minor=20_000)
    first, second = await approved(world, fund_id), await submitted(world, fund_id)
    manager = await world.person("manager")
    entry = (
        "INSERT INTO fund_entries (id, fund_id, kind, amount_minor, grant_id, office_id, tranche_number, recorded_by)"
        " VALUES (:id, :fund, :kind, :amount, :grant, 1, :tranche, :by)"
    )

    def values(kind: str, amount: int, grant: UUID, tranche: int | None = None) -> dict[str, object]:
        return {
            "id": new_id(),
            "fund": fund_id,
            "kind": kind,
            "amount": amount,
            "grant": grant,
            "tranche": tranche,
            "by": manager.id,
        }

    assert "ck_funds_available" in await refusal(world, manager, entry, **values("reserve", 5_001, second))
    assert "uq_fund_entries_reserve" in await refusal(world, manager, entry, **values("reserve", 1, first))
    assert "ck_funds_reserved" in await refusal(world, manager, entry, **values("spend", 15_001, first, 1))
    assert "ck_fund_entries_amount_minor" in await refusal(
        world, manager, entry, **values("reserve", -1, second)
    )
    elsewhere = await opened_fund(world, name="Elsewhere")
    wrong_fund = {**values("reserve", 1, second), "fund": elsewhere}
    assert "fk_fund_entries_grant_id_fund_id" in await refusal(world, manager, entry, **wrong_fund)
    assert await balances(world, fund_id) == (5_000, 15_000, 0)


async def test_duties_stay_separate(world: World) -> None:
    fund_id = await opened_fund(world)
    submitted_grant, approved_grant = await submitted(world, fund_id), await approved(world, fund_id)
    preparer = await world.person("caseworker@KPT", name="preparer")
    colleague = await world.person("caseworker@KPT", name="colleague")
    decision = (
        "INSERT INTO grant_decisions (grant_id, office_id, round, decided_by, decision, roles, decided_at)"
        " VALUES (:grant, 1, 1, :by, 'approve', '{caseworker}', now())"
    )
    said = await refusal(world, preparer, decision, grant=submitted_grant, by=preparer.id)
    assert "a preparer" in said
    said = await refusal(world, colleague, decision, grant=approved_grant, by=colleague.id)
    assert "pk_grant_decisions" in said
    payment = (
        "INSERT INTO disbursements (id, grant_id, office_id, household_id, tranche_number, amount_minor, method,"
        " recipient_member_id, acknowledgement, receipt_number, paid_on, paid_by, recorded_at)"
        " SELECT :id, g.id, 1, g.household_id, 1, :amount, 'cash', :to, 'signature', 'A-1', now(), :by, now()"
        " FROM grants g WHERE g.id = :grant"
    )
    head = await head_of(world, approved_grant)
    values = {"id": new_id(), "grant": approved_grant, "by": colleague.id, "amount": 9_000, "to": head}
    assert "an approver" in await refusal(world, colleague, payment, **values)
    finance = await world.person("finance@KPT")
    wrong = {**values, "by": finance.id, "amount": 8_999}
    assert "fk_disbursements_grant_id_tranche_number" in await refusal(world, finance, payment, **wrong)
    stranger = {**values, "by": finance.id, "to": await head_of(world, submitted_grant)}
    assert "fk_disbursements_recipient_member_id" in await refusal(world, finance, payment, **stranger)


async def test_nobody_reads_another_offices_money_nor_any_without_a_money_role(world: World) -> None:
    await paid_grant(world)
    for who in ("caseworker@KMP", "finance@KMP", "monitor@KPT", "trainer@KPT", "auditor", "admin", "analyst"):
        async with world.read(await world.person(who)) as reads:
            for table in MONEY_TABLES:
                assert await reads.conn.fetch(f"SELECT * FROM {table}") == [], (who, table)
    async with world.read(await world.person("finance@KPT")) as reads:
        for table in MONEY_TABLES:
            assert await reads.conn.fetch(f"SELECT * FROM {table}"), table


async def test_nobody_writes_into_another_offices_money(world: World) -> None:
    fund_id = await opened_fund(world)
    grant_id = await drafted(world, fund_id)
    stranger = await world.person("caseworker@KMP", "finance@KMP", name="stranger")
    assert "row-level security" in await refusal(
        world, stranger, "INSERT INTO fund_offices VALUES (:fund, 1)", fund=fund_id
    )
    assert "row-level security" in await refusal(
        world,
        stranger,
        "INSERT INTO fund_entries (id, fund_id, kind, amount_minor, recorded_by) VALUES (:id, :fund, 'budget', 5, :by)",
        id=new_id(),
        fund=fund_id,
        by=stranger.id,
    )
    # A foreign key does not see policies, so the office travels in it.
    assert "fk_grant_items_grant_id_office_id" in await refusal(
        world, stranger, "INSERT INTO grant_items VALUES (:grant, 2, 9, 'x', 5)", grant=grant_id
    )
    async with world.work(stranger) as uow:
        changed = await uow.session.execute(text("UPDATE grants SET business = 'mine'"))
        assert changed.rowcount == 0


async def test_every_movement_of_money_is_in_the_audit_trail(world: World) -> None:
    await paid_grant(world)
    rows = await world.owner_rows(
        "SELECT table_name, action, s.username FROM audit.entries e JOIN staff s ON s.id = e.actor_id"
        " WHERE table_name = ANY($1)",
        ["grant_decisions", "disbursements", "fund_entries"],
    )
    assert {tuple(row) for row in rows} == {
        ("fund_entries", "insert", "manager"),
        ("grant_decisions", "insert", "colleague"),
        ("fund_entries", "insert", "colleague"),
        ("disbursements", "insert", "finance.kpt"),
        ("fund_entries", "insert", "finance.kpt"),
    }
