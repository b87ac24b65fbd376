"""What a person says and what we answer, free of any platform.

Both sides are plain frozen data: a channel reads its wire into a `Message` and draws a `Reply`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


# The recipe of a photo or file that an officer sent us; its subject is the attachment's id.
ATTACHMENT = "attachment"
# The recipe of a file made for one person; its subject is the id of a `storage.exports` request.
EXPORT = "export"
# The recipe of our page for handing in a file; its subject is the id of such a request as well.
UPLOAD = "upload"
# The recipe of the page with the code of a session in big figures; its subject likewise.
BOARD = "board"
# Recipes of pages: every channel says their link, also one that sends files.
PAGES = frozenset({UPLOAD, BOARD})


class Kind(StrEnum):
    """What arrived. Everything a platform can send falls into one of these."""

    TEXT = "text"
    PRESS = "press"
    CONTACT = "contact"
    LOCATION = "location"
    PHOTO = "photo"
    FILE = "file"
    STICKER = "sticker"
    VOICE = "voice"
    VIDEO = "video"
    OTHER = "other"
    LEFT = "left"  # the person blocked us or left: nothing can be said any more
    BACK = "back"  # the person let us in again
    FOLLOW = "follow"  # the person follows our account: one welcome, if none was given before


@dataclass(frozen=True, slots=True)
class Contact:
    """A phone card. `owner` is the address it belongs to, or "" where the platform does not say."""

    phone: str
    owner: str


@dataclass(frozen=True, slots=True)
class File:
    """A file that lies on the platform: its id there, its name, its size in bytes (0 = unknown)."""

    id: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Message:
    """One thing one person said to us.

    `address` is opaque; `id` is the same for each delivery of the same thing; `sent_at` is the
    platform's clock (aware, UTC). `text` is what was typed, or a caption; `start` the payload of
    the link that opened the chat. A press carries the button's `press` data and in `pressed` the
    platform's id of the message the button hangs on.
    """

    channel: str
    address: str
    id: str
    kind: Kind
    sent_at: datetime
    text: str = ""
    start: str = ""
    press: str = ""
    pressed: str = ""
    contact: Contact | None = None
    file: File | None = None
    name: str = ""
    language: str = ""
    group: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One numbered line. Typing `digit` or pressing the button does `action`."""

    digit: str
    label: str
    action: str


@dataclass(frozen=True, slots=True)
class Place:
    """A pin on a map (degrees, WGS 84)."""

    title: str
    address: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Document:
    """A recipe for a file, rendered after the commit: `recipe` names it, `subject` its row."""

    recipe: str
    subject: int
    name: str


@dataclass(frozen=True, slots=True)
class Template:
    """Words that a platform has approved beforehand, by `kind`, with the fields to fill in.

    It goes to a phone number, whether its owner ever wrote to us or not.
    """

    kind: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """What we say: words, numbered choices, and what hangs on them.

    `mark` goes before each button's action on the wire and tells which screen or notice the
    button belongs to. `edit` allows the pressed message to be changed in place. `ask_contact`
    is the label of a button that shares the phone's own number, where a channel has one;
    `drop_contact` says that such a button still stands from the last screen and has to go.
    `silent` says nothing at all: the person was heard, and an answer would be noise. `template`
    stands in place of the words on a channel of templates. A `photo` is shown with the words below
    it, in one message where the channel can; nothing with a photo is changed in place.
    """

    text: str = ""
    choices: tuple[Choice, ...] = ()
    mark: str = ""
    place: Place | None = None
    document: Document | None = None
    ask_contact: str = ""
    drop_contact: bool = False
    edit: bool = False
    template: Template | None = None
    photo: Document | None = None

    @property
    def silent(self) -> bool:
        """True where there is nothing to say."""
        shown = self.text or self.place or self.document or self.template or self.photo
        return not shown

    def written(self) -> str:
        """The text with its numbered lines, as every channel shows it."""
        lines = [f"{choice.digit} {choice.label}" for choice in self.choices]
        return "\n".join([self.text, *lines])

    def to_json(self) -> dict[str, Any]:
        """A form that JSON keeps; `from_json` gives an equal reply."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Reply:
        """The reply that `to_json` made this of."""
        place, document, template = data["place"], data["document"], data.get("template")
        photo = data.get("photo")  # answers of before this field may still be unspoken
        return cls(
            text=data["text"],
            choices=tuple(Choice(**choice) for choice in data["choices"]),
            mark=data["mark"],
            place=Place(**place) if place else None,
            document=Document(**document) if document else None,
            ask_contact=data["ask_contact"],
            drop_contact=data["drop_contact"],
            edit=data["edit"],
            template=Template(**template) if template else None,
            photo=Document(**photo) if photo else None,
        )


SILENCE = Reply()
