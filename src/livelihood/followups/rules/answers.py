"""Answers about one child in one visit that cannot both be true: whoever was there knows which one is."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from uuid import UUID

from livelihood.errors import Message, say
from livelihood.followups.rules.confirmation import vouches
from livelihood.followups.rules.facts import Mode, Outcome, Visit
from livelihood.observations.rules import (
    GONE,
    Details,
    Education,
    EducationState,
    LearntFrom,
    Standing,
    Whereabouts,
    WhereaboutsState,
)

THERE_AND_GONE = say(
    "You noted that this child was there and that you saw them, so they are not away. Take one of the two back."
)
IN_SCHOOL_AND_GONE = say(
    "Of this child it says in school, as found there, and also away alone or nowhere known. Which is true? Take the "
    "other back; where the family only told that the child is in school, choose the caregiver as who said it."
)
SPOKE_AND_GONE = say(
    "Of this child it says that they told it themselves, and also away alone or nowhere known. Which is true? Take the "
    "other back; where somebody else told it, choose them as who said it."
)
OUT_AND_AT_SCHOOL = say(
    "Of this child it says not in school, and also at school. Which is true? Choose in school, or say where else the "
    "child is."
)


def contradictions_within(
    findings: Iterable[tuple[UUID | None, Details]],
    mode: Mode,
    outcome: Outcome,
    present: Collection[UUID],
) -> dict[int, Message]:
    """At which whereabouts, by their place, to ask which of two answers is true.

    To be enrolled is no place to be: who is in school by a caregiver's word, by telephone, or by a word of which nobody
    said whose it is, may have gone this morning, so the two stand together, and the alarm is raised; and so may who is
    on a register that has them away. Who was found in school on this day has not, nor has who was spoken with,
    whatever they said. The other way round no such reading is left: “not in school” says of a child that they learn nowhere, and whoever is found at
    school all the same would count as out of school and as safe at once.
    """
    findings = list(findings)
    found: dict[int, Message] = {}
    for place, (member_id, where) in enumerate(findings):
        if not isinstance(where, Whereabouts) or member_id is None:
            continue
        told = [said for who, said in findings if who == member_id and isinstance(said, Education)]
        there = member_id in present
        if where.state in GONE and there:
            found[place] = THERE_AND_GONE
        elif where.state in GONE and (seen := [one for one in told if vouches(one, mode, outcome)]):
            spoke = any(one.learnt_from is LearntFrom.CHILD for one in seen)
            found[place] = SPOKE_AND_GONE if spoke else IN_SCHOOL_AND_GONE
        elif where.state is WhereaboutsState.AT_SCHOOL and any(
            said.state is EducationState.NONE for said in told
        ):
            found[place] = OUT_AND_AT_SCHOOL
    return found


def contradicted_by_the_rest(
    finding_id: UUID,
    details: Details,
    day: date,
    records: Iterable[Standing],
    visits: Mapping[UUID, Visit],
) -> Message | None:
    """Why this finding cannot say that, of that day, beside what else its visit found of the same person then. `records`
    and `visits` are the household's, without what was withdrawn; None too where the finding stands no longer.

    The way on names the withdrawal, because there may be no other: of a child noted as present, or from “in school, at
    school” to “not in school, away alone”, where each of the two corrections alone contradicts what is left.
    """
    records = list(records)
    wrong = next((one for one in records if one.id == finding_id), None)
    visit = visits.get(wrong.visit_id) if wrong and wrong.visit_id else None
    if wrong is None or visit is None or not isinstance(details, Education | Whereabouts):
        return None
    answers = [(wrong.member_id, details)] + [
        (one.member_id, one.details)
        for one in records
        if (one.visit_id, one.member_id, one.happened_on) == (visit.id, wrong.member_id, day)
        and one.id != wrong.id
    ]
    there = visit.present if day == visit.happened_on else frozenset[UUID]()
    asked = next(iter(contradictions_within(answers, visit.mode, visit.outcome, there).values()), None)
    if asked is None:
        return None
    return say(
        "{asked} If another finding of the visit is wrong, correct that one first; where that is refused too, or the child "
        "was not there, withdraw the visit and record it again.",
        asked=asked,
    )
