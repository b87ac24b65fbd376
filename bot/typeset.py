"""Pages: a Typst template of ours and the data it is filled with make a PDF or a picture."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, Any, cast

import typst

if TYPE_CHECKING:
    from collections.abc import Mapping


def pdf(template: str, data: Mapping[str, Any]) -> bytes:
    """The pages of `bot/pages/<template>.typ`, filled with `data`. Call it in a worker thread.

    The template reads `json(bytes(sys.inputs.data))`; people's words are data and never run as
    markup. Only the fonts that come with the compiler are used, so that every machine makes the
    same pages; they hold all Vietnamese letters and those of Ê Đê and M'Nông names.
    """
    return cast("bytes", typst.compile(_source(template), format="pdf", **_options(data)))


def png(template: str, data: Mapping[str, Any], *, ppi: float) -> bytes:
    """The one page of a template as a picture, at so many pixels an inch. As `pdf` otherwise."""
    source, options = _source(template), _options(data)
    return cast("bytes", typst.compile(source, format="png", ppi=ppi, **options))


def _source(template: str) -> bytes:
    return resources.files("bot").joinpath("pages", f"{template}.typ").read_bytes()


def _options(data: Mapping[str, Any]) -> dict[str, Any]:
    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    return {"sys_inputs": inputs, "ignore_system_fonts": True}
