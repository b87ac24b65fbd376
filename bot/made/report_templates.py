"""Word templates of the reports: those that ship, or an office's own from a folder it names.

A template is a .docx with fields like `{{ dia_danh }}`, rows like `{%tr for d in lop %}` and
paragraphs like `{%p if lop %}` (docxtpl). What may stand in it is what `FIELDS` shows. It runs in
a sandbox: it reads these words and can do nothing else.
"""

from __future__ import annotations

import io
import re
from datetime import UTC
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from bot.made.packing import packed
from bot.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

COMMUNE: Final = "bao_cao_xa.docx"
DEPARTMENT: Final = "bao_cao_so.docx"

_FIGURES: Final = {"tong": "14", "dat": "12", "ty_le": "85,7%"}
_ROW: Final = {"stt": "1", "ten": "L12. Sơ cứu", **_FIGURES, "ghi_chu": "số khai"}
_INDICATOR: Final = {**_ROW, "muc_tieu": "85%"}
_HEAD: Final = {
    "tinh": "tỉnh Lâm Đồng", "thang": "12", "nam": "2026", "trich_yeu": "Kết quả năm 2026",
    "can_cu": ["Căn cứ kế hoạch năm 2026."], "tinh_hinh": ["Có 6 trường."],
    "kho_khan": ["Đường xa."], "de_xuat": ["Mở lớp tại xã."],
    "chi_tieu": [_INDICATOR], "lop": [_ROW],
}  # fmt: skip
# Every field of each template, with an example.
FIELDS: Final[Mapping[str, Mapping[str, Any]]] = {
    COMMUNE: {
        **_HEAD, "dia_danh": "Tuy Đức", "don_vi": "xã Tuy Đức",
        "huyen_cu": [{"ten": "L12. Sơ cứu", "huyen": "Huyện Tuy Đức", **_FIGURES}],
    },
    DEPARTMENT: {
        **_HEAD, "dia_danh": "Lâm Đồng", "chua_nop": "xã Tuy Đức",
        "huyen_cu": [{"ten": "L12. Sơ cứu", "dong": [_ROW]}],
        "xa": [{"ten": "L12. Sơ cứu", "dong": [_ROW]}],
    },
}  # fmt: skip
LONGEST: Final = 255  # characters of a property of a document
# What XML cannot hold, and what docxtpl takes for a break of the page or of the line.
_UNWRITABLE: Final = re.compile(r"[^\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+")


def check(folder: str) -> None:
    """Make sure that each template of an office's folder can be used; "" is the shipped ones.

    Raises SettingsError with one line: nothing is there, or what is wrong with which file.
    """
    if not folder:
        return
    found = [name for name in FIELDS if Path(folder, name).is_file()]
    if not found:
        raise SettingsError(
            _("TAPHUAN_REPORT_TEMPLATES: there is neither {commune} nor {department} in {folder}"),
            commune=COMMUNE, department=DEPARTMENT, folder=folder,
        )  # fmt: skip
    for name in found:
        try:
            written(load(name, folder), FIELDS[name])
        except Exception as error:  # whatever an office's file may hold
            raise SettingsError(
                _("TAPHUAN_REPORT_TEMPLATES: {file} cannot be used: {why}"),
                file=str(Path(folder, name)), why=_line(error),
            ) from error  # fmt: skip


def load(name: str, folder: str = "") -> bytes:
    """A template by its name: the office's own, where its folder has one."""
    own = Path(folder, name) if folder else None
    if own and own.is_file():
        return own.read_bytes()
    return resources.files("bot").joinpath("pages", name).read_bytes()


def written(template: bytes, fields: Mapping[str, Any]) -> Any:
    """The document of a template, its fields filled: texts, lists and objects of them.

    Raises what docxtpl and Jinja raise: for a field that does not exist, for a mistake in the
    template, and SecurityError for anything that reaches for more than its fields.
    """
    # They take a fifth of a second, and most runs write no report.
    from docxtpl import DocxTemplate
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    book = DocxTemplate(io.BytesIO(template))
    sandbox = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    book.render(_clean(dict(fields)), sandbox)
    return book


def content(book: Any, *, title: str, author: str, mark: str, at: datetime) -> bytes:
    """The bytes of a document: the same for the same words, whenever it is made.

    `mark` says what it was made of; `at` (aware) is when it claims to have been written.
    """
    known = book.docx.core_properties
    known.title, known.identifier = title[:LONGEST], mark
    known.author = known.last_modified_by = author[:LONGEST]
    known.created = known.modified = at.astimezone(UTC).replace(tzinfo=None)
    known.revision, known.comments, known.keywords = 1, "", ""
    buffer = io.BytesIO()
    book.save(buffer)
    return packed(buffer.getvalue())


def _clean(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _clean(one) for key, one in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_clean(one) for one in cast("list[Any]", value)]
    return _UNWRITABLE.sub(" ", value) if isinstance(value, str) else value


def _line(error: Exception) -> str:
    said = " ".join(str(error).split())[:200]
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _(sentence: str) -> str:
    """Mark a sentence for the catalogue; `SettingsError.said` translates it."""
    return sentence
