"""A paper's text says what was signed, fits a QR code, and nothing in it can be changed."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.made import paper as made
from storage import signing

PUBLIC, PRIVATE = (
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
)  # RFC 8032, 7.1, test 1
OTHER = signing.pair()[0]


def facts(**more: Any) -> dict[str, Any]:
    return {
        "issuer": "Phòng Văn hóa – Xã hội xã Tuy Đức", "number": "GXN-2026-000123",
        "name": "H'Mai Byă", "born": 1993, "school": "Trường MN Hoa Cúc, xã Tuy Đức",
        "code": "L12", "course": "Sơ cứu, phòng tránh tai nạn cho trẻ",
        "first_day": "2026-12-12", "last_day": "2026-12-13", "hours": 75, "score": 850,
        "passed": None, "issued": "2026-12-20", "title": "Giấy xác nhận tham dự",
        "place": "not signed", **more,
    }  # fmt: skip


def test_what_was_signed_is_read_again_also_out_of_a_link() -> None:
    signed = signing.sign(facts(), PRIVATE)
    for text in (signed.text, f"https://x.vn/giay#{signed.text}", f"  {signed.text}\n"):
        found = signing.read(text)
        assert found == signed
        assert found is not None
        assert signing.genuine(found, [OTHER, PUBLIC])
    assert signed.facts == {name: facts()[name] for name in signing.FIELDS}
    assert signing.sign(facts(), PRIVATE).text == signed.text
    assert not signing.genuine(signed, [OTHER])
    assert not signing.genuine(signed, [])


@pytest.mark.parametrize(
    "text",
    ["", "TH1", "TH1.abc.def", "TH2" + "A" * 200, f"TH1.{'A' * 40}.{'B' * 86}",
     f"TH1.{base64.urlsafe_b64encode(b'[1,2,3,4,5,6,7,8,9]').decode()}.{'A' * 86}"],
)  # fmt: skip
def test_anything_else_is_no_paper(text: str) -> None:
    assert signing.read(text) is None


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2000), st.sampled_from("ABCxyz019-_"))
def test_no_letter_can_be_changed(at: int, letter: str) -> None:
    text = signing.sign(facts(), PRIVATE).text
    at %= len(text)
    changed = text[:at] + letter + text[at + 1 :]
    found = signing.read(changed)
    if changed == text or found is None:
        return
    # The last letter of the signature holds bits that say nothing.
    same = found.facts == facts() or at == len(text) - 1
    assert not signing.genuine(found, [PUBLIC]) or same


@settings(max_examples=15, deadline=None)
@given(
    st.fixed_dictionaries(
        {name: st.text(max_size=300) for name in ("name", "school", "course", "issuer", "title")}
    )
)
def test_it_always_fits_the_code(words: dict[str, str]) -> None:
    clean = {name: each.encode("utf-8", "ignore").decode() for name, each in words.items()}
    signed = signing.sign(facts(**clean), PRIVATE)
    assert signing.read(signed.text) == signed
    code = segno.make(signed.text, error="m", micro=False, boost_error=False, mask=0)
    assert int(code.version) <= made.VERSION
