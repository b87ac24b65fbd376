"""Every sentence of the code is translated, and every translation keeps the rules of the voice."""

from __future__ import annotations

import pytest

from tests.catalogues import extracted, fields, troubles, wrong


def test_the_catalogues_are_complete():
    assert troubles() == []


def test_sentences_are_found_in_the_code():
    assert len([message for message in extracted() if message.id]) > 100


@pytest.mark.parametrize(
    ("sentence", "translation"),
    [
        ("{You} have registered.", "{You} đã đăng ký."),
        ("Nothing has changed.", "Chưa có gì thay đổi."),
        # The form of address may come or go between the two languages.
        ("Can {you} come, {name}?", "{name} đi được không ạ?"),
        ("Seats left: {count}", "{You} còn {count} chỗ"),
    ],
)
def test_a_good_translation_has_nothing_wrong(sentence: str, translation: str):
    assert wrong(sentence, translation, fuzzy=False) == []


@pytest.mark.parametrize(
    ("sentence", "translation", "fuzzy", "trouble"),
    [
        ("{code} is full.", "Đã đủ chỗ.", False, "other fields"),
        ("Full.", "{code} đã đủ chỗ.", False, "other fields"),
        ("{code} is full.", "{mã} đã đủ chỗ.", False, "other fields"),
        ("Full.", "Đã đủ chỗ.", True, "fuzzy"),
        ("You can come.", "Thầy/cô đi được.", False, "address written out"),
        ("You can come.", "Kính mời quý thầy đi.", False, "address written out"),
        ("You can come.", "Bạn đi được.", False, "address written out"),
        ("You can come.", "Anh/Chị đi được.", False, "address written out"),
        ("Welcome.", "Chào mừng!", False, "exclamation mark or emoji"),
        ("Welcome!", "Chào mừng.", False, "exclamation mark or emoji"),
        ("Welcome.", "Chào mừng 🙂", False, "exclamation mark or emoji"),
    ],
)
def test_a_bad_translation_is_told(sentence: str, translation: str, fuzzy: bool, trouble: str):
    (told,) = wrong(sentence, translation, fuzzy=fuzzy)
    assert told.startswith(trouble)


def test_a_translation_may_have_several_troubles():
    found = wrong("{code} is full.", "Bạn ơi, đủ chỗ!", fuzzy=True)
    assert len(found) == 4


def test_fields_are_read_from_a_sentence():
    assert fields("{You} have {code}, {code} and {{none}}.") == {"You", "code"}
