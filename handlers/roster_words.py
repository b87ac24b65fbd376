"""What the verdicts on a list mean, in words: in the chat, and in the file that is handed back.

Whoever speaks is a `Speaker`: a chat, or `Paper` for what is read outside of one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, assert_never

from handlers.text import say
from storage.intakes import Trouble
from storage.models import Called, Verdict
from storage.rosters.comparison import Doubt, Refusal
from storage.rosters.directory import PlaceTrouble
from storage.rosters.entries import Fault, Remark

if TYPE_CHECKING:
    from typing import TypeAlias

    Reason: TypeAlias = Fault | PlaceTrouble | Refusal | Doubt


class Speaker(Protocol):
    """Says a sentence in somebody's language."""

    def _(self, sentence: str, /, **fields: object) -> str: ...


class Paper:
    """Speaks to officers outside of a chat, in the language of the place or another."""

    def __init__(self, language: str = "vi") -> None:
        self._language = language

    def _(self, sentence: str, /, **fields: object) -> str:
        return say(self._language, Called.ANH_CHI, sentence, **fields)


_KINDS: tuple[type[Fault | PlaceTrouble | Refusal | Doubt], ...] = (
    Fault, PlaceTrouble, Refusal, Doubt,
)  # fmt: skip


def meant(word: str) -> Reason | None:
    """The reason a row was given, by the word that is kept; None for none or another list's."""
    return next((kind(word) for kind in _KINDS if word in list(kind)), None)


def verdict(chat: Speaker, found: Verdict) -> str:
    """What a row means for the list, in a word or two."""
    match found:
        case Verdict.NEW:
            return chat._("new person")
        case Verdict.CHANGED:
            return chat._("changed")
        case Verdict.UNCHANGED:
            return chat._("unchanged")
        case Verdict.MOVED:
            return chat._("moved to another school")
        case Verdict.GONE:
            return chat._("not in the file")
        case Verdict.DOUBTFUL:
            return chat._("to be looked at")
        case Verdict.REFUSED:
            return chat._("not taken")
        case Verdict.SKIPPED:
            return chat._("left alone")
        case _:
            assert_never(found)


def reason(chat: Speaker, word: str) -> str:
    """Why a row is not taken, short enough for a choice; "" for an unknown word."""
    match meant(word):
        case Fault() as fault:
            return _fault(chat, fault)
        case PlaceTrouble() as place:
            return _place(chat, place)
        case Refusal() as refusal:
            return _refusal(chat, refusal)
        case Doubt():
            return chat._("to be looked at")
        case None:
            return ""


def _fault(chat: Speaker, fault: Fault) -> str:
    match fault:
        case Fault.NO_NAME:
            return chat._("no name")
        case Fault.NAME_UNREADABLE:
            return chat._("the name is unreadable")
        case Fault.NOT_STAFF:
            return chat._("neither teacher nor manager")
        case _:
            assert_never(fault)


def _place(chat: Speaker, place: PlaceTrouble) -> str:
    match place:
        case PlaceTrouble.NO_SCHOOL:
            return chat._("no school")
        case PlaceTrouble.UNKNOWN_SCHOOL:
            return chat._("unknown school")
        case PlaceTrouble.UNKNOWN_COMMUNE:
            return chat._("unknown commune")
        case PlaceTrouble.SEVERAL_SCHOOLS:
            return chat._("several schools of this name")
        case PlaceTrouble.SCHOOL_CLOSED:
            return chat._("the school is closed")
        case PlaceTrouble.OUTSIDE:
            return chat._("school of another area")
        case _:
            assert_never(place)


def _refusal(chat: Speaker, refusal: Refusal) -> str:
    match refusal:
        case Refusal.REPEATED:
            return chat._("written twice")
        case Refusal.FROM_OUTSIDE:
            return chat._("on the list of another area")
        case _:
            assert_never(refusal)


def sentence(chat: Speaker, word: str) -> str:
    """Why a row is not taken or has to be looked at, and what to do; "" for an unknown word."""
    match meant(word):
        case Fault() as fault:
            return _fault_said(chat, fault)
        case PlaceTrouble() as place:
            return _place_said(chat, place)
        case Refusal() as refusal:
            return _refusal_said(chat, refusal)
        case Doubt() as doubt:
            return _doubt_said(chat, doubt)
        case None:
            return ""


def _fault_said(chat: Speaker, fault: Fault) -> str:
    match fault:
        case Fault.NO_NAME:
            return chat._("The row has no full name.")
        case Fault.NAME_UNREADABLE:
            return chat._("What stands in the column of names is no name.")
        case Fault.NOT_STAFF:
            return chat._("The person is neither a teacher nor a manager.")
        case _:
            assert_never(fault)


def _place_said(chat: Speaker, place: PlaceTrouble) -> str:
    match place:
        case PlaceTrouble.NO_SCHOOL:
            return chat._("The row names no school.")
        case PlaceTrouble.UNKNOWN_SCHOOL:
            return chat._("No school of this name is known there.")
        case PlaceTrouble.UNKNOWN_COMMUNE:
            return chat._("No commune of this name is known.")
        case PlaceTrouble.SEVERAL_SCHOOLS:
            return chat._("Several schools have this name: the commune has to be written as well.")
        case PlaceTrouble.SCHOOL_CLOSED:
            return chat._("The school is closed.")
        case PlaceTrouble.OUTSIDE:
            return chat._("The school is not in the area {you} are in charge of.")
        case _:
            assert_never(place)


