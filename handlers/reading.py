"""What a message means: code, pressed choice, typed digit, open step, words, help - in that order.

The number grammar keeps digits apart: one digit answers the screen the person asked for, two
digits a message sent unasked. What was written before a screen stood on the phone never
answers it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from handlers import grammar
from handlers.chat import LEAVE
from handlers.message import SILENCE, Kind, Reply
from handlers.router import BadArgument, old_button, outdated, run
from storage import accounts, blocks, conversations, spelling

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.router import Router
    from storage.blocks import Sent

# After this long a typed or pressed choice that changes something is asked about again.
FRESH = timedelta(hours=24)
# The longest text we read, in characters; longer ones are never a name, a code or a question.
LONGEST = 2000


def route(router: Router, chat: Chat) -> Reply:
    """The reply to what was said."""
    message = chat.message
    if message.group:
        return _in_group(chat)
    if chat.person is None and router.door and (turned := router.door(chat)) is not None:
        return turned
    if message.kind is Kind.FOLLOW:
        return router.follow(chat) if router.follow else SILENCE
    if message.kind is Kind.PRESS:
        return _pressed(router, chat)
    if message.kind is Kind.CONTACT and router.contact:
        return router.contact(chat)
    if message.kind is not Kind.TEXT:
        return _unwritten(router, chat)
    if message.start and (reply := _code(router, chat, message.start)):
        return reply
    return _typed(router, chat)


def _unwritten(router: Router, chat: Chat) -> Reply:
    """What is no text goes to the open step, where that takes files; else it gets one line."""
    if _file_wanted(router, chat):
        return _stepped(router, chat)
    return router.media(chat) if router.media else SILENCE


def _file_wanted(router: Router, chat: Chat) -> bool:
    """True where a photo or file came that can be fetched, and the open step takes them."""
    message = chat.message
    if message.kind not in (Kind.PHOTO, Kind.FILE) or chat.talk.step not in router.takes_files:
        return False
    return message.file is not None and bool(message.file.id)


def _in_group(chat: Chat) -> Reply:
    """In groups we answer only when called by a command, and only with where to write."""
    if not chat.text.startswith("/"):
        return SILENCE
    return Reply(
        chat._("The assistant answers in private chats only. Please write to it directly.")
    )


def _typed(router: Router, chat: Chat) -> Reply:
    text = chat.text
    if len(text) > LONGEST:
        return chat.again(chat._("This message is too long. Please write it in one short line."))
    if text.startswith("/"):
        return _commanded(router, chat)
    if chat.folded == "menu":
        return run(router, chat, "menu")
    if reply := _code(router, chat, text) or _digit(router, chat):
        return reply
    if chat.talk.step in router.steps:
        return _beside_file(router, chat) or _stepped(router, chat)
    if reply := _notice_digits(router, chat) or _notice_words(router, chat):
        return reply
    if action := router.words.get(chat.folded):
        return run(router, chat, action)
    return router.free(chat) if router.free else SILENCE


def _commanded(router: Router, chat: Chat) -> Reply:
    """`/huy L12` and `/L12` do what the same words do without the slash, whatever is open."""
    words = chat.text[1:].split()
    action = router.commands.get(words[0].lower()) if words else None
    # The rest of `/start …` is the payload of a link, and has been read already.
    if not words or chat.message.start or (action and not words[1:]):
        return run(router, chat, action or "menu")
    chat.talk.step = ""
    chat.text = " ".join(words)
    chat.folded = spelling.fold(chat.text)
    if reply := _code(router, chat, chat.text):
        return reply
    if action is None and not words[1:]:
        return run(router, chat, router.words.get(chat.folded, "menu"))
    if named := router.words.get(chat.folded):
        return run(router, chat, named)
    return router.free(chat) if router.free else run(router, chat, action or "menu")


def _stepped(router: Router, chat: Chat) -> Reply:
    """A step takes the whole message, if its question stood on the phone by then."""
    if not _seen(chat):
        return _too_early(chat)
    if not _speak_for(chat):
        return chat.go("menu")
    try:
        return router.steps[chat.talk.step](chat)
    except (BadArgument, PermissionError):
        # What was asked about is gone meanwhile, or somebody else's: as with a choice.
        return chat.go("menu")


def _too_early(chat: Chat) -> Reply:
    return chat.again(
        chat._("{You} wrote this before the question below was sent, so nothing has changed.")
    )


def _speak_for(chat: Chat) -> bool:
    """Let the current screen's answer act for whom the screen was made, on a shared phone.

    False where the account speaks for that person no more: then nobody else may answer it.
    """
    person_id = chat.talk.data.get("for")
    if person_id is None:
        return True
    if not _serves(chat, person_id):
        return False
    chat.person = conversations.who(chat.db, person_id)
    return True


def _serves(chat: Chat, person_id: int) -> bool:
    """True where the account still speaks for this person: phones get lost, lent and moved."""
    people = accounts.people(chat.db, chat.talk.account_id)
    return any(one.id == person_id for one in people)


def _code(router: Router, chat: Chat, text: str) -> Reply | None:
    for read in router.codes:
        if (reply := read(chat, text)) is not None:
            return reply
    return None


def _digit(router: Router, chat: Chat) -> Reply | None:
    """A digit, the words of a numbered line, or a plain yes or no to the current screen."""
    digit = grammar.chosen(chat)
    if digit is None:
        return None
    if not _seen(chat) and digit != "0":
        return _too_early(chat)
    action = chat.talk.choices.get(digit)
    if action is None:
        if digit == "0":
            return run(router, chat, LEAVE)
        return (
            None
            if chat.talk.step
            else chat.again(chat._("There is no choice {digit} here.", digit=digit))
        )
    return _chosen(router, chat, action)


def _chosen(router: Router, chat: Chat, action: str) -> Reply:
    """Do a choice of the current screen, for whom the screen was made."""
    return run(router, chat, _fresh(router, chat, action)) if _speak_for(chat) else chat.go("menu")


def _seen(chat: Chat) -> bool:
    seen_from = chat.talk.seen_from
    return seen_from is not None and chat.message.sent_at >= seen_from


def _fresh(router: Router, chat: Chat, action: str) -> str:
    """An old choice that would change something becomes the screen that asks about it anew."""
    if chat.talk.asked_at and chat.now - chat.talk.asked_at <= FRESH:
        return action
    return outdated(router, action) or "menu"


def _beside_file(router: Router, chat: Chat) -> Reply | None:
    """Where a file is waited for, two digits still answer a notice that has them."""
    if chat.talk.step not in router.takes_files or not _two_digits(chat.text):
        return None
    notice = blocks.behind(chat.db, chat.talk.account_id, chat.text)
    known = notice is not None and chat.text in notice.choices
    return _by_digits(router, chat, chat.text) if known else None


def _notice_digits(router: Router, chat: Chat) -> Reply | None:
    """Two digits answer the notice that shows them."""
    return _by_digits(router, chat, chat.text) if _two_digits(chat.text) else None


def _two_digits(text: str) -> bool:
    return len(text) == 2 and text.isascii() and text.isdecimal() and "0" not in text


def _by_digits(router: Router, chat: Chat, digits: str) -> Reply:
    """Answer the notice that shows these digits, if it stood on the phone by then."""
    notice = blocks.behind(chat.db, chat.talk.account_id, digits)
    if notice is None or digits not in notice.choices:
        return chat.again(chat._("There is no message with the choice {digit}.", digit=digits))
    if chat.message.sent_at < notice.sent_at:
        return _too_early(chat)
    return _answer_notice(router, chat, notice, notice.choices[digits])


def _notice_words(router: Router, chat: Chat) -> Reply | None:
    """The words of a notice's line: whoever types "đi được" below it means that line.

    Where the newest screen shows such a line again, as the card of a course does, that one is
    meant, whatever other notices say the same.
    """
    readings = list(grammar.readings(chat.folded))
    if digits := _repeated(chat, readings):
        return _by_digits(router, chat, digits)
    for words in readings:
        if found := blocks.worded(chat.db, chat.talk.account_id, words, chat.now):
            break
    else:
        return None
    if len(found) > 1:
        return chat.again(
            chat._("Several messages have this line. Please write the two digits before it.")
        )
    notice, digits = found[0]
    if chat.message.sent_at < notice.sent_at:
        return _too_early(chat)
    return _answer_notice(router, chat, notice, notice.choices[digits])


def _repeated(chat: Chat, readings: list[str]) -> str:
    """The two digits of the newest screen's line with these words; "" where it has none."""
    shown = Reply.from_json(chat.talk.answer).choices if chat.talk.answer else ()
    lines = (one for one in shown if len(one.digit) == 2 and spelling.fold(one.label) in readings)
    return next((one.digit for one in lines), "")


