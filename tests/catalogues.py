"""The catalogues against the code: `python -m tests.catalogues [--update]`.

Without the option it checks: every sentence in the code is translated, nothing else is, the
fields are the same, and nobody is addressed by a form that was not chosen.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
POT = ROOT / "locales" / "bot.pot"
VI = ROOT / "locales" / "vi" / "LC_MESSAGES" / "bot.po"
# The form of address is a field, never written out ...
ADDRESS = re.compile(r"thầy/cô|\bquý thầy\b|anh/chị|\bbạn\b", re.IGNORECASE)
# ... but for officers, whose form is fixed, and for text that speaks about teachers.
VOICE = re.compile(r"[!\U0001F300-\U0001FAFF]")


def extracted() -> Catalog:
    """Every sentence of the code, with where it stands."""
    catalog = Catalog(project="taphuan", charset="utf-8")
    found = extract_from_dir(
        ROOT, [("handlers/**.py", "python"), ("bot/**.py", "python")], keywords={"_": None}
    )
    for name, line, message, comments, _ in sorted(found, key=lambda each: (each[0], each[1])):
        catalog.add(message, locations=[(name, line)], auto_comments=comments)
    return catalog


def read(path: Path, locale: str | None = None) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def troubles() -> list[str]:
    """What is wrong with the catalogues, a line each."""
    code = {str(message.id) for message in extracted() if message.id}
    pot = {str(message.id) for message in read(POT) if message.id}
    vi = {str(message.id): message for message in read(VI, "vi") if message.id}
    found = [f"not in bot.pot: {each!r} (run: make messages)" for each in code - pot]
    found += [f"in bot.pot, not in the code: {each!r}" for each in pot - code]
    found += [f"not translated: {each!r}" for each in code if each not in vi or not vi[each].string]
    found += [f"translated, not in the code: {each!r}" for each in vi.keys() - code]
    for sentence, message in vi.items():
        found += wrong(sentence, str(message.string), fuzzy=message.fuzzy)
    return found


def wrong(sentence: str, translation: str, *, fuzzy: bool) -> list[str]:
    """What is wrong with one translation."""
    found: list[str] = []
    you = {"you", "You"}
    if fields(sentence) - you != fields(translation) - you:
        found.append(f"other fields: {sentence!r} / {translation!r}")
    if fuzzy:
        found.append(f"fuzzy: {sentence!r}")
    if ADDRESS.search(translation):
        found.append(f"address written out: {translation!r}")
    if VOICE.search(translation) or VOICE.search(sentence):
        found.append(f"exclamation mark or emoji: {translation!r}")
    return found


def update() -> None:
    """Write bot.pot from the code and merge it into the Vietnamese catalogue."""
    template = extracted()
    with POT.open("wb") as file:
        write_po(file, template, width=100, omit_header=True)
    old = read(VI, "vi")
    old.update(template, no_fuzzy_matching=True)
    old.obsolete.clear()
    with VI.open("wb") as file:
        write_po(file, old, width=100, omit_header=True, include_previous=False)


def main() -> int:
    if "--update" in sys.argv:
        update()
    found = troubles()
    print("\n".join(found) or "catalogues: complete")  # noqa: T201 - this is a command
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
