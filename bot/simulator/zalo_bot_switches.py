"""How the Zalo Bot Platform behaves where its observers disagree (docs/channels.md)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Switches:
    """The defaults are what was seen live most recently.

    Attributes:
        http_errors: a refusal has its code as HTTP status; otherwise the status is 200.
        camel_case: a refusal carries `errorCode` in place of `error_code`.
        wrapped: a webhook body is `{ok, result}`; otherwise the bare event.
        photo_url: a picture comes as `photo_url`; otherwise as `photo`.
        drop_unpolled: what is written while no poll is open is lost.
        empty_info: `getWebhookInfo` without a webhook says `url: ""`; otherwise 404.
        duplicates: every event is delivered twice.
        users: how many people the bot may answer, those who wrote first; None for any number.
        messages: how many messages the bot may send in a calendar month; None for any number.
        webhook_tries: how often an event is brought before it is given up.
        webhook_seconds: how long a webhook may take to answer.
    """

    http_errors: bool = False
    camel_case: bool = False
    wrapped: bool = False
    photo_url: bool = True
    drop_unpolled: bool = False
    empty_info: bool = False
    duplicates: bool = False
    users: int | None = 50
    messages: int | None = 3000
    webhook_tries: int = 4
    webhook_seconds: float = 5.0
