"""Approved words that go to a phone number, whether or not its owner ever wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from bot.simulator.zalo_oa_answers import OaError

if TYPE_CHECKING:
    from collections.abc import Mapping

    Json = dict[str, Any]

PHONE = re.compile(r"\+?84[0-9]{9}")
TRACKING = 48
# What sending a template gives that is not (or no longer) approved.
CLOSED = {"PENDING_REVIEW": -131, "REJECT": -131, "DISABLE": -146, "DELETE": -109}
# The filter of the list of templates.
STATES = {"ENABLE": "1", "PENDING_REVIEW": "2", "REJECT": "3", "DISABLE": "4"}


@dataclass(slots=True)
class OaTemplate:
    """Words with <field> marks. `fields` gives each field's greatest length in code points.

    `status` is ENABLE, PENDING_REVIEW, REJECT, DISABLE or DELETE; `price` is đồng.
    """

    id: str
    text: str
    fields: dict[str, int] = field(default_factory=dict[str, int])
    name: str = ""
    price: int = 200
    status: str = "ENABLE"
    tag: str = "IN_TRANSACTION"

    def filled(self, data: Json) -> str:
        """The words with the data in them; refuses data that does not fit."""
        for name, longest in self.fields.items():
            value = data.get(name)
            if value is None or value == "":
                raise OaError(-1122, f"Template data is missing the parameter {name}")
            if not isinstance(value, str):
                raise OaError(-112, f"The type of parameter {name} is not defined")
            if len(value) > longest:
                raise OaError(-1121, f"Parameter {name} exceeds its max length")
        if unknown := sorted(data.keys() - self.fields.keys()):
            raise OaError(-132, f"Parameter {unknown[0]} is invalid")
        return re.sub(r"<(\w+)>", lambda mark: str(data.get(mark[1], mark[0])), self.text)

    def described(self) -> Json:
        """How it is described."""
        return {
            "templateId": self.id,
            "templateName": self.name or self.id,
            "status": self.status,
            "listParams": [
                {
                    "name": name,
                    "require": True,
                    "type": "STRING",
                    "maxLength": longest,
                    "minLength": 0,
                    "acceptNull": False,
                }
                for name, longest in self.fields.items()
            ],
            "listButtons": [],
            "timeout": 7_200_000,
            "previewUrl": "",
            "templateQuality": "HIGH",
            "templateTag": self.tag,
            "price": str(self.price),
            "price_sdt": str(self.price),
            "price_uid": str(self.price * 7 // 10),
        }


class OaTemplates(dict[str, OaTemplate]):
    """Templates by id. Those that were registered may be changed in place."""

    def register(
        self, id: str, text: str, fields: Mapping[str, int] | None = None, **more: Any
    ) -> OaTemplate:
        """Add a template; `more` are further fields of `OaTemplate`."""
        template = self[id] = OaTemplate(id, text, dict(fields or {}), **more)
        return template

    def known(self, id: object) -> OaTemplate:
        """The template of this id; refuses an unknown one."""
        template = self.get(str(id))
        if template is None or template.status == "DELETE":
            raise OaError(-109)
        return template

    def listed(self, state: str = "") -> list[Json]:
        """The list of those that were not deleted, in one state (1 to 4) where given."""
        return [
            {
                "templateId": template.id,
                "templateName": template.name or template.id,
                "createdTime": 0,
                "status": template.status,
                "templateQuality": "HIGH",
            }
            for template in self.values()
            if template.status in STATES and state in ("", STATES[template.status])
        ]

    def wanted(self, body: Json) -> tuple[OaTemplate, str]:
        """The template a request names and its words filled in; refuses what does not fit."""
        template = self.known(body.get("template_id"))
        if closed := CLOSED.get(template.status):
            raise OaError(closed)
        data: object = body.get("template_data")
        if not isinstance(data, dict) or not data:
            raise OaError(-111)
        words = template.filled(cast("Json", data))
        if len(str(body.get("tracking_id", ""))) > TRACKING:
            raise OaError(-132, "tracking_id is invalid")
        return template, words


def number(value: object) -> str:
    """The number a request names, without "+"; refuses what is none."""
    if not isinstance(value, str) or not PHONE.fullmatch(value):
        raise OaError(-108)
    return value.removeprefix("+")
