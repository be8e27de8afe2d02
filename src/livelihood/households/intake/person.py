"""One row of the list as a member of a household."""

from datetime import date
from uuid import UUID, uuid5

from livelihood.errors import say
from livelihood.households.intake.cells import (
    ANSWERS,
    HAZARDS,
    RELATIONSHIPS,
    SEXES,
    Row,
    read_grade,
    read_hours,
    split,
)
from livelihood.households.intake.dates import ReadDate, read_date
from livelihood.households.intake.faults import Faults
from livelihood.households.intake.shapes import Education, Member, Work
from livelihood.households.rules import Relationship, Sex
from livelihood.households.search_key import normalise

_LONGEST_NAME = 80
_LONGEST_SCHOOL = 160
_CHILDREN = {Relationship.SON: Sex.MALE, Relationship.DAUGHTER: Sex.FEMALE}


def read_member(row: Row, household_id: UUID, position: int, today: date, faults: Faults) -> Member | None:
    """The member that the row describes; None where a fault leaves no member to speak of (then it is recorded)."""
    sex = _sex(row, faults)
    relationship = _relationship(row, sex, faults)
    born = read_birth(row, today, faults)
    names = _names(row, faults)
    education = _education(row, faults)
    work = _work(row, faults)
    if sex is None or relationship is None or born is None or names is None:
        return None
    return Member(
        row=row.number,
        id=uuid5(household_id, f"member {position}"),
        relationship=relationship,
        family_name_km=names[0],
        given_name_km=names[1],
        family_name_latin=names[2],
        given_name_latin=names[3],
        sex=sex,
        born_on=born.on,
        born_precision=born.precision,
        education=education,
        work=work,
    )


def read_birth(row: Row, today: date, faults: Faults) -> ReadDate | None:
    column = "Date of birth"
    before = len(faults.found)
    born = faults.checked(row, column, read_date)
    if born is None and len(faults.found) == before:
        faults.error(
            row,
            column,
            say("The date of birth is missing. Where nobody knows it, write the year that is most likely."),
        )
    if born and born.on > today:
        faults.error(
            row,
            column,
            say(
                "“{value}” is in the future. Ask for the date of birth again, or write only the year.",
                value=row.text(column),
            ),
        )
        return None
    return born


def _sex(row: Row, faults: Faults) -> Sex | None:
    if not row.text("Sex"):
        faults.error(row, "Sex", say("The sex is missing. Write F or M (ស or ប)."))
    found = faults.chosen(row, "Sex", SEXES, "F, M")
    return Sex(found) if found else None


def _relationship(row: Row, sex: Sex | None, faults: Faults) -> Relationship | None:
    column = "Relationship"
    if not row.text(column):
        faults.error(
            row,
            column,
            say("The relationship to the head is missing. Write Head, Son, Daughter or another one."),
        )
    found = faults.chosen(
        row,
        column,
        RELATIONSHIPS,
        "Head, Spouse, Son, Daughter, Grandchild, Parent, Sibling, Niece, Nephew, Other relative, Not related",
    )
    if found == "child":
        return Relationship.SON if sex is Sex.MALE else Relationship.DAUGHTER
    relationship = Relationship(found) if found else None
    if sex and relationship and _CHILDREN.get(relationship, sex) is not sex:
        faults.warning(
            row,
            "Sex",
            say(
                "“{value}” does not go with “{relationship}”. Look at both; the household comes in as written.",
                value=row.text("Sex"),
                relationship=row.text(column),
            ),
        )
    return relationship


def _names(row: Row, faults: Faults) -> tuple[str | None, str | None, str | None, str | None] | None:
    columns = ("Family name (Khmer)", "Given name (Khmer)", "Family name (Latin)", "Given name (Latin)")
    before = len(faults.found)
    names = [faults.text(row, column, _LONGEST_NAME) for column in columns]
    if len(faults.found) > before:
        return None
    if not (names[0] and names[1]) and not (names[2] and names[3]):
        missing = next(column for column, name in zip(columns, names, strict=True) if not name)
        faults.error(
            row,
            missing,
            say(
                "The name is not whole. Write the family name and the given name, both in Khmer or both in Latin script."
            ),
        )
        return None
    return names[0], names[1], names[2], names[3]


def _education(row: Row, faults: Faults) -> Education | None:
    answer = faults.chosen(row, "In school", ANSWERS, "Yes, No (បាទ, ទេ)")
    grade = faults.checked(row, "Grade", read_grade)
    school = faults.text(row, "School", _LONGEST_SCHOOL)
    if answer == "yes":
        return Education(in_school=True, school=school, grade=grade)
    for column in ("School", "Grade"):
        if row.text(column):
            faults.warning(
                row,
                column,
                say(
                    "“{value}” is not used, because “In school” does not say Yes. Is this child in school?",
                    value=row.text(column)[:_LONGEST_NAME],
                ),
            )
    return Education(in_school=False, school=None, grade=None) if answer == "no" else None


def _work(row: Row, faults: Faults) -> Work | None:
    columns = ("Work hours/week", "Chores hours/week")
    economic, chores = (faults.checked(row, column, read_hours) for column in columns)
    if economic is not None and chores is not None and economic + chores > 168:
        faults.error(
            row,
            columns[1],
            say(
                "{value} hours of chores and {work} of work are together more than a week has (168).",
                value=str(chores),
                work=str(economic),
            ),
        )
    hazards: set[str] = set()
    for part in split(row["Hazards"]):
        word = normalise(part)
        if word in HAZARDS:
            hazards.add(HAZARDS[word])
        elif word and ANSWERS.get(word) != "no":
            faults.warning(
                row,
                "Hazards",
                say(
                    "“{value}” is not on the list of hazardous conditions and is not recorded. Write one of: {known}.",
                    value=part[:_LONGEST_NAME],
                    known="brick kiln, chemicals, construction, firefighting, fishing at sea, heavy loads, high heat, "
                    "pesticide spraying, underground work",
                ),
            )
    if economic is None and chores is None and not hazards:
        return None
    return Work(economic_hours=economic, chore_hours=chores, hazards=tuple(sorted(hazards)))
