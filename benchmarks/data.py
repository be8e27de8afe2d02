"""Families, visits and follow-ups, made by PostgreSQL itself: ten million rows would take Python hours."""

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from livelihood.clock import Clock
from livelihood.db.actor import Token
from livelihood.embedded import Postgres

ZONE = ZoneInfo("Asia/Phnom_Penh")
TODAY = date(2026, 11, 20)
VILLAGES = 120
"""For each office."""

# What the benchmark fills is nobody's doing, so nothing is audited; foreign keys hold by construction.
QUICKLY = "SET session_replication_role = replica"

PLACES = f"""
INSERT INTO places (code, level, name_km, name_latin, search)
SELECT province_code || '01' || lpad((n / 12 + 1)::text, 2, '0') || lpad((n % 12 + 1)::text, 2, '0'), 'village',
  'ភូមិ ' || n, 'Village ' || n, '{{}}'
FROM office_provinces, generate_series(0, {VILLAGES - 1}) AS n
"""

# A head and none, one or two children a family: fifteen follow-ups on average, once paid.
HOUSEHOLDS = f"""
INSERT INTO households (id, office_id, code, village_code, monitor_id, caseworker_id, phone, intake_on, search,
  registered_by)
SELECT uuidv7(), o.id, o.prefix || '-' || lpad(n::text, 7, '0'),
  p.province_code || '01' || lpad((v / 12 + 1)::text, 2, '0') || lpad((v % 12 + 1)::text, 2, '0'),
  $3, $3, '+8551' || lpad(n::text, 7, '0'), $4::date - 800, '{{}}', $3
FROM (SELECT n, n % 6 + 1 AS office_id, n / 6 % {VILLAGES} AS v FROM generate_series($1::int, $2::int) AS n) AS f
  JOIN offices o ON o.id = f.office_id JOIN office_provinces p ON p.office_id = f.office_id
"""
MEMBERS = """
INSERT INTO members (id, household_id, office_id, family_name_latin, given_name_latin, sex, born_on,
  born_precision, relationship, joined_on, search)
SELECT uuidv7(), h.id, h.office_id, 'Sok', CASE k WHEN 0 THEN 'Dara' ELSE 'Child ' || k END,
  CASE k WHEN 1 THEN 'male' ELSE 'female' END,
  CASE k WHEN 0 THEN $3::date - 12000 - n ELSE $3::date - 2900 - 700 * k - n % 1000 END, 'day',
  CASE k WHEN 0 THEN 'head' ELSE 'daughter' END, h.intake_on, '{}'
FROM (SELECT *, right(code, 7)::int AS n FROM households) AS h, generate_series(0, h.n / 7 % 3) AS k
WHERE h.n BETWEEN $1 AND $2
"""
# Paid on some day of the last two years.
ANCHORS = """
INSERT INTO anchors (id, household_id, office_id, kind, source_id, anchored_on, recorded_at)
SELECT uuidv7(), h.id, h.office_id, 'grant', uuidv7(), day, day + time '03:00'
FROM (SELECT *, right(code, 7)::int AS n FROM households) AS h,
  LATERAL (SELECT $3::date - 730 + h.n * 7919 % 730 AS day) AS paid
WHERE h.n BETWEEN $1 AND $2
"""
# Most checks were made, in their month, and found the children in school.
VISITS = """
INSERT INTO visits (id, household_id, office_id, happened_on, mode, outcome, recorded_by, recorded_at)
SELECT uuidv7(), a.household_id, a.office_id, day, 'in_person', 'met', $4, day + time '09:00'
FROM (SELECT a.*, right(h.code, 7)::int AS n FROM anchors a JOIN households h ON h.id = a.household_id) AS a,
  unnest(ARRAY[14, 30, 61, 91, 182, 273, 365, 547]) WITH ORDINALITY AS after (days, slot),
  LATERAL (SELECT a.anchored_on + days AS day) AS went
WHERE a.n BETWEEN $1 AND $2 AND day < $3 AND (a.n + slot) % 5 > 0
"""
OBSERVATIONS = """
INSERT INTO observations (id, household_id, office_id, member_id, visit_id, kind, happened_on, details,
  recorded_by, recorded_at)
SELECT uuidv7(), v.household_id, v.office_id, m.id, v.id,
  CASE WHEN m.id IS NULL THEN 'business' ELSE 'education' END, v.happened_on,
  CASE WHEN m.id IS NULL THEN '{"kind": "business", "state": "operating"}'::jsonb
    ELSE '{"kind": "education", "state": "formal", "learnt_from": "register"}' END,
  $3, v.recorded_at
FROM visits v JOIN households h ON h.id = v.household_id
  CROSS JOIN LATERAL (
    SELECT id FROM members WHERE household_id = v.household_id AND relationship <> 'head' UNION ALL SELECT NULL
  ) AS m
WHERE right(h.code, 7)::int BETWEEN $1 AND $2
"""


@dataclass(frozen=True)
class Someone:
    """Somebody on the staff who is signed in."""

    id: UUID
    token: str


def clock(day: date = TODAY) -> Clock:
    """Nine in the morning of this day, and going on."""
    return Clock(ZONE, datetime.combine(day, time(9), ZONE) - datetime.now(ZONE))


async def someone(conn: Any, role: str, office_id: int | None) -> Someone:
    """A new member of the staff with this role."""
    token = secrets.token_urlsafe(32)
    staff_id = await conn.fetchval(
        "INSERT INTO staff (id, username, name, language) VALUES (uuidv7(), $1, $1, 'en') RETURNING id",
        f"{role}-{office_id}",
    )
    await conn.execute(
        "INSERT INTO staff_roles (id, staff_id, role, office_id) VALUES (uuidv7(), $1, $2, $3)",
        staff_id,
        role,
        office_id,
    )
    await conn.execute(
        "INSERT INTO sessions (digest, staff_id, expires_at) VALUES ($1, $2, $3)",
        Token.of(token).digest,
        staff_id,
        datetime.now(UTC) + timedelta(days=7),
    )
    return Someone(staff_id, token)


async def places(conn: Any) -> None:
    await conn.execute(PLACES)


async def families(conn: Any, first: int, last: int, staff_id: UUID) -> None:
    """Households by number, with all that their follow-ups follow from; nothing of it is worked out yet."""
    await conn.execute(HOUSEHOLDS, first, last, staff_id, TODAY)
    await conn.execute(MEMBERS, first, last, TODAY)
    await conn.execute(ANCHORS, first, last, TODAY)
    await conn.execute(VISITS, first, last, TODAY, staff_id)
    await conn.execute(OBSERVATIONS, first, last, staff_id)


async def mark(conn: Any, first: int, last: int) -> None:
    """Have the workers look at these households."""
    await conn.execute(
        "INSERT INTO dirty (household_id, office_id, cause) SELECT id, office_id, 'benchmark' FROM households "
        "WHERE right(code, 7)::int BETWEEN $1 AND $2",
        first,
        last,
    )


async def owner(server: Postgres, database: str) -> Any:
    """A connection past policies, triggers and foreign keys."""
    conn = await asyncpg.connect(server.url(database=database))
    await conn.execute(QUICKLY)
    return conn
