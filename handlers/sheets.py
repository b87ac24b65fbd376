"""The paper list to sign: printed with numbers, typed back in one line, read out before writing."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers import roll_words
from handlers.message import EXPORT, Document
from handlers.roll_call import naming_all
from handlers.router import number
from handlers.routes import router
from storage import attendance, exports, session_codes, sheet_lines, sheets
from storage.attendance import THERE, Why
from storage.models import Evidence, Mark
from storage.sheets import Slip, Unread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.attendance import Line
    from storage.courses import Meeting, Training
    from storage.sheets import Said

STEP = "sheet numbers"
# Characters of a message, and of the words around a list of names in it.
LONGEST, AROUND = 300, 45


@router.action("sheet")
def card(chat: Chat, session_id: str) -> Reply:
    """What the list is for; print it, or type it back."""
    course, meeting = roll_words.taught(chat, number(session_id))
    if not session_codes.takes_place(course) and not course.past:
        return chat.go(f"roll {meeting.id}")
    typed = [(chat._("Type back who has signed"), f"sheet-type {meeting.id}")]
    back = not attendance.whether(course, meeting, chat.now) and _sheet(chat, meeting)
    return chat.screen(
        chat._(
            "Paper list of {session}: people sign beside their number, then the numbers are typed"
            " back here in one line.",
            session=roll_words.session(chat, course, meeting),
        ),
        (chat._("List to print (PDF)"), f"sheet-pdf {meeting.id}"),
        *(typed if back else []),
        back=chat.back(f"roll {meeting.id}"),
    )


def _sheet(chat: Chat, meeting: Meeting) -> dict[int, Line]:
    return sheet_lines.of(chat.db, meeting.id, chat.me.id, chat.now)


@router.action("sheet-pdf", instead="sheet")
def printed(chat: Chat, session_id: str) -> Reply:
    """Give everybody a number, and the file."""
    course, meeting = roll_words.taught(chat, number(session_id))
    sheet_lines.give(chat.db, meeting.id, chat.me.id, chat.now)
    asked = exports.ask(chat.db, chat.me.id, "sheet", chat.now, session=meeting.id)
    count = len(_sheet(chat, meeting))
    return chat.screen(
        chat._(
            "List of {session}, {count} people. Numbers stay the same; whoever comes later gets the"
            " next one.",
            session=roll_words.session(chat, course, meeting), count=count,
        ),
        back=chat.back(f"sheet {meeting.id}"),
        document=Document(EXPORT, asked, f"{course.code} buoi {meeting.number}.pdf"),
    )  # fmt: skip


@router.action("sheet-type")
def ask(chat: Chat, session_id: str) -> Reply:
    """Ask for the numbers."""
    course, meeting = roll_words.taught(chat, number(session_id))
    if attendance.whether(course, meeting, chat.now):
        return chat.go(f"roll {meeting.id}")
    chat.begin(sheet=meeting.id)
    return chat.ask(
        chat._(
            "Please write the numbers that have signed for {session}, for example: 1-25 except 12."
            " More can be added: late 5,7, excused 9. Who is not named was absent.",
            session=roll_words.session(chat, course, meeting),
        ),
        STEP,
        back=f"sheet {meeting.id}",
    )


@router.step(STEP)
def typed(chat: Chat) -> Reply:
    """Read the line, and say by name what it means before anything is written."""
    meeting = _open(chat)
    if meeting is None:
        return chat.go("check-in")
    said = sheets.read(chat.message.text)
    if isinstance(said, Slip):
        return chat.again(_slip(chat, said))
    lines = _sheet(chat, meeting[1])
    if strange := said.strange(lines):
        numbers = ", ".join(map(str, strange[:12]))
        return chat.again(
            chat._("The list has no number {numbers}. Its last number is {last}. Please write it"
                   " again.", numbers=numbers, last=max(lines, default=0))
        )  # fmt: skip
    chat.form["typed"] = chat.message.text
    return _echo(chat, *meeting, said, lines)


def _open(chat: Chat) -> tuple[Training, Meeting] | None:
    session_id = chat.form.get("sheet")
    return roll_words.taught(chat, session_id) if isinstance(session_id, int) else None


def _slip(chat: Chat, slip: Slip) -> str:
    match slip.why:
        case Unread.EMPTY:
            return chat._("Please write numbers of the list, for example: 1-25 except 12.")
        case Unread.WORD:
            return chat._("The assistant did not understand “{part}”. For example: 1-25 except 12,"
                          " late 5,7, excused 9.", part=slip.at)  # fmt: skip
        case Unread.RANGE:
            return chat._("“{part}” is no number of a list and no range from a smaller number to a"
                          " larger one. For example: 1-25 except 12.", part=slip.at)  # fmt: skip
        case _:
            assert_never(slip.why)


def settled(said: Said, lines: Mapping[int, Line]) -> dict[int, Mark]:
    """What a line changes, by person. What is known already is not worsened by silence.

    Whoever checked in by the code and is not named on paper stays; whoever was late is not made
    early by a signature.
    """
    found: dict[int, Mark] = {}
    for each, mark in said.of(lines).items():
        line = lines[each]
        silent = each not in said.marks
        signed = mark is Mark.PRESENT and line.mark in THERE
        if (silent and line.mark) or signed or line.mark is mark:
            continue
        found[line.person_id] = mark
    return found


def _echo(
    chat: Chat,
    course: Training,
    meeting: Meeting,
    said: Said,
    lines: Mapping[int, Line],
) -> Reply:
    changes = settled(said, lines)
    chat.form["marks"] = _kept(changes)
    after = {line.person_id: changes.get(line.person_id, line.mark) for line in lines.values()}
    head = chat._(
        "{session}, by the paper list: {there} present, {absent} absent.",
        session=roll_words.session(chat, course, meeting),
        there=sum(mark in THERE for mark in after.values()),
        absent=sum(mark in (Mark.ABSENT, Mark.EXCUSED) for mark in after.values()),
    )
    words = [head, *_listed(chat, _lists(chat, said, lines, after), LONGEST - len(head))]
    return chat.screen(
        "\n".join(words),
        (chat._("Write it down"), f"sheet-write {meeting.id}"),
        (chat._("All the names"), f"sheet-names {meeting.id} 0"),
        (chat._("Write the numbers again"), f"sheet-type {meeting.id}"),
        back=(chat._("Leave it"), f"roll {meeting.id}"),
    )


def _lists(
    chat: Chat, said: Said, lines: Mapping[int, Line], after: Mapping[int, Mark | None]
) -> list[tuple[Mark | None, list[str]]]:
    """Late, excused and absent people with their numbers; None: there without having signed."""
    found = [
        (mark, [_overruled(chat, each, line, mark) for each, line in lines.items()
                if after[line.person_id] is mark])
        for mark in (Mark.LATE, Mark.EXCUSED, Mark.ABSENT)
    ]  # fmt: skip
    unsigned = [
        _numbered(each, line)
        for each, line in lines.items()
        if line.mark in THERE and said.rest and not said.everybody and each not in said.marks
    ]
    return [(mark, names) for mark, names in (*found, (None, unsigned)) if names]


def _listed(chat: Chat, lists: list[tuple[Mark | None, list[str]]], room: int) -> list[str]:
    """The lists, by name as far as there is room; the longest ones as a number where there is none.

    All the names are behind a choice of their own.
    """
    each = room // max(1, len(lists)) - AROUND
    said = [_line(chat, mark, naming_all(chat, names, each)) for mark, names in lists]
    while sum(map(len, said)) + len(said) > room:
        longest = max(range(len(said)), key=lambda at: len(said[at]))
        mark, names = lists[longest]
        said[longest] = _line(chat, mark, chat._("{count} people", count=len(names)))
    return said


def _line(chat: Chat, mark: Mark | None, names: str) -> str:
    if mark is None:
        return chat._("Not signed but checked in, stays present: {names}.", names=names)
    label = roll_words.mark(chat, mark)
    return chat._("{mark}: {names}.", mark=label[:1].upper() + label[1:], names=names)


def _numbered(each: int, line: Line) -> str:
    return f"{line.full_name} ({each})"


def _overruled(chat: Chat, each: int, line: Line, mark: Mark) -> str:
    """A name with its number; of whoever was noted as there and would be absent, that as well."""
    if mark in THERE or line.mark not in THERE:
        return _numbered(each, line)
    return chat._("{name} ({number}, noted as present before)", name=line.full_name, number=each)


def _kept(changes: Mapping[int, Mark]) -> dict[str, str]:
    return {str(each): mark.value for each, mark in sorted(changes.items())}


@router.action("sheet-names")
def names(chat: Chat, session_id: str, first: str) -> Reply:
    """Everybody on the list with the mark they would have, as many at a time as fit."""
    _, meeting = roll_words.taught(chat, number(session_id))
    lines, again = _sheet(chat, meeting), _again(chat, meeting)
    start = number(first)
    if again is None or start >= len(lines):
        return card(chat, session_id)
    changes = settled(again, lines)
    said: list[str] = []
    for each, line in list(lines.items())[start:]:
        mark = roll_words.mark(chat, changes.get(line.person_id, line.mark))
        words = chat._("{name}: {mark}", name=_numbered(each, line), mark=mark)
        if said and sum(map(len, said)) + len(said) + len(words) > LONGEST:
            break
        said.append(words)
    following = start + len(said)
    return chat.screen(
        "\n".join(said),
        (chat._("Write it down"), f"sheet-write {meeting.id}"),
        more=f"sheet-names {meeting.id} {following}" if following < len(lines) else "",
        back=(chat._("Leave it"), f"roll {meeting.id}"),
    )


def _again(chat: Chat, meeting: Meeting) -> Said | None:
    """What was typed for this session."""
    if chat.form.get("sheet") != meeting.id:
        return None
    said = sheets.read(str(chat.form.get("typed", "")))
    return None if isinstance(said, Slip) else said


@router.action("sheet-write", instead="sheet")
def write(chat: Chat, session_id: str) -> Reply:
    """Write what was read out; where somebody checked in meanwhile it is read out anew."""
    course, meeting = roll_words.taught(chat, number(session_id))
    said, lines = _again(chat, meeting), _sheet(chat, meeting)
    if said is None:
        return card(chat, session_id)
    changes = settled(said, lines)
    if _kept(changes) != chat.form.get("marks"):
        return _echo(chat, course, meeting, said, lines)
    done = attendance.mark(
        chat.db, meeting.id, changes, chat.me.id, chat.now, evidence=Evidence.SHEET
    )
    if isinstance(done, Why):
        return chat.go(f"roll {meeting.id}")
    chat.begin()
    return chat.go(f"roll {meeting.id}")
