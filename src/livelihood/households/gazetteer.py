"""The country's provinces, districts, communes and villages, brought in from a file and kept up to date by another.

Two forms of CSV are read: this project's (`code,level,name_km,name_latin,lat,lng`) and the National Committee's
own, with a title above, types in Khmer and codes without the zero in front.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from typing import ClassVar

import msgspec

from livelihood.db.reader import Connection
from livelihood.db.work import UnitOfWork
from livelihood.errors import DomainError, Message, say
from livelihood.households.rules import Level
from livelihood.households.search_key import tokens

_DIGITS = {Level.PROVINCE: 2, Level.DISTRICT: 4, Level.COMMUNE: 6, Level.VILLAGE: 8}
_TYPES = {
    **{level.value: level for level in Level},
    "រាជធានី": Level.PROVINCE,
    "ខេត្ត": Level.PROVINCE,
    "ស្រុក": Level.DISTRICT,
    "ក្រុង": Level.DISTRICT,
    "ខណ្ឌ": Level.DISTRICT,
    "ឃុំ": Level.COMMUNE,
    "សង្កាត់": Level.COMMUNE,
    "ភូមិ": Level.VILLAGE,
}
_COLUMNS = {
    "code": "code",
    "level": "level",
    "type": "level",
    "name_km": "name_km",
    "name (khmer)": "name_km",
    "name_latin": "name_latin",
    "name (latin)": "name_latin",
    "lat": "lat",
    "lng": "lng",
}
_NEEDED = frozenset({"code", "level", "name_km", "name_latin"})
_HEADING_ROWS = 5


class UnreadableGazetteer(DomainError):
    code: ClassVar[str] = "unreadable-gazetteer"
    status: ClassVar[int] = 422


class PlaceFault(msgspec.Struct, frozen=True):
    """A line of the file that was left out; what the gazetteer held under its code stays as it was."""

    line: int
    message: Message


class GazetteerReport(msgspec.Struct, frozen=True):
    inserted: int
    changed: int
    unchanged: int
    faults: tuple[PlaceFault, ...]


class _Place(msgspec.Struct, frozen=True):
    code: str
    level: Level
    name_km: str
    name_latin: str
    lat: float | None
    lng: float | None


async def import_shipped(uow: UnitOfWork) -> GazetteerReport:
    """The places that come with the software: every province, and all of three of them."""
    shipped = resources.files("livelihood.households").joinpath("data/places.csv").read_bytes()
    return await import_places(uow, shipped)


async def import_places(uow: UnitOfWork, content: bytes) -> GazetteerReport:
    """Bring in the file's places: new ones are added, known ones changed where the file differs, none removed.

    Places are the owner's to write: run it in a unit of work of the owner's database. A line whose type and code
    disagree is reported and leaves the existing place alone: the committee's file has `30802 Ti Dobbram` as a
    village where 030802 is a commune. Raises `UnreadableGazetteer` where the file is neither of the two forms.
    """
    lines = _lines(content)
    connection = await uow.connection()
    await connection.execute("LOCK TABLE places IN SHARE ROW EXCLUSIVE MODE")
    rows = await connection.fetch("SELECT code, level, name_km, name_latin, lat, lng FROM places")
    held = {str(row[0]): _Place(row[0], Level(row[1]), *row[2:]) for row in map(tuple, rows)}
    faults: list[PlaceFault] = []
    read = [_merged(held.get(place.code), place) for place in _read(lines, held, faults)]
    new = [place for place in read if place.code not in held]
    changed = [place for place in read if place.code in held and place != held[place.code]]
    await _write(connection, new + changed)
    return GazetteerReport(len(new), len(changed), len(read) - len(new) - len(changed), tuple(faults))


async def _write(connection: Connection, places: Sequence[_Place]) -> None:
    if not places:
        return
    await connection.execute("CREATE TEMP TABLE arriving_places (LIKE places) ON COMMIT DROP")
    await connection.copy_records_to_table(
        "arriving_places",
        records=[
            (p.code, p.level.value, p.name_km, p.name_latin, p.lat, p.lng, tokens(p.name_km, p.name_latin))
            for p in places
        ],
        columns=["code", "level", "name_km", "name_latin", "lat", "lng", "search"],
    )
    await connection.execute(
        "INSERT INTO places (code, level, name_km, name_latin, lat, lng, search)"
        " SELECT code, level, name_km, name_latin, lat, lng, search FROM arriving_places"
        " ON CONFLICT (code) DO UPDATE SET level = excluded.level, name_km = excluded.name_km,"
        " name_latin = excluded.name_latin, lat = excluded.lat, lng = excluded.lng, search = excluded.search"
    )
    await connection.execute("DROP TABLE arriving_places")


def _merged(held: _Place | None, arriving: _Place) -> _Place:
    """A file without coordinates does not take away those that are known."""
    if held is not None and arriving.lat is None:
        return msgspec.structs.replace(arriving, lat=held.lat, lng=held.lng)
    return arriving


def _lines(content: bytes) -> Iterator[tuple[int, Mapping[str, str]]]:
    """The rows below the headings with their line numbers; raises before the first where there are no headings."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableGazetteer(
            say("The file is not UTF-8 text. Save it as “CSV UTF-8” and import it again.")
        ) from error
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        for _, headings in zip(range(_HEADING_ROWS), reader, strict=False):
            names = [_COLUMNS.get(cell.strip().casefold(), "") for cell in headings]
            if set(names) >= _NEEDED:
                blank = dict.fromkeys(names, "")
                cells = ((reader.line_num, row) for row in reader if any(row))
                return iter([(line, blank | dict(zip(names, row, strict=False))) for line, row in cells])
    except csv.Error as error:
        raise UnreadableGazetteer(say("The file is not a CSV table. Save it as “CSV UTF-8”.")) from error
    raise UnreadableGazetteer(
        say(
            "The file has none of the two rows of headings that are known: “code,level,name_km,name_latin”, or the "
            "committee's “Type, Code, Name (Khmer), Name (Latin)”."
        )
    )


