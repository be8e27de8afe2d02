"""Who can sign in to the demo, and what its families are called."""

from dataclasses import dataclass
from itertools import count

from livelihood.accounts.permissions import Role

PASSWORD = "livelihood"  # noqa: S105 - printed for everybody: the demo holds nobody's data
TWO_MONITORS = "KPT"
"""The office in which households can change hands, and one monitor stand in for the other."""
OFFICES = {"KPT": (1, "06"), "KMP": (2, "07"), "SVR": (3, "20")}
"""Each office's key and the province it serves."""

FAMILY_NAMES = [
    ("សុខ", "Sok"), ("ចាន់", "Chan"), ("គឹម", "Kim"), ("ហេង", "Heng"), ("ម៉ៅ", "Mao"), ("នួន", "Nuon"), ("ព្រំ", "Prom"),
    ("រស់", "Ros"), ("សេង", "Seng"), ("ទេព", "Tep"), ("យឹម", "Yim"), ("ឡុង", "Long"), ("ប៊ុន", "Bun"), ("ឈឹម", "Chhim"),
]  # fmt: skip
WOMEN = [
    ("សុភា", "Sophea"), ("ចន្ថា", "Chantha"), ("បុប្ផា", "Bopha"), ("ដាវី", "Davy"), ("ម៉ាលី", "Maly"), ("រតនា", "Ratana"),
    ("ស្រីនាង", "Sreyneang"), ("សុខា", "Sokha"), ("វណ្ណា", "Vanna"),
]  # fmt: skip
MEN = [
    ("សុវណ្ណ", "Sovann"), ("បូរ៉ា", "Bora"), ("ដារ៉ា", "Dara"), ("កុសល", "Kosal"), ("ពិសិដ្ឋ", "Piseth"), ("រិទ្ធី", "Rithy"),
    ("វុទ្ធី", "Vuthy"), ("សម្បត្តិ", "Sambath"),
]  # fmt: skip

SCHOOLS = ["វត្តបូព៌", "ព្រែកត្នោត", "ដីក្រហម", "ស្រះស្រី", "ទួលស្វាយ"]


@dataclass(frozen=True)
class SignIn:
    username: str
    name: str
    role: Role
    office: str | None
    language: str = "en"


def name(number: int) -> str:
    given = (WOMEN, MEN)[number % 2][number * 3 % len(MEN)]
    return f"{FAMILY_NAMES[number * 5 % len(FAMILY_NAMES)][1]} {given[1]}"


def staff() -> list[SignIn]:
    """Everybody who can sign in, all with the same password. Kampot's staff read Khmer."""
    names = map(name, count())
    people: list[SignIn] = []
    for prefix in OFFICES:
        language = "km" if prefix == "KMP" else "en"
        people += [
            SignIn(f"{username}.{prefix.lower()}", next(names), role, prefix, language)
            for username, role in (
                ("caseworker", Role.CASEWORKER),
                ("caseworker2", Role.CASEWORKER),
                ("monitor", Role.MONITOR),
                ("trainer", Role.TRAINER),
                ("supervisor", Role.SUPERVISOR),
            )
        ]
        if prefix == TWO_MONITORS:
            people.append(SignIn(f"monitor2.{prefix.lower()}", "Heng Davy", Role.MONITOR, prefix, language))
    people += [
        SignIn(role.value.replace("_", ""), next(names), role, None)
        for role in (Role.FINANCE, Role.MANAGER, Role.FOCAL_POINT, Role.ANALYST, Role.AUDITOR, Role.ADMIN)
    ]
    return people
