"""A new school in an officer's area: name, type, ownership, commune."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers import naming, school_desk, school_register
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import school_names, schools, staff_desk
from storage import school_register as register
from storage.models import Ownership, SchoolType
from storage.school_register import Refused

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply

router.command("school-open", words=("mo truong", "mo truong moi", "them truong", "open school"))
# Communes on one screen; where there are more, the name is typed.
COMMUNES = 6


@router.action("school-open")
def open_(chat: Chat) -> Reply:
    """Ask for the name; the type is read from it."""
    school_desk.officer(chat)
    chat.begin(opening=True)
    return chat.ask(
        chat._("What is the new school called? Please write the whole name, for example: Trường MN"
               " Hoa Sen."),
        "school new", back="schools",
    )  # fmt: skip


@router.step("school new")
def new_name(chat: Chat) -> Reply:
    """The name; then the type where the name does not say it."""
    school_desk.officer(chat)
    if not school_register.named(chat.text):
        return chat.again(
            chat._("This is not a whole name. Please write the name of the school, in words.")
        )
    chat.form["name"] = chat.text
    kind = schools.type_of(chat.text)
    return _kind_known(chat, kind) if kind else _ask_kind(chat)


def _ask_kind(chat: Chat) -> Reply:
    return chat.screen(
        chat._("{school}: of which type?", school=chat.form["name"]),
        *((_type(chat, kind), f"school-type {kind.value}") for kind in SchoolType),
        back=chat.back("school-open"),
    )


def _type(chat: Chat, kind: SchoolType) -> str:
    match kind:
        case SchoolType.PRESCHOOL:
            return chat._("Pre-school")
        case SchoolType.KINDERGARTEN:
            return chat._("Kindergarten")
        case SchoolType.CRECHE:
            return chat._("Crèche")
        case SchoolType.GROUP:
            return chat._("Independent group")
        case SchoolType.CLASS:
            return chat._("Independent class")
        case _:
            assert_never(kind)


@router.action("school-type")
def kind(chat: Chat, value: str) -> Reply:
    """The type that was chosen."""
    school_desk.officer(chat)
    if not chat.form.get("name") or value not in [each.value for each in SchoolType]:
        raise BadArgument(value)
    return _kind_known(chat, SchoolType(value))


def _kind_known(chat: Chat, kind: SchoolType) -> Reply:
    chat.form["type"] = kind.value
    if kind in (SchoolType.GROUP, SchoolType.CLASS):
        return _owned(chat, Ownership.PRIVATE)
    return chat.screen(
        chat._("{school}: public, or not?", school=chat.form["name"]),
        (chat._("Public"), "school-owned public"),
        (chat._("Not public"), "school-owned private"),
        back=chat.back("school-open"),
    )


@router.action("school-owned")
def owned(chat: Chat, value: str) -> Reply:
    """Public or private."""
    school_desk.officer(chat)
    if not chat.form.get("type") or value not in [each.value for each in Ownership]:
        raise BadArgument(value)
    return _owned(chat, Ownership(value))


def _owned(chat: Chat, ownership: Ownership) -> Reply:
    chat.form["ownership"] = ownership.value
    here = staff_desk.communes(chat.db, school_desk.officer(chat))
    if len(here) == 1:
        return _confirm_open(chat, here[0][0])
    return chat.ask(
        chat._("In which commune or ward is it? Please write the name."), "school commune",
        *((name, f"school-in {unit_id}") for unit_id, name in here[: COMMUNES + 1]
          if len(here) <= COMMUNES),
        back="school-open",
    )  # fmt: skip


@router.step("school commune")
def commune(chat: Chat) -> Reply:
    """A typed commune of the area."""
    if not chat.form.get("ownership"):
        return chat.go("school-open")
    found = staff_desk.communes(chat.db, school_desk.officer(chat), chat.text)
    if not found:
        return chat.again(
            chat._(
                "The assistant does not know this commune in the area of {you}. Please write its"
                " name again."
            )
        )
    return chat.ask(
        chat._("Which commune or ward is it in?"), "school commune",
        *((name, f"school-in {unit_id}") for unit_id, name in found[:COMMUNES]),
        back="school-open",
    )  # fmt: skip


@router.action("school-in")
def in_commune(chat: Chat, unit_id: str) -> Reply:
    """The commune that was chosen."""
    if not chat.form.get("ownership"):
        return chat.go("school-open")
    return _confirm_open(chat, number(unit_id))


def _confirm_open(chat: Chat, unit_id: int) -> Reply:
    here = dict(staff_desk.communes(chat.db, school_desk.officer(chat)))
    if unit_id not in here:
        raise BadArgument(str(unit_id))
    form = chat.form
    name = school_names.written(str(form["name"]), SchoolType(form["type"]))
    said = {"school": name, "unit": naming.inside(here[unit_id])}
    if form["ownership"] == Ownership.PUBLIC:
        words = chat._("Open {school}, public, in {unit}, from today on?", **said)
    else:
        words = chat._("Open {school}, not public, in {unit}, from today on?", **said)
    return chat.screen(
        words, (chat._("Open it"), f"school-open-yes {unit_id}"),
        back=(chat._("Leave it"), "schools"),
    )  # fmt: skip


@router.action("school-open-yes", instead="school-open")
def opened(chat: Chat, unit_id: str) -> Reply:
    """Open it."""
    form = chat.form
    if not (form.get("name") and form.get("type") and form.get("ownership")):
        return open_(chat)
    done = register.open_school(
        chat.db, school_desk.officer(chat), name=str(form["name"]), type=SchoolType(form["type"]),
        ownership=Ownership(form["ownership"]), unit_id=number(unit_id), now=chat.now,
    )  # fmt: skip
    if isinstance(done, Refused):
        return school_register.refused(chat, done)
    chat.begin()
    words = chat._("Opened. People are added by the list, or come with the next roster.")
    return school_register.told(chat, done, words)
