"""Sentences in a person's language, with the form of address the person chose."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from io import BytesIO

from babel.messages.pofile import read_po

from storage.models import Called

LANGUAGES = ("vi", "en")

# The msgids are the English sentences, so English needs no catalogue.
FORMS = {
    "vi": {
        Called.TEACHER: "thầy/cô",
        Called.CO: "cô",
        Called.THAY: "thầy",
        Called.ANH_CHI: "Anh/Chị",
    },
    "en": dict.fromkeys(Called, "you"),
}


def language(code: str) -> str:
    """The language for a phone that says `code` ("en-GB"): Vietnamese unless it says English."""
    return "en" if code.lower().split("-")[0].split("_")[0] == "en" else "vi"


@cache
def catalogue(code: str) -> dict[str, str]:
    """Translations by msgid; empty for English."""
    if code == "en":
        return {}
    source = files("locales").joinpath(code, "LC_MESSAGES", "bot.po").read_bytes()
    messages = read_po(BytesIO(source), locale=code)
    return {
        str(message.id): str(message.string)
        for message in messages
        if message.id and message.string and not message.fuzzy
    }


def say(code: str, called: Called, sentence: str, /, **fields: object) -> str:
    """The sentence in a language, its fields filled; `{you}` and `{You}` fill themselves."""
    you = FORMS[code][called]
    template = catalogue(code).get(sentence, sentence)
    return template.format(you=you, You=you[0].upper() + you[1:], **fields)
