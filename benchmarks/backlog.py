"""Working out families from nothing, beside a bare COPY of the same rows into a table of the same indexes."""

import io
import time
from typing import Any

from benchmarks import data
from benchmarks.rounds import Ratio, ratio
from livelihood.clock import Clock
from livelihood.db.work import Database
from livelihood.followups.reconcile import tick

# The twin has every index, check and foreign key of the table, or it would be no fair floor.
TWIN = """
CREATE TABLE follow_ups_copied (LIKE follow_ups INCLUDING ALL,
  FOREIGN KEY (household_id, office_id) REFERENCES households (id, office_id),
  FOREIGN KEY (member_id, household_id) REFERENCES members (id, household_id))
"""
ROWS = """
SELECT f.* FROM follow_ups f JOIN households h ON h.id = f.household_id
WHERE right(h.code, 7)::int BETWEEN {first} AND {last}
"""


async def work_out(
    conn: Any, checked: Any, worker: Database, first: int, last: int, rounds: int, clock: Clock
) -> Ratio:
    """Rows a second of the workers' tick and of COPY, a part of the families a round; both tables grow alike.

    `checked` is a connection on which foreign keys hold, as they do for the workers.
    """
    await conn.execute(TWIN)
    ours: list[float] = []
    theirs: list[float] = []
    size = (last - first + 1) // rounds
    for number in range(rounds):
        begin, end = first + number * size, first + (number + 1) * size - 1
        await data.mark(conn, begin, end)
        began = time.perf_counter()
        await tick(worker, clock)
        took = time.perf_counter() - began
        # Rows in PostgreSQL's own form, ready to send: what is timed of the copy is nothing but the copy.
        packed = io.BytesIO()
        await conn.copy_from_query(ROWS.format(first=begin, last=end), output=packed, format="binary")
        rows = await conn.fetchval(f"SELECT count(*) FROM ({ROWS.format(first=begin, last=end)}) AS r")
        packed.seek(0)
        began = time.perf_counter()
        await checked.copy_to_table("follow_ups_copied", source=packed, format="binary")
        copied = time.perf_counter() - began
        ours.append(rows / took)
        theirs.append(rows / copied)
    await conn.execute("DROP TABLE follow_ups_copied")
    return ratio(
        f"{last - first + 1} households worked out from nothing, against COPY of their rows",
        ours, theirs, unit="rows/s", least=0.2,
    )  # fmt: skip


async def grow(conn: Any, wanted: int) -> int:
    """Copies of the families worked out, with new ids, until so many follow-ups are stored.

    Ten million rows by the workers would take hours; these are of families that nothing will ever change.
    """
    have: int = await conn.fetchval("SELECT count(*) FROM follow_ups")
    copies = max(0, round(wanted / max(have, 1)) - 1)
    if copies:
        for table, changed in COPIED.items():
            await _copy(conn, table, changed, copies)
    await conn.execute("VACUUM ANALYZE")
    return await conn.fetchval("SELECT count(*) FROM follow_ups")


# A uuid and a number give another uuid; household, members, anchors and checks keep going together.
ANOTHER = "md5(f.{column}::text || n)::uuid"
COPIED = {
    "households": {"id": ANOTHER, "code": "f.code || '-' || n", "next_change_on": "NULL::date"},
    "members": {"id": ANOTHER, "household_id": ANOTHER},
    "followed_children": {"member_id": ANOTHER, "household_id": ANOTHER},
    "follow_ups": {"id": ANOTHER, "household_id": ANOTHER, "member_id": ANOTHER, "anchor_id": ANOTHER},
}


async def _copy(conn: Any, table: str, changed: dict[str, str], copies: int) -> None:
    """So many copies of all rows of a table; its indexes are made anew, which is quicker than to fill them."""
    columns = await conn.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped "
        "AND attgenerated = '' ORDER BY attnum",
        table,
    )
    names = [row[0] for row in columns]
    values = [changed.get(name, f"f.{name}").format(column=name) for name in names]
    # What a foreign key refers to stays.
    indexes = await conn.fetch(
        "SELECT indexname, indexdef FROM pg_indexes i WHERE tablename = $1 "
        "AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = format('public.%I', i.indexname)::regclass)",
        table,
    )
    for row in indexes:
        await conn.execute(f"DROP INDEX {row['indexname']}")
    await conn.execute(
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} "
        f"FROM generate_series(1, {copies}) AS n, {table} f"
    )
    for row in indexes:
        await conn.execute(row["indexdef"])
