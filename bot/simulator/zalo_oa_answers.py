"""What the Official Account's API says when it refuses: its error codes and their words.

Codes and words from docs/channels.md; those of the token endpoint as others measured them.
"""

from __future__ import annotations

from typing import Any, cast

OA_WORDS = {
    -32: "Your application reached limit call api",
    -100: "attachment_id was expired",
    -200: "Send message failed",
    -201: "Parameter is invalid!",
    -204: "Offical Account is disable",
    -205: "Offical Account is not exist",
    -209: "Not supported this api",
    -210: "Parameter exceeds allowable limit",
    -211: "Out of quota",
    -212: "App has not registed this api",
    -213: "User has not followed OA",
    -216: "Access token is invalid",
    -217: "User has blocked invitation from OA",
    -218: "Out of quota receive",
    -219: "App is removed or disabled",
    -220: "access_token is expired or removed",
    -221: "The OA needs to be verified to use this feature",
    -223: "Official Account has not authorized this API",
    -224: "The OA needs to upgrade OA Tier Package",
    -227: "User is banned or has been inactive for more than 45 days",
    -230: "User has not interacted with the OA in the past 7 days",
    -232: "User has not interacted, or last interaction expired",
    -233: "message type is invalid or not support",
    -234: "This message cannot be sent at night (10:00PM - 6:00AM)",
    -240: "MessageV2 API has been shut down, please switch to MessageV3",
    -244: "User has restricted this message type from your OA",
    -248: "Violates our platform standards",
    -320: "Your app needs to connect with Zalo Cloud Account",
    -321: "Zalo Cloud Account out of money or unable to be charged",
    404: "Empty api config",
}
TEMPLATE_WORDS = {
    -32: OA_WORDS[-32],
    -100: "Unknown error, please try again later",
    -108: "Phone number is invalid",
    -109: "Template id is invalid",
    -111: "Template data is empty",
    -112: "Template data type is not defined",
    -1121: "Parameter data exceeds max length",
    -1122: "Template data is missing a parameter",
    -114: "User cannot receive message",
    -115: "Out of quota",
    -117: "No permission to access template",
    -118: "Zalo account does not exist or is deactivated",
    -119: "Account cannot receive message",
    -121: "Body data is empty",
    -122: "Body is not in JSON format",
    -124: "Access token is invalid",
    -125: "Official Account ID is invalid",
    -126: "Out of quota of the development mode",
    -127: "Test template can only be sent to administrators",
    -131: "ZNS template is not approved",
    -132: "Parameter is invalid",
    -133: "This template cannot be sent at night (22:00-06:00)",
    -135: "OA has no permission to send ZNS",
    -136: "Connection with Zalo Cloud Account is required",
    -137: "Zalo Cloud Account cannot be charged",
    -139: "User refused this type of ZNS",
    -141: "User refused ZNS from this OA",
    -144: "OA exceeded its daily limit",
    -146: "Template is disabled due to low sending quality",
    -147: "Template exceeded its daily limit",
    404: OA_WORDS[404],
}
OAUTH_WORDS = {
    -14002: "Invalid appId",
    -14003: "Invalid redirect uri",
    -14004: "Invalid secret key",
    -14005: "Invalid authorized code",
    -14014: "Invalid refresh token",
    -14018: "Invalid grant type",
}
# By host of the platform; the simulator has one path for each.
WORDS = {"oa": OA_WORDS, "business": TEMPLATE_WORDS, "oauth": OAUTH_WORDS}


class OaError(Exception):
    """The platform refuses: its code, and its words unless they are those of the table."""

    def __init__(self, code: int, words: str = "") -> None:
        super().__init__(f"{code} {words}".rstrip())
        self.code = code
        self.words = words

    def message(self, host: str) -> str:
        """What the answer says on this host."""
        return self.words or WORDS[host].get(self.code, "Unknown error")


def invalid(field: str) -> OaError:
    """The field is missing or wrong."""
    return OaError(-201, f"{field} is invalid!")


def too_much(field: str) -> OaError:
    """The field is too long, too large or has too many parts."""
    return OaError(-210, f"{field} exceeds allowable limit")


def structure(value: object, field: str) -> dict[str, Any]:
    """The value, which must be a JSON object."""
    if not isinstance(value, dict):
        raise invalid(field)
    return cast("dict[str, Any]", value)


def items(value: object, field: str) -> list[Any]:
    """The value, which must be a list with something in it."""
    if not isinstance(value, list) or not value:
        raise invalid(field)
    return cast("list[Any]", value)


def text(value: object, field: str, longest: int) -> str:
    """The value, which must be a text of 1 to `longest` code points, as it came (NFC or not)."""
    if not isinstance(value, str) or not value.strip():
        raise invalid(field)
    if len(value) > longest:
        raise too_much(field)
    return value


def address(value: object, field: str) -> str:
    """The value, which must be an address on the web."""
    if not isinstance(value, str) or not value.startswith(("https://", "http://")):
        raise invalid(field)
    return value
