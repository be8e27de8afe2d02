from collections.abc import Mapping
from datetime import date
from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.actor import Actor
from livelihood.db.work import Reads
from livelihood.desk.pages.timeline import coming, happened
from livelihood.desk.queries.household import Whole, whole
from livelihood.desk.rules import Case, Step, next_step
from livelihood.errors import Message, say
from livelihood.followups import labels
from livelihood.followups.queries import handover
from livelihood.followups.queries.people import Child
from livelihood.followups.queries.who_may import who_may
from livelihood.followups.rules.protocols import Purpose
from livelihood.followups.rules.state import State
from livelihood.followups.schemas import AbsenceOut
from livelihood.followups.schemas_leaving import LeavingOut
from livelihood.grants.pages import words as grant_words
from livelihood.grants.rules.status import EDITABLE, Status
from livelihood.households.labels import case_closed, choices, member_left
from livelihood.households.rules import HandedOver, allows_services
from livelihood.web.pages import Html, page
from livelihood.web.words import gettext as _

STEPS: Mapping[Step, tuple[Message, str]] = {
    Step.ANSWER_ALERT: (say("Answer the alert"), "alert"),
    Step.HAND_OVER: (say("The family moved"), "alert"),
    Step.RECORD_CONSENT: (say("Record consent"), "edit"),
    Step.RECORD_VISIT: (say("Record visit"), "visit"),
    Step.DECIDE: (say("Decide on the application"), "grant"),
    Step.PAY: (say("Pay the first tranche"), "grant"),
    Step.FINISH_APPLICATION: (say("Finish the application"), "grant"),
    Step.PREPARE_GRANT: (say("Prepare a grant"), "grant"),
}
DONE: Mapping[str, Message] = {
    "registered": say("Registered. Next: record the family's consent."),
    "member": say("Added to the family. Follow-ups are worked out anew."),
    "consent": say("Consent recorded."),
    "away": say(
        "Saved. Every child who is followed is checked on the return; what was due before stays due."
    ),
    "back": say("Saved. What is due follows the return."),
    "closed": say("The household is closed. What was still to be checked is cancelled; nothing is lost."),
    "moved": say("Saved. Nothing was lost: all checks go on in the new village."),
    "acknowledged": say("Taken note of. The family is yours now."),
    "placement": say("Placement recorded. The check that its day answers is settled."),
    "no_placement_due": say(
        "Placement recorded. It answers no check: none was due on that day, or another record has answered it."
    ),
    "corrected": say("Corrected. What was recorded before stays readable."),
    "missed": say("Marked as missed. The check is off the list of follow-ups; it confirms nobody."),
    "not_lost": say("Taken back. The child is looked for again, as if nobody had said that they were lost."),
    "reopened": say("Taken back. The check is due again, where there is still time for it."),
    "noted": say("Taken note of. The child is off Today; where they are said to live stays on this page."),
    "left": say("Saved. What was still to be checked of them is cancelled."),
    "followed": say("Saved. They are followed again."),
    "risk": say("The risk is changed. The checks follow."),
}


class HouseholdPage(Controller):
    """One family whole, from every area that the reader may see."""

    path = "/households"

    @get("/{household_id:uuid}")
    async def show(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        household_id: FromPath[UUID],
        done: FromQuery[str] = "",
    ) -> Html:
        try:
            found = await whole(reads, household_id, clock.today(), grant_label=_("Grant paid"))
        except HandedOver:
            told = (await handover.of_household(reads, household_id))[::-1]
            return page("desk/handed_over.html", reads, handovers=told, last=told[0], done=done == "moved")
        household, actor = found.household, reads.actor
        step = next_step(case_of(found, actor, clock.today()))
        alone = left_alone(found)
        relationships = dict(choices()["relationship"])
        return page(
            "desk/household.html",
            reads,
            household=household,
            referral=found.referral,
            head=next((person for person in found.people if person.relationship == "head"), None),
            people=[person for person in found.people if person.present],
            gone=gone(found),
            left_reasons=dict(member_left()),
            born={member.id: member for member in household.members},
            relationships=relationships,
            idpoor=dict(choices()["idpoor_level"]),
            purposes=dict(choices()["purposes"]),
            consents=[consent for consent in household.consents if consent.withdrawn_on is None],
            names={person.id: person for person in found.people},
            grants=found.grants,
            sees_money=actor.may(Permission.GRANTS_READ, household.office_id),
            has_grant=found.has_grant,
            coming=coming(found),
            to_place=to_place(found),
            happened=happened(found, clock.zone),
            step=(*STEPS[step], href_of(step, found)) if step else None,
            may_register=actor.may(Permission.HOUSEHOLDS_REGISTER, household.office_id),
            away=away(found, clock.today()),
            may_record_absence=actor.may(Permission.ABSENCES_RECORD, household.office_id),
            new_here=next((one for one in found.handovers if one.acknowledged_at is None), None),
            may_acknowledge=actor.may(Permission.HANDOVERS_ACKNOWLEDGE, household.office_id),
            moved=found.moved,
            waiting=any(one.state in {State.UPCOMING, State.DUE, State.OVERDUE} for one in found.follow_ups),
            colleagues=await who_may(reads, Permission.HOUSEHOLDS_HAND_OVER, household.office_id)
            if found.moved or alone
            else [],
            may_hand_over=actor.may(Permission.HOUSEHOLDS_HAND_OVER, household.office_id),
            closing=next((one for one in found.leavings if one.member_id is None and not one.ended_on), None),
            left_alone=alone,
            closed_reasons=dict(case_closed()),
            may_close=actor.may(Permission.HOUSEHOLDS_CLOSE, household.office_id),
            may_close_checks=actor.may(Permission.CHECKS_CLOSE, household.office_id)
            and any(one.reminds and one.state in {State.DUE, State.OVERDUE} for one in found.follow_ups),
            may_record_leaving=actor.may(Permission.LEAVINGS_RECORD, household.office_id),
            may_set_risk=actor.may(Permission.RISK_SET, household.office_id),
            may_prepare=actor.may(Permission.GRANTS_PREPARE, household.office_id),
            may_send_concern=reads.actor.may(Permission.CONCERNS_SEND, household.office_id),
            reads_visits=actor.may(Permission.VISITS_READ, household.office_id),
            may_visit=actor.may(Permission.VISITS_RECORD, household.office_id),
            labels=labels,
            grant_words=grant_words.STATUS,
            done=DONE.get(done),
        )


