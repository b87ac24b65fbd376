"""Papers that prove themselves: an Ed25519 signature over a short text. Pure, without a database.

The text is `TH1.<payload>.<signature>`, both in base64url without padding. The payload is a JSON
array of what `FIELDS` names, in that order; the signature is over everything before its point.
Whoever has the public key can check it, with no network and no database.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

VERSION = "TH1"
# Days are written as in ISO 8601, `hours` in tenths of a tiết, `score` in hundredths.
FIELDS = ("issuer", "number", "name", "born", "school", "code", "course", "first_day", "last_day",
          "hours", "score", "passed", "issued", "title")  # fmt: skip
# Bytes of a payload: with the signature and a link it still fits a QR code of version 20 at M.
LARGEST = 380
# What is cut where the payload would be larger, in this order.
LONG = ("course", "school", "issuer", "title", "name")
TEXT = re.compile(rf"\b{VERSION}\.([A-Za-z0-9_-]{{20,2000}})\.([A-Za-z0-9_-]{{86}})(?![\w-])")


@dataclass(frozen=True, slots=True)
class Signed:
    """A text of ours, taken apart: what it says, by `FIELDS`, and its signature."""

    facts: dict[str, Any]
    payload: str
    signature: str

    @property
    def text(self) -> str:
        """The text as it stands in the QR code."""
        return f"{VERSION}.{self.payload}.{self.signature}"


def pair() -> tuple[str, str]:
    """A new key pair: public and private key, in hex."""
    made = Ed25519PrivateKey.generate()
    return made.public_key().public_bytes_raw().hex(), made.private_bytes_raw().hex()


def sign(facts: Mapping[str, Any], private: str) -> Signed:
    """Sign what `FIELDS` names of the facts; the same facts give the same text."""
    payload = _packed(facts)
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(private))
    signature = _encoded(key.sign(f"{VERSION}.{payload}".encode()))
    return Signed(dict(zip(FIELDS, _unpacked(payload), strict=True)), payload, signature)


def read(text: str) -> Signed | None:
    """The first text of ours in what a scanner read, a link among them; None where there is none.

    It says what it says: only `genuine` tells whether we said it.
    """
    found = TEXT.search(text)
    if found is None:
        return None
    try:
        fields = _unpacked(found.group(1))
    except (ValueError, binascii.Error):
        return None
    if len(fields) != len(FIELDS):
        return None
    return Signed(dict(zip(FIELDS, fields, strict=True)), found.group(1), found.group(2))


def genuine(signed: Signed, keys: Iterable[str]) -> bool:
    """Whether one of these public keys (hex) signed it. Raises ValueError for what is no key."""
    said = f"{VERSION}.{signed.payload}".encode()
    signature = _decoded(signed.signature)
    for key in keys:
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(signature, said)
        except InvalidSignature:
            continue
        return True
    return False


def _packed(facts: Mapping[str, Any]) -> str:
    fields = {name: facts.get(name) for name in FIELDS}
    for name in LONG:
        over = len(_bytes(fields)) - LARGEST
        if over > 0:
            fields[name] = _shorter(str(fields[name] or ""), over)
    return _encoded(_bytes(fields))


def _bytes(fields: Mapping[str, Any]) -> bytes:
    return json.dumps([*fields.values()], ensure_ascii=False, separators=(",", ":")).encode()


def _shorter(words: str, over: int) -> str:
    """The words with so many bytes less, as far as some are left."""
    wanted = len(words.encode()) - over - len("…".encode())
    cut = words
    while cut and len(cut.encode()) > wanted:
        cut = cut[:-1]
    return f"{cut.rstrip()}…"


def _unpacked(payload: str) -> list[Any]:
    fields = json.loads(_decoded(payload))
    if not isinstance(fields, list):
        raise ValueError("no list")  # noqa: TRY004 - it came from outside, as any wrong text does
    return fields  # pyright: ignore[reportUnknownVariableType] - JSON of strangers, looked at below


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
