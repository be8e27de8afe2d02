"""Where the demo's villages lie. The places that ship say it of communes, so each village is put near its own."""

from math import cos, radians, sin

from sqlalchemy import select, update

from livelihood.db.work import UnitOfWork
from livelihood.households.models import Place
from livelihood.households.rules import Level

# Some two kilometres, in degrees.
AROUND = 0.018
# Turned by the golden angle, neighbours in the list of villages do not lie on top of each other.
TURN = 137.5


async def place_villages(uow: UnitOfWork) -> None:
    """Invented, as the families are: around the commune, or the district where that is not placed."""
    placed = select(Place.code, Place.lat, Place.lng).where(Place.level != Level.VILLAGE)
    known = {
        code: (lat, lng)
        for code, lat, lng in await uow.session.execute(placed)
        if lat is not None and lng is not None
    }
    villages = await uow.session.scalars(select(Place.code).where(Place.level == Level.VILLAGE))
    found: list[dict[str, object]] = []
    for code in villages.all():
        lat, lng = next(known[code[:digits]] for digits in (6, 4, 2) if code[:digits] in known)
        angle = radians(TURN * int(code[6:]))
        found.append({"code": code, "lat": lat + AROUND * sin(angle), "lng": lng + AROUND * cos(angle)})
    await uow.session.execute(update(Place), found)
