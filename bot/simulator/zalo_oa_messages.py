"""What the Official Account may say within the windows, and how it looks on a phone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.simulator.screen import Attached, Button
from bot.simulator.zalo_oa_answers import (
    OaError,
    address,
    invalid,
    items,
    structure,
    text,
    too_much,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.simulator.zalo_oa_rules import OaRules
    from bot.simulator.zalo_oa_uploads import OaUploads

    Json = dict[str, Any]

TEXT, BUTTONS, TITLE, PAYLOAD = 2000, 5, 100, 1000
FORM_TITLE, FORM_SUBTITLE = 100, 500
# Payloads of these come back as user_send_text; the first kind also stands on the screen.
SHOWN, HIDDEN = "oa.query.show", "oa.query.hide"


@dataclass(frozen=True, slots=True)
class OaContent:
    """A message that was found in order. `asks` where it asks for the person's details."""

    kind: str = "text"
    text: str = ""
    rows: tuple[tuple[Button, ...], ...] = ()
    file: Attached | None = None
    asks: bool = False

    @property
    def event(self) -> str:
        """The event under which the webhook hears of it."""
        names = {"photo": "oa_send_image", "document": "oa_send_file"}
        return names.get(self.kind, "oa_send_text")


def read_content(message: Json, rules: OaRules, uploads: OaUploads, now: int) -> OaContent:
    """Check a message as the platform does; raises OaError."""
    if message.get("attachment") is None:
        return OaContent(text=text(message.get("text"), "text", TEXT))
    attachment = structure(message["attachment"], "attachment")
    payload = structure(attachment.get("payload"), "payload")
    if attachment.get("type") == "file":
        return OaContent("document", file=uploads.file(payload.get("token"), now))
    if attachment.get("type") != "template":
        raise OaError(-233)
    template = payload.get("template_type")
    if template == "media":
        return _media(message, payload, uploads, now)
    if template == "request_user_info":
        return _form(payload, rules)
    named = {"any": (None, "button"), "button": ("button",), "none": (None,)}[rules.buttons]
    if template not in named:
        raise OaError(-233)
    return OaContent(text=text(message.get("text"), "text", TEXT), rows=_rows(payload))


def _rows(payload: Json) -> tuple[tuple[Button, ...], ...]:
    buttons = items(payload.get("buttons"), "buttons")
    if len(buttons) > BUTTONS:
        raise too_much("buttons")
    return tuple((_button(structure(button, "buttons")),) for button in buttons)


def _button(button: Json) -> Button:
    label = text(button.get("title"), "title", TITLE)
    reader = _BUTTONS.get(str(button.get("type")))
    if reader is None:
        raise invalid("type")
    return reader(label, button.get("payload"))


def _query(label: str, payload: object) -> Button:
    return Button(label, data=text(payload, "payload", PAYLOAD))


def _link(label: str, payload: object) -> Button:
    return Button(label, url=address(structure(payload, "payload").get("url"), "url"))


def _call(label: str, payload: object) -> Button:
    number = text(structure(payload, "payload").get("phone_code"), "phone_code", 20)
    return Button(label, url=f"tel:{number}")


def _sms(label: str, payload: object) -> Button:
    text(structure(payload, "payload").get("content"), "content", PAYLOAD)
    number = text(structure(payload, "payload").get("phone_code"), "phone_code", 20)
    return Button(label, url=f"sms:{number}")


_BUTTONS: dict[str, Callable[[str, object], Button]] = {
    SHOWN: _query,
    HIDDEN: _query,
    "oa.open.url": _link,
    "oa.open.phone": _call,
    "oa.open.sms": _sms,
}


def _media(message: Json, payload: Json, uploads: OaUploads, now: int) -> OaContent:
    elements = items(payload.get("elements"), "elements")
    if len(elements) > 1:
        raise too_much("elements")
    element = structure(elements[0], "elements")
    kind = element.get("media_type")
    if kind not in ("image", "gif"):
        raise OaError(-233)
    if kind == "gif" and not (element.get("width") and element.get("height")):
        raise invalid("width")
    words = text(message["text"], "text", TEXT) if message.get("text") else ""
    if ("url" in element) == ("attachment_id" in element):
        raise invalid("url")
    if "attachment_id" in element:
        file = uploads.picture(element["attachment_id"], now)
    else:
        url = address(element["url"], "url")
        file = Attached("", url.rpartition("/")[2], "image/*", 0, url=url)
    return OaContent("photo", words, file=file)


def _form(payload: Json, rules: OaRules) -> OaContent:
    elements = items(payload.get("elements"), "elements")
    if len(elements) > 1:
        raise too_much("elements")
    element = structure(elements[0], "elements")
    title = text(element.get("title"), "title", FORM_TITLE)
    subtitle = text(element.get("subtitle"), "subtitle", FORM_SUBTITLE)
    if rules.form_picture or "image_url" in element:
        address(element.get("image_url"), "image_url")
    return OaContent(text=f"{title}\n{subtitle}", asks=True)
