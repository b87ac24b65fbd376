"""Typing that the phone's keyboard left undecoded: Telex ("ddawng kys") and VNI ("d9ang8 ky1")."""

from __future__ import annotations

import re
import unicodedata

# Every rhyme of Vietnamese without its tone; after "qu" the "u" belongs to the first consonant.
_SPELT = """
    a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây
    e ec em en eng eo ep et ê êch êm ên êng ênh êp êt êu
    i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu
    o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet
    oi om on ong ooc oong op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt
    u ua uân uâng uât uây uc uê uêch uênh ui um un ung uơ uôc uôi uôm uôn uông uôt up ut
    uy uya uych uyên uyêt uynh uyt uyu
    ư ưa ưc ưi ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu
    y yêm yên yêng yêt yêu ynh yt
"""
_RHYMES = frozenset(_SPELT.split())
_ONSET = re.compile(r"(ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdđghklmnprstvx])?([aăâeêioôơuưy].*)?")
_VOWELS = frozenset("aăâeêioôơuưy")
_STOPPED = ("c", "ch", "p", "t")
_RISING = ("1", "5")  # sắc and nặng, the only tones of a rhyme that ends in a stop
_TONE_MARKS = {"1": "\u0301", "2": "\u0300", "3": "\u0309", "4": "\u0303", "5": "\u0323"}
_TELEX_TONES = {"s": "1", "f": "2", "r": "3", "x": "4", "j": "5"}
_HATS = {"a": "â", "e": "ê", "o": "ô"}
_HORNS = {"o": "ơ", "u": "ư"}
_BREVE = {"a": "ă"}
_VNI_MARKS = {"6": _HATS, "7": _HORNS, "8": _BREVE}
_WORD = re.compile(r"\w+")


def telex(text: str) -> str:
    """Decode the words that only Telex or VNI explains; the last try on a text nobody understood.

    A word is replaced only where the result is a possible Vietnamese syllable, so most other
    words stay as they are; some short foreign ones ("test") do not, which is why this comes last.
    The tone stands where most people write it: hòa, thủy, quý.

    Returns:
        The decoded text, or `text` itself where there is nothing to decode.
    """
    return _WORD.sub(lambda found: _word(found[0]), text)


def _word(word: str) -> str:
    if not word.isascii() or len(word) > 9 or not word[0].isalpha() or not word.isalnum():
        return word
    keys = word.lower()
    read = _vni(keys) if any(key.isdigit() for key in keys) else _telex(keys)
    if read is None:
        return word
    letters, tone = read
    if letters == keys or not _possible(letters, tone):
        return word
    written = _toned(letters, tone)
    if word.isupper() and len(word) > 1:
        return written.upper()
    return written.capitalize() if word[0].isupper() else written


def _telex(keys: str) -> tuple[str, str] | None:
    """The letters and the tone ("" = level), or None where a key has nothing to act on."""
    letters, tone = "", ""
    for key in keys:
        if key in _TELEX_TONES and _has_vowel(letters):
            if tone:
                return None
            tone = _TELEX_TONES[key]
        elif key == "w":
            letters = _horned(letters) or letters + "ư"
        elif key in _HATS and letters.endswith(key):
            letters = letters[:-1] + _HATS[key]
        elif key == "d" and letters.startswith("d"):
            letters = "đ" + letters[1:]
        else:
            letters += key
    return letters, tone


def _vni(keys: str) -> tuple[str, str] | None:
    """The same for VNI, whose keys are digits."""
    letters, tone = "", ""
    for key in keys:
        marked: str | None = None
        if key in _TONE_MARKS and not tone and _has_vowel(letters):
            tone, marked = key, letters
        elif key == "7":
            marked = _horned(letters, breve=False)
        elif key in _VNI_MARKS:
            marked = _marked(letters, _VNI_MARKS[key])
        elif key == "9" and letters.startswith("d"):
            marked = "đ" + letters[1:]
        elif key.isalpha():
            marked = letters + key
        if marked is None:
            return None
        letters = marked
    return letters, tone


def _horned(letters: str, *, breve: bool = True) -> str | None:
    """Put a horn (or a breve) on the last vowel that takes one; "uo" takes two, "ua" the first."""
    if "uo" in letters:
        return letters.replace("uo", "ươ")
    if letters.endswith("ua") and not letters.startswith("q"):
        return letters[:-2] + "ưa"
    return _marked(letters, _HORNS | _BREVE if breve else _HORNS)


def _marked(letters: str, marks: dict[str, str]) -> str | None:
    """Replace the last letter that has an entry in `marks`; None where there is none."""
    for at in range(len(letters) - 1, -1, -1):
        if letters[at] in marks:
            return letters[:at] + marks[letters[at]] + letters[at + 1 :]
    return None


def _has_vowel(letters: str) -> bool:
    return any(letter in _VOWELS for letter in letters)


def _split(letters: str) -> tuple[str, str]:
    """First consonant and rhyme; "gì" is g + i while "già" is gi + a. ("", "") where impossible."""
    found = _ONSET.fullmatch(letters)
    if found is None:
        return "", ""
    onset, rhyme = found[1] or "", found[2] or ""
    if onset == "gi" and rhyme not in _RHYMES:
        return "g", "i" + rhyme
    return onset, rhyme


def _possible(letters: str, tone: str) -> bool:
    rhyme = _split(letters)[1]
    return rhyme in _RHYMES and (tone in _RISING or not rhyme.endswith(_STOPPED))


def _toned(letters: str, tone: str) -> str:
    """Put the tone on the vowel that carries it."""
    if not tone:
        return letters
    rhyme = _split(letters)[1]
    start = len(letters) - len(rhyme)
    vowels = [at for at in range(start, len(letters)) if letters[at] in _VOWELS]
    hatted = [at for at in vowels if letters[at] not in "aeiouy"]
    open_ended = vowels[-1] == len(letters) - 1
    if hatted:
        at = hatted[-1]
    elif len(vowels) == 1 or (len(vowels) == 2 and open_ended):
        at = vowels[0]
    else:
        at = vowels[1]
    whole = letters[: at + 1] + _TONE_MARKS[tone] + letters[at + 1 :]
    return unicodedata.normalize("NFC", whole)
