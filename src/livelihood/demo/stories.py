"""What has happened to the demo's families, as data; every office has one of each."""

from collections.abc import Sequence
from dataclasses import dataclass

from livelihood.followups.rules.facts import Outcome
from livelihood.households.rules import Risk

BUSINESSES = [
    "Vegetable stall",
    "Chicken raising",
    "Grocery shop at home",
    "Noodle stall",
    "Duck raising",
    "Tailoring at home",
]


@dataclass(frozen=True)
class Call:
    """A visit, so many days ago. `out` finds the oldest pupil out of school, `late` records it days later."""

    ago: int
    outcome: Outcome = Outcome.MET
    out: bool = False
    late: int = 0
    placed: bool = False


@dataclass(frozen=True)
class Story:
    """How far a household's case has come. Days are days ago; `reach` is where its grant stands.

    `left` is when the older pupil moved away, `closed` when the household was closed, `handed` when it went to the next
    office.
    """

    intake: int
    consent: bool = True
    reach: str = ""
    dollars: int = 180
    prepared: int = 0
    preparer: str = "caseworker"
    paid: int = 0
    visits: Sequence[Call] = ()
    acknowledged: bool = False
    risk: Risk = Risk.STANDARD
    course: str = ""
    left: int | None = None
    closed: int | None = None
    handed: int | None = None


STORIES = (
    Story(intake=1, consent=False),
    Story(intake=12, risk=Risk.HIGH),
    Story(intake=25, reach="draft", prepared=2),
    Story(intake=30, reach="submitted", prepared=3),
    Story(intake=33, reach="submitted", prepared=2, preparer="caseworker2", course="animal_raising"),
    Story(intake=34, reach="half approved", dollars=240, prepared=4, course="animal_raising"),
    Story(intake=40, reach="returned", prepared=6, preparer="caseworker2", course="animal_raising"),
    Story(intake=60, reach="rejected", prepared=30, dollars=120),
    Story(intake=45, reach="approved", prepared=8, preparer="caseworker2", course="motorbike_repair"),
    Story(intake=48, reach="approved", dollars=250, prepared=9, course="motorbike_repair"),
    Story(intake=70, reach="paid", prepared=25, paid=14, course="motorbike_repair"),
    Story(intake=80, reach="paid", prepared=45, paid=33, visits=(Call(18),)),
    Story(intake=110, reach="paid", prepared=70, paid=62, visits=(Call(47), Call(20, Outcome.NOT_FOUND))),
    Story(intake=150, reach="paid", prepared=110, paid=96, visits=(Call(82), Call(65), Call(36, late=4), Call(4, out=True))),
    Story(intake=160, reach="paid", prepared=125, paid=112, preparer="caseworker2",
          visits=(Call(98), Call(80), Call(30, out=True), Call(9)), risk=Risk.HIGH, acknowledged=True),
    Story(intake=170, reach="paid", prepared=135, paid=118, visits=(Call(104), Call(88), Call(60))),
    Story(intake=260, reach="paid", prepared=215, paid=200, dollars=220, course="sewing",
          visits=(Call(187), Call(168), Call(140, late=3), Call(108), Call(20))),
    Story(intake=240, reach="paid", prepared=60, paid=46, course="sewing", visits=(Call(32), Call(5, placed=True))),
    Story(intake=130, reach="paid", prepared=95, paid=80, dollars=120, visits=(Call(66), Call(50)), closed=10),
    Story(intake=140, reach="paid", prepared=105, paid=90, visits=(Call(76), Call(58)), left=25, handed=1),
)  # fmt: skip

COURSES = {  # trade: seats, started and ended so many days ago, completed
    "sewing": (8, 130, 36),
    "motorbike_repair": (8, 20, -70),
    "animal_raising": (2, -9, -12),
}