def _read(
    lines: Iterator[tuple[int, Mapping[str, str]]], held: Mapping[str, _Place], faults: list[PlaceFault]
) -> list[_Place]:
    places: dict[str, _Place] = {}
    numbers: dict[str, int] = {}
    for number, cells in lines:
        place = _place(cells)
        if isinstance(place, Message):
            faults.append(PlaceFault(number, place))
        elif place.code in places:
            faults.append(
                PlaceFault(
                    number,
                    say(
                        "{code} stands in the file twice; the first counts. Remove one of the two.",
                        code=place.code,
                    ),
                )
            )
        else:
            places[place.code] = place
            numbers[place.code] = number
    # By length of code, so that a parent that is left out takes what lies in it along.
    kept: dict[str, _Place] = {}
    for code in sorted(places, key=lambda code: (len(code), code)):
        parent = code[:-2]
        if parent and parent not in kept and parent not in held:
            faults.append(
                PlaceFault(
                    numbers[code],
                    say(
                        "{code} {name} lies in {parent}, which is not in the gazetteer. Import that place first.",
                        code=code,
                        name=places[code].name_latin,
                        parent=parent,
                    ),
                )
            )
        else:
            kept[code] = places[code]
    faults.sort(key=lambda fault: fault.line)
    return list(kept.values())


def _place(cells: Mapping[str, str]) -> _Place | Message:
    written = cells["code"].strip()
    name_km, name_latin = _name(cells["name_km"]), _name(cells["name_latin"])
    level = _TYPES.get(cells["level"].strip())
    if level is None:
        return say(
            "“{type}” is not a type of place. Write province, district, commune or village.",
            type=cells["level"].strip()[:40],
        )
    if not (written.isascii() and written.isdecimal()):
        return say("“{code}” is not a code. Write its digits.", code=written[:40])
    code = written.zfill(len(written) + len(written) % 2)
    if len(code) != _DIGITS[level]:
        return say(
            "{code} {name} is called a {level}, whose code has {digits} digits. What is known under this code stays "
            "as it is.",
            code=written[:40],
            name=name_latin,
            level=level.value,
            digits=str(_DIGITS[level]),
        )
    if not name_km and not name_latin:
        return say("{code} has no name. Write it in Khmer, in Latin script, or both.", code=code)
    try:
        lat, lng = (float(cells[name]) if cells.get(name) else None for name in ("lat", "lng"))
    except ValueError:
        return say("The coordinates of {code} are not numbers. Write them as 12.11749.", code=code)
    # The country's file has a village without a Latin name; a reader is better served by the other than by none.
    return _Place(code, level, name_km or name_latin, name_latin or name_km, lat, lng)


def _name(text: str) -> str:
    return " ".join(text.replace("\u200b", "").split())