def _refusal_said(chat: Speaker, refusal: Refusal) -> str:
    match refusal:
        case Refusal.REPEATED:
            return chat._("The same person stands in a row above.")
        case Refusal.FROM_OUTSIDE:
            return chat._("The person is on the list of a school in another area.")
        case _:
            assert_never(refusal)


def _doubt_said(chat: Speaker, doubt: Doubt) -> str:  # noqa: PLR0911 - one sentence each
    match doubt:
        case Doubt.NAMESAKE:
            return chat._("Somebody of a like name works at the school: is it the same person?")
        case Doubt.MAYBE_MOVED:
            return chat._("Somebody of this name works at another school: has the person moved?")
        case Doubt.MAYBE_FROM_OUTSIDE:
            return chat._("Somebody of this name is on the list of another area.")
        case Doubt.SAME_ID:
            return chat._("The staff code belongs to somebody of another name.")
        case Doubt.TWICE:
            return chat._("This row and another may be one person.")
        case Doubt.LEFT:
            return chat._("The person was noted to have left: is the person back?")
        case Doubt.PRINCIPAL:
            return chat._("The principal has written otherwise of this person.")
        case Doubt.ADDED_BY_PRINCIPAL:
            return chat._("The principal has added this person, who is not in the file.")
        case Doubt.ON_LEAVE:
            return chat._("The person is on long leave, and not in the file.")
        case _:
            assert_never(doubt)


def remark(chat: Speaker, found: Remark) -> str:  # noqa: PLR0911, PLR0912 - one sentence each
    """What was cleaned or left out in a row that is taken."""
    match found:
        case Remark.NAME_CLEANED:
            return chat._("The name was put right.")
        case Remark.PHONE_CLEANED:
            return chat._("The phone number was put right.")
        case Remark.PHONE_UNREADABLE:
            return chat._("The phone number is unreadable, left out.")
        case Remark.PHONE_FIRST_OF_SEVERAL:
            return chat._("Of several phone numbers the first was taken.")
        case Remark.BIRTH_UNREADABLE:
            return chat._("The date of birth is unreadable, left out.")
        case Remark.POSITION_ASSUMED:
            return chat._("Without a position: taken for a teacher.")
        case Remark.POSITION_UNREADABLE:
            return chat._("The position is unreadable, left out.")
        case Remark.QUALIFICATION_UNREADABLE:
            return chat._("The qualification is unreadable, left out.")
        case Remark.RATING_UNREADABLE:
            return chat._("The rating is unreadable, left out.")
        case Remark.RATING_OLDER:
            return chat._("The rating is older than the one that is known, left out.")
        case Remark.CORE_UNREADABLE:
            return chat._("The level of the core teacher is unreadable, left out.")
        case Remark.ID_UNREADABLE:
            return chat._("The staff code is unreadable, left out.")
        case Remark.ID_CARD:
            return chat._("The number of an identity card is not kept.")
        case _:
            assert_never(found)


def trouble(  # noqa: PLR0911, PLR0912 - one sentence each
    chat: Speaker, why: Trouble, name: str
) -> str:
    """Why the file `name` could not be read, and what to do."""
    match why:
        case Trouble.EMPTY:
            return chat._("The file {name} is empty. Please send it again.", name=name)
        case Trouble.TOO_LARGE:
            return chat._("The file {name} is too large. Please leave out pictures and sheets that"
                          " are not needed.", name=name)  # fmt: skip
        case Trouble.PASSWORD:
            return chat._("The file {name} has a password. Please take it off and send the file"
                          " again.", name=name)  # fmt: skip
        case Trouble.BOMB:
            return chat._("The file {name} is far too large once it is opened. Please copy the list"
                          " into a new file.", name=name)  # fmt: skip
        case Trouble.TOO_MANY_CELLS:
            return chat._("The file {name} has too many cells, perhaps far outside the list. Please"
                          " copy the list into a new file.", name=name)  # fmt: skip
        case Trouble.NOT_A_TABLE:
            return chat._("The file {name} is no table. Please send an Excel file (xlsx, xls) or a"
                          " CSV file.", name=name)  # fmt: skip
        case Trouble.BROKEN:
            return chat._("The file {name} cannot be read. Please open it in Excel, save it as xlsx"
                          " and send it again.", name=name)  # fmt: skip
        case Trouble.LOST:
            return chat._("The file {name} did not arrive. Please send it again.", name=name)
        case Trouble.NO_LIST:
            return chat._("No list of people was found in {name}: a row of headings has to name the"
                          " full name and the school.", name=name)  # fmt: skip
        case Trouble.NOBODY:
            return chat._("The file {name} has headings, and nobody below them.", name=name)
        case Trouble.NO_RIGHT:
            return chat._("The file {name} was not read: {you} have no area as an officer today.",
                          name=name)  # fmt: skip
        case Trouble.GONE:
            return chat._("The rows of {name} are not kept any more. Please send the file again.",
                          name=name)  # fmt: skip
        case _:
            assert_never(why)
