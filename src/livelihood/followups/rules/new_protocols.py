"""Protocols that people make, and the end of any: what does not hold together, as a sentence beside its field."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import count

import msgspec

from livelihood.errors import FieldError, say
from livelihood.followups.rules.facts import AnchorKind
from livelihood.followups.rules.protocol_drafts import Draft, check_faults, slots_of, start_faults
from livelihood.followups.rules.protocols import ON_RETURN, Protocol
from livelihood.households.search_key import normalise


class Naming(msgspec.Struct, frozen=True):
    """What a new protocol is called, and what its plans count from."""

    name_en: str
    name_km: str
    anchors: tuple[AnchorKind, ...]


def first_version(known: Iterable[Protocol], naming: Naming, draft: Draft) -> Protocol:
    """Ask `new_faults` first. Its key is made from the English name, and stays whatever it is called in time."""
    made = Protocol(
        key=_key(naming.name_en, {"new", ON_RETURN.key, *(one.key for one in known)}),
        version=1,
        effective_from=draft.effective_from,
        source=draft.source,
        anchors=tuple(sorted(set(naming.anchors))),
        slots=(),
        from_age=draft.from_age,
        to_age=draft.to_age,
        name_en=naming.name_en.strip(),
        name_km=naming.name_km.strip(),
    )
    return msgspec.structs.replace(made, slots=slots_of(made, draft.slots))


def _key(name: str, taken: set[str]) -> str:
    """It stands in addresses, where "new" is taken too."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub("[^a-z0-9]+", "_", plain).strip("_")[:30].rstrip("_") or "protocol"
    return next(
        key for number in count(1) if (key := words if number == 1 else f"{words}_{number}") not in taken
    )


def new_faults(known: Iterable[Protocol], naming: Naming, draft: Draft, today: date) -> list[FieldError]:
    return [
        *_names(known, naming),
        *_anchors(naming.anchors),
        *start_faults(None, draft.effective_from, today),
        *check_faults(naming.anchors, draft),
    ]


def _names(known: Iterable[Protocol], naming: Naming) -> Iterator[FieldError]:
    others = [one for one in known if one.own]
    for field, name in (("name_en", naming.name_en), ("name_km", naming.name_km)):
        if any(_same_name(name, getattr(one, field)) for one in others):
            yield FieldError(
                field,
                say("A protocol of this name is there already. Change that one, or choose another name."),
            )


def _same_name(name: str, other: str) -> bool:
    """As people read them: Khmer is written in several ways that look alike, and with spaces that nobody sees."""
    return _read(name) == _read(other)


def _read(name: str) -> str:
    # A name may be of signs alone, of which a key keeps none.
    return normalise(name) or name.strip()


def _anchors(anchors: tuple[AnchorKind, ...]) -> Iterator[FieldError]:
    if not anchors:
        yield FieldError("anchors", say("Say from what the checks count. Choose at least one."))
    elif AnchorKind.RETURN in anchors:
        yield FieldError(
            "anchors",
            say(
                "Whoever was away is checked on the return by every plan. Choose from what else the checks count."
            ),
        )
    elif AnchorKind.COURSE in anchors and len(set(anchors)) > 1:
        yield FieldError(
            "anchors",
            say(
                "A completed course concerns one trainee, and the others a family. Choose the course alone, or leave it out."
            ),
        )


def ended(before: Protocol, day: date, source: str) -> Protocol:
    """The version from which nothing more is planned; ask `end_faults` first."""
    return msgspec.structs.replace(
        before, version=before.version + 1, effective_from=day, source=source, slots=()
    )


def end_faults(before: Protocol, day: date, today: date) -> list[FieldError]:
    if not before.slots:
        return [
            FieldError(
                "effective_from",
                say(
                    "This protocol ends on {day} already, and plans nothing after it.",
                    day=before.effective_from,
                ),
            )
        ]
    return list(start_faults(before, day, today))