def _answer_notice(router: Router, chat: Chat, notice: Sent, action: str) -> Reply:
    chat.notice = notice
    me = chat.person
    if notice.person_id is not None and (me is None or me.id != notice.person_id):
        if not _serves(chat, notice.person_id):
            return old_button(chat)
        chat.person = conversations.who(chat.db, notice.person_id)
    if chat.now - notice.sent_at > blocks.LIVE_FOR:
        action = outdated(router, action) or "menu"
    return run(router, chat, action)


def _pressed(router: Router, chat: Chat) -> Reply:
    """A press carries its screen's mark; an outdated one does only what harms nothing."""
    mark, _, action = chat.message.press.partition("|")
    if mark.startswith("n") and mark.isascii() and mark[1:].isdecimal() and len(mark) <= 10:
        notice = blocks.by_id(chat.db, chat.talk.account_id, int(mark[1:]))
        if notice is None or action not in notice.choices.values():
            return old_button(chat)
        return _answer_notice(router, chat, notice, action)
    last = Reply.from_json(chat.talk.answer).choices if chat.talk.answer else ()
    if mark == f"s{chat.talk.screen}":
        known = action in (choice.action for choice in last)
        return _chosen(router, chat, action) if known else old_button(chat)
    harmless = outdated(router, action)
    return run(router, chat, harmless) if harmless else old_button(chat)