def to_place(found: Whole) -> list[Child]:
    """Whose work after the course is to be asked after now, for whoever may record it."""
    asked = {
        one.member_id
        for one in found.follow_ups
        if one.purpose == Purpose.PLACEMENT and one.state in {State.DUE, State.OVERDUE} and one.reminds
    }
    return [one for one in found.people if one.id in asked] if found.may_place else []


def gone(found: Whole) -> list[tuple[Child, LeavingOut]]:
    """Who does not live with the family any more, with how they left."""
    people = {person.id: person for person in found.people}
    return [
        (people[one.member_id], one)
        for one in found.leavings
        if one.member_id is not None and one.ended_on is None
    ]


def left_alone(found: Whole) -> list[tuple[Child, LeavingOut]]:
    """The children among them of whom nobody has taken note yet."""
    return [(person, one) for person, one in gone(found) if one.id in found.left_alone]


def away(found: Whole, today: date) -> dict[UUID, tuple[AbsenceOut, Message]]:
    """By member the time away that runs today, or else the next to come; nobody is away who was seen since."""
    now_or_next: dict[UUID, tuple[AbsenceOut, Message]] = {}
    for one in found.absences:
        if one.away_until > today and one.ended_on is None:
            until = say("away until {day}", day=one.away_until)
            words = say("away from {day}", day=one.away_from) if one.away_from > today else until
            now_or_next.setdefault(one.member_id, (one, words))
    return now_or_next


def case_of(found: Whole, actor: Actor, today: date) -> Case:
    """What is open for this family and within this person's permissions."""
    office = found.household.office_id
    if found.household.closed_on is not None:
        # Only an alert that was reopened by a late record still asks for something.
        return Case(alert_to_answer=_to_answer(found, actor))
    statuses = {grant.status for grant in found.grants}
    open_to_me = {grant.status for grant in found.on_the_table}
    return Case(
        alert_to_answer=_to_answer(found, actor),
        moved=found.moved is not None and actor.may(Permission.HOUSEHOLDS_HAND_OVER, office),
        consent_missing=actor.may(Permission.HOUSEHOLDS_REGISTER, office) and not consented(found, today),
        checks_waiting=actor.may(Permission.VISITS_RECORD, office)
        and any(one.state in {State.DUE, State.OVERDUE} and one.reminds for one in found.follow_ups),
        to_decide=actor.may(Permission.GRANTS_DECIDE, office) and Status.SUBMITTED in open_to_me,
        to_pay=actor.may(Permission.GRANTS_PAY, office) and Status.APPROVED in open_to_me,
        unfinished=actor.may(Permission.GRANTS_PREPARE, office) and bool(statuses & EDITABLE),
        without_grant=actor.may(Permission.GRANTS_PREPARE, office) and not statuses - {Status.REJECTED},
    )


def _to_answer(found: Whole, actor: Actor) -> bool:
    return actor.may(Permission.ALERTS_ACKNOWLEDGE, found.household.office_id) and any(
        alert.closed_on is None and not alert.answered for alert in found.alerts
    )


def consented(found: Whole, today: date) -> bool:
    """Whether an adult of the family has agreed to services, by the same rule that everything else waits for."""
    members = {member.id: member for member in found.household.members}
    return any(
        allows_services(consent, members[consent.member_id], today) for consent in found.household.consents
    )


def href_of(step: Step, found: Whole) -> str:
    household = found.household.id
    wanted = {Step.DECIDE: {Status.SUBMITTED}, Step.PAY: {Status.APPROVED}, Step.FINISH_APPLICATION: EDITABLE}
    if step in wanted:
        return f"/grants/{next(grant.id for grant in found.grants if grant.status in wanted[step])}"
    alert = next((one.id for one in found.alerts if one.closed_on is None and not one.answered), None)
    return {
        Step.ANSWER_ALERT: f"/alerts/{alert}",
        Step.HAND_OVER: f"/households/{household}/move",
        Step.RECORD_CONSENT: f"/households/{household}/consents/new",
        Step.RECORD_VISIT: f"/visits/new?household={household}",
    }.get(step, f"/grants/new?household={household}")
