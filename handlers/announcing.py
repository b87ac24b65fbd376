"""`thông báo`: an officer's announcements, and the sentence that begins a new one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from handlers import audience_lines, audience_words, cards, naming, opting, unheard
from handlers.audience_buttons import counted, finish, numbered, office, who
from handlers.audience_lines import begun
from handlers.chat import PAGE
from handlers.numbers import number as figure
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import broadcasts, courses, received, scopes, spelling
from storage.models import BroadcastState
from storage.recipients import Rule

if TYPE_CHECKING:
    from handlers.audience_words import Heard
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.broadcasts import Announcement

router.command(
    "announce", "thongbao", "announce",
    words=("thong bao", "gui thong bao", "thong bao moi", "gui tin", "soan thong bao",
           "viet thong bao", "announcements"),
)  # fmt: skip

STEP = "announce words"
RECENT = 60  # announcements that can be turned through
SAID = 24  # letters of a text on a choice


@router.action("announce")
def announcements(chat: Chat, page: str = "0") -> Reply:
    """A new one, the drafts, what was sent lately; where there is none, straight to a new one."""
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    if scope is None:
        return _not_for(chat)
    found = [*broadcasts.drafts(chat.db, scope), *broadcasts.recent(chat.db, scope, RECENT)]
    if not found:
        chat.begin()
        return who(chat)
    start = number(page) * (PAGE - 1)
    shown = found[start : start + PAGE - 1]
    return chat.screen(
        chat._("Announcements. Or write, for example: announce to teachers not registered for L12"),
        (chat._("A new announcement"), "announce-begin"),
        *(_line(chat, one) for one in shown),
        more=f"announce {number(page) + 1}" if found[start + PAGE - 1 :] else "",
        back=chat.back("work"),
    )


def _not_for(chat: Chat) -> Reply:
    """To others: who sends them, the last one they got, and the way to get them or not."""
    last = received.newest(chat.db, chat.me.id)
    code = broadcasts.code(last) if last else ""
    return chat.screen(
        chat._("Announcements are sent by officers of the commune and the Department."),
        *([(chat._("Read {code} again", code=code), f"announcement {last}")] if last else []),
        *unheard.line(chat),
        opting.switch(chat),
        back=chat.back("menu"),
    )


def _line(chat: Chat, one: Announcement) -> tuple[str, str]:
    said = " ".join(one.text.split()) or begun(audience_lines.line(chat, one.rule))
    short = said if len(said) <= SAID else f"{said[: SAID - 1].rstrip()}…"
    label = " · ".join(part for part in (one.code, _state(chat, one), short) if part)
    if one.state is BroadcastState.DRAFT:
        return naming.choice(label), f"announce-preview {one.id}"
    over = one.state in (BroadcastState.DONE, BroadcastState.CANCELLED)
    return naming.choice(label), f"announce-{'report' if over else 'progress'} {one.id}"


def _state(chat: Chat, one: Announcement) -> str:
    match one.state:
        case BroadcastState.DRAFT:
            return chat._("draft")
        case BroadcastState.ASKED:
            return chat._("waits for approval")
        case BroadcastState.HELD:
            return chat._("about to go")
        case BroadcastState.RUNNING:
            return chat._("being sent")
        case BroadcastState.PAUSED:
            return chat._("paused")
        case BroadcastState.DONE:
            return chat._("sent to {count}", count=figure(one.counted, chat.talk.language))
        case BroadcastState.CANCELLED:
            return chat._("stopped")
        case _:
            assert_never(one.state)


@router.action("announce-begin")
def begin(chat: Chat) -> Reply:
    """A new announcement, without anything of an earlier one."""
    chat.begin()
    return who(chat)


# In words


@router.code
def asked(chat: Chat, text: str) -> Reply | None:
    """`gửi thông báo cho giáo viên xã mình chưa đăng ký L12[: text]`; others hear who may."""
    if chat.talk.step or chat.person is None or text != chat.text:
        return None
    if not audience_words.opens(text):
        return None
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    if scope is None:
        return _not_for(chat) if audience_words.orders(text) else None
    heard = audience_words.announcement(chat.db, scope, _said(chat), chat.now)
    if heard is None:
        return None
    chat.begin()
    return _answer(chat, heard)


def _said(chat: Chat) -> str:
    return spelling.clean(chat.message.text, lines=True).removeprefix("/")


@router.action("announce-words")
def in_words(chat: Chat) -> Reply:
    """The audience as a text."""
    office(chat)
    chat.form.setdefault("rule", {})
    return chat.ask(
        chat._("Please write who is to get it, for example: core teachers of former district Đắk"
               " Mil; managers not registered for L12; those who have not seen TB-0141."),
        STEP,
        back="announce-new",
    )  # fmt: skip


@router.step(STEP)
def described(chat: Chat) -> Reply:
    """Read the audience that was asked for."""
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    if scope is None:
        return _not_for(chat)
    return _answer(chat, audience_words.audience(chat.db, scope, _said(chat), chat.now))


def _answer(chat: Chat, heard: Heard) -> Reply:
    """On with the one rule that is meant; else what is not clear, and what may be meant."""
    if heard.text:
        chat.form["text"] = heard.text
    if heard.topic_id:
        chat.form["topic"] = heard.topic_id
    if (rule := heard.rule) is not None:
        return finish(chat, rule)
    chat.form["options"] = [each.to_json() for each in heard.options]
    chat.form["unclear"] = _trouble(chat, heard)
    return options(chat) if heard.options or chat.form["unclear"] else who(chat)


def _trouble(chat: Chat, heard: Heard) -> str:
    """What stands in the way, in one sentence; "" where only a choice is left."""
    if heard.missing:
        if heard.missing.startswith("L"):
            return chat._("There is no training {code}.", code=heard.missing)
        return chat._("There is no announcement {code} here.", code=heard.missing)
    if heard.outside:
        own = audience_lines.place(chat, Rule(), office(chat))
        name = naming.inside(heard.outside[0]) or chat._("the whole province")
        return chat._("{unit} lies beyond what {you} cover: {own}.", unit=begun(name), own=own)
    if heard.unclear:
        return chat._("Not understood: “{words}”.", words=heard.unclear[:60])
    return ""


@router.action("announce-options")
def options(chat: Chat, page: str = "0") -> Reply:
    """What may be meant, each with its number of people; or another try, in words or by numbers."""
    office(chat)
    known = [Rule.from_json(each) for each in chat.form.get("options", [])]
    unclear = str(chat.form.get("unclear", ""))
    start = number(page) * PAGE
    lines = _lines(chat, known, start)
    if not lines and not unclear:
        return who(chat)
    words = chat._("Which of these is meant?")
    if unclear:
        again = chat._("Please write again who is to get it, or choose:")
        words = f"{unclear}\n{again}"
    if len(lines) < PAGE:
        lines.append((chat._("Choose by numbers"), "announce-new"))
    more = f"announce-options {number(page) + 1}" if known[start + PAGE :] else ""
    chat.expect(STEP)
    return chat.screen(words, *lines, more=more, back=chat.back("announce-leave"))


def _lines(chat: Chat, known: list[Rule], start: int) -> list[tuple[str, str]]:
    shown = known[start : start + PAGE]
    labels = zip(_labels(chat, known)[start:], counted(chat, shown), strict=False)
    return [
        (numbered(chat, begun(label), count), f"announce-option {start + at}")
        for at, (label, count) in enumerate(labels)
    ]


def _labels(chat: Chat, rules: list[Rule]) -> list[str]:
    """What each rule means, as far as they differ: the whole of it, a place, or a training."""
    if len(rules) > 1:
        if len({replace(one, units=(), schools=()) for one in rules}) == 1:
            return [audience_lines.place(chat, one, office(chat)) for one in rules]
        if len({replace(one, course_id=None, about=None) for one in rules}) == 1:
            found = [courses.get(chat.db, one.course_id or 0) for one in rules]
            return [cards.line(chat, one) if one else "" for one in found]
    return [audience_lines.line(chat, one) for one in rules]


@router.action("announce-option", instead="announce-new")
def option(chat: Chat, place: str) -> Reply:
    """The one that is meant."""
    known = chat.form.get("options", [])
    if number(place) >= len(known):
        raise BadArgument(place)
    return finish(chat, Rule.from_json(known[number(place)]))
