"""Child labour by two standards, and attendance by two bars; each number with its source."""

from enum import StrEnum

import msgspec

from livelihood.observations.rules.details import Education, Work


class LabourClass(StrEnum):
    """`unknown`: too little was asked to say; it never means "none"."""

    NONE = "none"
    CHILD_LABOUR = "child_labour"
    HAZARDOUS = "hazardous"
    UNKNOWN = "unknown"


class LabourStandard(msgspec.Struct, frozen=True):
    """From how many hours a week work is child labour, by age from–to; None where hours alone never are."""

    key: str
    source: str
    economic: tuple[tuple[int, int, int], ...]
    chores: tuple[tuple[int, int, int], ...]


ICLS = LabourStandard(
    key="icls",
    source="ICLS resolutions of 2008 and 2018; SDG indicator 8.7.1",
    economic=((5, 11, 1), (12, 14, 14), (15, 17, 43)),
    chores=((5, 14, 21),),
)
KH2012 = LabourStandard(
    key="kh2012",
    source="Cambodia Labour Force and Child Labour Survey 2012",
    economic=((5, 11, 1), (12, 14, 13), (15, 17, 49)),
    chores=(),
)


class ChildLabour(msgspec.Struct, frozen=True):
    icls: LabourClass
    kh2012: LabourClass


def child_labour(work: Work, age: int) -> ChildLabour:
    """By both standards; `age` in completed years on the day observed. Adults are in no child labour."""
    return ChildLabour(icls=_classify(work, age, ICLS), kh2012=_classify(work, age, KH2012))


def _classify(work: Work, age: int, standard: LabourStandard) -> LabourClass:
    if age >= 18:
        return LabourClass.NONE
    if work.hazards:
        return LabourClass.HAZARDOUS
    answers = [
        _reached(work.economic_hours, age, standard.economic),
        _reached(work.chore_hours, age, standard.chores),
    ]
    if True in answers:
        return LabourClass.CHILD_LABOUR
    return LabourClass.UNKNOWN if None in answers else LabourClass.NONE


def _reached(hours: int | None, age: int, bars: tuple[tuple[int, int, int], ...]) -> bool | None:
    bar = next((least for youngest, oldest, least in bars if youngest <= age <= oldest), None)
    if bar is None:
        return False
    return None if hours is None else hours >= bar


class AttendanceBar(msgspec.Struct, frozen=True):
    key: str
    percent: int
    source: str


NATIONAL_BAR = AttendanceBar("national", 80, "National scholarship rule of the Ministry of Education")
ILAB_BAR = AttendanceBar("ilab", 75, "ILAB common indicators")


class Attendance(msgspec.Struct, frozen=True):
    present: int
    open: int
    national: bool
    ilab: bool


def attendance(education: Education) -> Attendance | None:
    """None where the days were not counted, or the school was not open on any."""
    present, opened = education.days_present, education.days_open
    if present is None or not opened:
        return None
    return Attendance(
        present,
        opened,
        national=present * 100 >= NATIONAL_BAR.percent * opened,
        ilab=present * 100 >= ILAB_BAR.percent * opened,
    )
