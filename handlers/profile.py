"""`dữ liệu`: what is kept about a person, the form of address, the language, withdrawal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from handlers import dates, naming, start
from handlers.message import EXPORT, Document
from handlers.router import BadArgument
from handlers.routes import router
from handlers.text import FORMS, LANGUAGES
from storage import accounts, exports, linking, phones, places, profiles
from storage.models import Called, ConsentPurpose

if TYPE_CHECKING:
    from datetime import datetime

    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.profiles import Kept

router.command(
    "profile", "dulieu", "mydata", "hoso", "data",
    words=("du lieu", "du lieu cua toi", "ho so", "ho so cua toi", "my data", "thong tin cua toi"),
)  # fmt: skip
router.command(
    "own-copy",
    words=("ban sao du lieu", "ban sao du lieu cua toi", "tai du lieu cua toi", "copy of my data"),
)
router.command("language", "ngonngu", "language", words=("ngon ngu", "tieng anh", "english"))
router.command(
    "withdraw", "rut", "withdraw", words=("rut dong y", "rut lai dong y", "xoa du lieu cua toi")
)

# Each language by its own name, so that whoever set the wrong one finds back.
NAMES = {"vi": "Tiếng Việt", "en": "English"}


@router.action("profile")
def profile(chat: Chat) -> Reply:
    """What is kept, and what can be done about it."""
    kept = profiles.kept(chat.db, chat.me.id)
    lines = [
        naming.introduced(chat, chat.me),
        *_details(chat, kept),
        chat._("Registrations so far: {count}", count=kept.registrations),
        *_agreed(chat, kept),
    ]
    return chat.screen(
        "\n".join(lines),
        (chat._("How the assistant addresses {you}"), "called"),
        (chat._("Something is wrong"), "correct"),
        (chat._("Language"), "language"),
        (chat._("Withdraw consent"), "withdraw"),
        (chat._("My accounts: Zalo, Telegram"), "accounts"),
        (chat._("Reminders of trainings"), "reminders"),
        (chat._("A copy of my data"), "own-copy"),
        back=chat.back("menu"),
    )


@router.action("own-copy")
def own_copy(chat: Chat) -> Reply:
    """All that is kept about the person, as a file (Luật 91/2025/QH15, Đ.4)."""
    asked = exports.ask(chat.db, chat.me.id, "own copy", chat.now)
    return chat.screen(
        chat._(
            "All that is kept about {name}, as an Excel file: details, consents, registrations,"
            " attendance, results, papers.", name=chat.me.full_name,
        ),
        back=chat.back("profile"),
        document=Document(EXPORT, asked, "ban-sao-du-lieu.xlsx"),
    )  # fmt: skip


def _details(chat: Chat, kept: Kept) -> list[str]:
    lines: list[str] = []
    if not chat.me.verified:
        lines.append(chat._("Who {you} are is still being confirmed."))
    if kept.phone:
        lines.append(chat._("Phone: {phone}", phone=phones.hidden(kept.phone)))
    if kept.birth_year:
        lines.append(chat._("Born in {year}", year=kept.birth_year))
    return lines


def _agreed(chat: Chat, kept: Kept) -> list[str]:
    return [_consent(chat, purpose, _day(chat, at)) for purpose, at in kept.consents.items()]


def _consent(chat: Chat, purpose: ConsentPurpose, day: str) -> str:
    match purpose:
        case ConsentPurpose.REGISTRATION:
            return chat._("Agreed to be registered: {day}", day=day)
        case ConsentPurpose.REMINDERS:
            return chat._("Agreed to be reminded: {day}", day=day)
        case ConsentPurpose.ANNOUNCEMENTS:
            return chat._("Agreed to announcements: {day}", day=day)
        case _:
            assert_never(purpose)


def _day(chat: Chat, at: datetime) -> str:
    return dates.day(at.astimezone(chat.now.tzinfo).date(), chat.talk.language)


@router.action("called")
def called(chat: Chat) -> Reply:
    """Which form of address? It is chosen, never guessed."""
    return chat.screen(
        chat._("How should the assistant address {name}?", name=chat.me.full_name),
        *((form, f"call {kind.value}") for kind, form in FORMS["vi"].items()),
        back=chat.back("profile"),
    )


@router.action("call")
def call(chat: Chat, kind: str) -> Reply:
    """Keep the form of address; it can be changed as often as somebody likes."""
    try:
        chosen = Called(kind)
    except ValueError as error:
        raise BadArgument(kind) from error
    profiles.call(chat.db, chat.me.id, chosen)
    chat.person = replace(chat.me, called=chosen)
    return chat.screen(
        chat._("Noted: the assistant says “{you}” from now on."), back=chat.back("profile")
    )


@router.action("language", public=True)
def language(chat: Chat) -> Reply:
    """Vietnamese or English?"""
    return chat.screen(
        chat._("Which language should the assistant write?"),
        *((NAMES[code], f"speak {code}") for code in LANGUAGES),
        back=chat.back("menu"),
    )


@router.action("speak", public=True)
def speak(chat: Chat, code: str) -> Reply:
    """Write in this language from now on, beginning here."""
    if code not in LANGUAGES:
        raise BadArgument(code)
    profiles.speak(chat.db, chat.talk.account_id, code)
    chat.talk.language = code
    return chat.screen(
        chat._("The assistant writes in English from now on."), back=chat.back("menu")
    )


@router.action("withdraw")
def withdraw(chat: Chat) -> Reply:
    """What withdrawing means, before it is done; whoever only means one account is shown how."""
    used = len(accounts.of(chat.db, chat.me.id))
    fewer = [(chat._("Only take off one account"), "accounts")] if used > 1 else []
    return chat.screen(
        _withdrawing(chat, len(places.of_person(chat.db, chat.me.id)), used),
        (chat._("Withdraw consent"), "withdrawn"),
        *fewer,
        back=(chat._("Leave everything as it is"), "leave"),
    )


def _withdrawing(chat: Chat, live: int, used: int) -> str:
    name = chat.me.full_name
    if used > 1 and live:
        return chat._(
            "Withdraw the consent of {name}? Registrations that end: {count}; their seats pass on."
            " None of the {used} accounts is used for them any longer. Results so far stay in the"
            " reports. The paper list is not touched.",
            name=name, count=live, used=used,
        )  # fmt: skip
    if used > 1:
        return chat._(
            "Withdraw the consent of {name}? None of the {used} accounts is used for them any"
            " longer. Results so far stay in the reports. The paper list is not touched.",
            name=name, used=used,
        )  # fmt: skip
    if live:
        return chat._(
            "Withdraw the consent of {name}? Registrations that end: {count}; their seats pass on."
            " This account is no longer used for them. Results so far stay in the reports. The"
            " paper list is not touched.",
            name=name, count=live,
        )  # fmt: skip
    return chat._(
        "Withdraw the consent of {name}? This account is no longer used for them. Results so"
        " far stay in the reports. The paper list is not touched.",
        name=name,
    )


@router.action("withdrawn", instead="withdraw")
def withdrawn(chat: Chat) -> Reply:
    """Withdraw, on all the accounts of the person; the others are told."""
    linking.tell_withdrawn(chat.db, chat.me.id, chat.now, asked_on=chat.talk.account_id)
    profiles.withdraw(chat.db, chat.me, chat.now)
    start.forget(chat)
    return chat.screen(
        chat._(
            "The consent of {name} has been withdrawn. {You} can still be sent to trainings by the"
            " paper list. Whenever the assistant is needed again, write: menu",
            name=chat.me.full_name,
        )
    )  # fmt: skip
