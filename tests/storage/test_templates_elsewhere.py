"""A Word file that fetches its template, and the macros in it, from somewhere else is refused."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from storage.file_kinds import Known, Refusal, recognised
from storage.models import AttachmentKind

TYPE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"


def letter(relation: str) -> bytes:
    """A Word file of today whose settings relate to this."""
    body = BytesIO()
    with ZipFile(body, "w", ZIP_DEFLATED) as file:
        for name, words in (
            ("[Content_Types].xml", "x"), ("word/document.xml", "x"),
            ("word/_rels/settings.xml.rels", f"<Relationships>{relation}</Relationships>"),
        ):  # fmt: skip
            file.writestr(ZipInfo(name), words, ZIP_DEFLATED)
    return body.getvalue()


@pytest.mark.parametrize(
    ("target", "refused"),
    [
        ("http://evil.example/a.dotm", True),
        ("HTTPS://evil.example/a.dotm", True),
        ("\\\\host\\share\\a.dotm", True),
        ("file:///\\\\host\\a.dotm", True),
        ("file://host/share/a.dotm", True),
        # What Word writes of a template on its author's own machine.
        ("file:///C:\\Users\\Hoa\\Normal.dotm", False),
        ("Normal.dotm", False),
    ],
)
def test_a_template_elsewhere_is_refused(target: str, refused: bool):
    for relation in (
        f'<Relationship Type="{TYPE}" Target="{target}" TargetMode="External"/>',
        f"<Relationship TargetMode='External' Target='{target}' Type='{TYPE}'/>",
    ):
        found = recognised(AttachmentKind.DOCUMENT, "kế hoạch.docx", letter(relation))
        assert (found is Refusal.MACROS) is refused
        assert refused or isinstance(found, Known)


def test_what_unpacks_for_ever_is_read_no_further():
    found = recognised(AttachmentKind.DOCUMENT, "kế hoạch.docx", letter(" " * 10_000_000))
    assert isinstance(found, Known)
