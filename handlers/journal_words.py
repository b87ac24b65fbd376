"""What somebody decided, as a sentence: one for every action word of the audit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import text
from handlers.naming import inside

if TYPE_CHECKING:
    from storage.journal import Entry
    from storage.models import Called


def _(sentence: str) -> str:
    """Mark a sentence for the catalogue; it is translated when an entry is shown."""
    return sentence


# {who}: a full name, or the assistant itself; {about}: a code or a name, or nothing; {unit}.
WORDS = {
    "account linked": _("{who} linked one more account."),
    "account taken off": _("{who} took an account off."),
    "answered": _("{who} answered a question about {about}."),
    "answered a correction": _("{who} answered a correction of {about}."),
    "approved": _("{who} approved {about}."),
    "asked": _("{who} asked a question about {about}."),
    "attendance": _("{who} noted who was there."),
    "changed": _("{who} changed the draft {about}."),
    "claim confirmed": _("{who} confirmed who {about} is."),
    "claim refused": _("{who} refused to confirm {about}."),
    "claim open": _("{who} passed the question who {about} is on to somebody else."),
    "claim withdrawn": _("{who} withdrew the question who {about} is."),
    "code changed": _("{who} let the code of a session change."),
    "code opened": _("{who} opened the code of a session."),
    "code renewed": _("{who} gave {about} a new personal code."),
    "codes paused": _("{who} paused the codes, because too many were wrong."),
    "collection closed": _("{who} ended a collection of reports."),
    "collection opened": _("{who} opened a collection of reports."),
    "collection reopened": _("{who} went on with a collection of reports that was ended."),
    "confirmed": _("{who} confirmed that {about} is sent."),
    "consent withdrawn": _("{who} withdrew the consent."),
    "course cancelled": _("{who} cancelled the training {about}."),
    "course changed": _("{who} changed the training {about}."),
    "course closed": _("{who} closed the training {about}."),
    "course discarded": _("{who} discarded the draft of the training {about}."),
    "course drafted": _("{who} drafted the training {about}."),
    "course enlarged": _("{who} gave the training {about} more seats."),
    "course moved": _("{who} moved the training {about}."),
    "course opened": _("{who} opened the training {about}."),
    "cover ended": _("{who} ended a cover: {about} no longer stands in."),
    "cover given": _("{who} asked somebody to stand in for {about}."),
    "declared total withdrawn": _("{who} withdrew the declared total of a school in {unit}."),
    "disapproved": _("{who} did not approve {about}."),
    "discarded": _("{who} discarded the draft {about}."),
    "drafted": _("{who} drafted {about}."),
    "file brought": _("{who} brought in a file."),
    "file thrown away": _("{who} threw a file away."),
    "invitation claimed": _("{who} took up an invitation for {unit}."),
    "invitation revoked": _("{who} took back an invitation for {unit}."),
    "invited": _("{who} made an invitation for {unit}."),
    "nobody can approve": _("{about} waits: nobody can approve it."),
    "nominated": _("{who} nominated people for the training {about}."),
    "nomination revoked": _("{who} took back a nomination for the training {about}."),
    "nudged": _("{who} reminded those who have not completed {about}."),
    "paper revoked": _("{who} revoked a confirmation of attendance."),
    "papers issued": _("{who} issued confirmations for the training {about}."),
    "paused": _("{who} paused {about}."),
    "quotas changed": _("{who} changed the places of the units in the training {about}."),
    "refused": _("{who} asked for something outside the area, or no longer there: {asked} {id}."),
    "report accepted": _("{who} accepted the report of {unit}."),
    "report begun": _("{who} began the report of {unit}."),
    "report numbered": _("{who} entered the official number of the report of {unit}."),
    "report sent back": _("{who} sent the report of {unit} back."),
    "report submitted": _("{who} handed in the report of {unit}."),
    "reported": _("{who} reported a swindle."),
    "reports asked": _("{who} asked communes for their reports."),
    "results written": _("{who} wrote the results of the training {about}."),
    "resumed": _("{who} resumed {about}."),
    "retried": _("{who} sent {about} again to those it did not reach."),
    "role ended": _("{who} ended the role of {about} for {unit}."),
    "role given up": _("{who} gave up the role for {unit}."),
    "role passed on": _("{who} handed over the role for {unit}."),
    "role taken": _("{who} took the role of principal."),
    "roster commune settled": _("{who} said which commune a list means."),
    "roster discarded": _("{who} discarded a list of staff."),
    "roster row judged": _("{who} judged a row of a list of staff."),
    "roster rows judged": _("{who} judged rows of a list of staff."),
    "roster school settled": _("{who} said which school a list means."),
    "roster undone": _("{who} took a list of staff back."),
    "roster written": _("{who} wrote a list of staff."),
    "school closed": _("{who} closed a school in {unit}."),
    "school merged": _("{who} merged schools in {unit}."),
    "school opened": _("{who} opened a school in {unit}."),
    "school renamed": _("{who} renamed a school in {unit}."),
    "school restored": _("{who} took a change of a school in {unit} back."),
    "schools asked": _("{who} asked schools to name people for the training {about}."),
    "session added": _("{who} added a session to the training {about}."),
    "session removed": _("{who} removed a session of the training {about}."),
    "slips printed": _("{who} printed slips with personal codes."),
    "staff added": _("{who} put {about} on the list of a school."),
    "staff leave": _("{who} noted that {about} is on long leave."),
    "staff left": _("{who} noted that {about} has left."),
    "staff moved": _("{who} noted that {about} works at another school now."),
    "staff restored": _("{who} took a change of {about} back."),
    "staff returned": _("{who} noted that {about} is back."),
    "stopped": _("{who} stopped {about}."),
    "substitute approved": _("{who} approved a substitute for {about}."),
    "substitute proposed": _("{who} proposed a substitute for {about}."),
    "substitute refused": _("{who} refused a substitute for {about}."),
    "substitute withdrawn": _("{who} withdrew a substitute for {about}."),
    "told in person": _("{who} told somebody in person whom no message reached."),
    "total declared": _("{who} declared a total for a school without a list in {unit}."),
    "trainer named": _("{who} named a trainer of the training {about}."),
    "trainer removed": _("{who} removed a trainer of the training {about}."),
    "unit merge": _("{who} merged a unit into another: {unit}."),
    "unit rename": _("{who} gave a unit another name: {unit}."),
    "unit reparent": _("{who} put a unit below another: {unit}."),
    "unit split": _("{who} split a unit: {unit} is one of its parts."),
    "walk-in accepted": _("{who} accepted somebody who came without a seat."),
    "walk-in refused": _("{who} refused somebody who came without a seat."),
}
ITSELF = _("The assistant")
# An entry of an older version, whose words are no longer here.
OTHER = _("{who}: {action} {about}")
NAMELESS = _("(no name)")


def sentence(entry: Entry, language: str, called: Called) -> str:
    """The entry as a sentence in a language."""

    def say(words: str, **fields: object) -> str:
        return text.say(language, called, words, **fields)

    return say(
        WORDS.get(entry.action, OTHER),
        who=entry.actor or say(ITSELF),
        about=entry.about or say(NAMELESS),
        unit=inside(entry.unit) or say(NAMELESS),
        action=entry.action,
        asked=entry.detail.get("asked", ""),
        id=entry.subject_id,
    )
